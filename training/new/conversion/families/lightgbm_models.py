"""LightGBM: numbers in double, categories of pandas, missing values."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from training.new.conversion.category_columns import CategoryColumns, codes
from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.lightgbm_text import CATEGORICAL, MISSING_IS_ZERO, Model, array_of, read_model, tree_of
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, sum_of_trees
from training.new.conversion.values import Columns, Matrix, Prediction, TextColumn, Value

ZERO = float(np.float32(1e-35))
"""Largest number that LightGBM takes for 0 (`kZeroThreshold`)."""

IDENTITY = ("regression_l1", "huber", "quantile", "fair", "mape", "lambdarank", "rank_xendcg")
EXPONENTIAL = ("poisson", "gamma", "tweedie")

LINEAR_TREES = (
    (
        "{step}(linear_tree=True) a une régression dans chaque feuille, ce qui ne se convertit pas : réentraînez sans "
        "linear_tree."
    ),
    "{step}(linear_tree=True) has a regression in each leaf, which cannot be converted: train again without it.",
)
OBJECTIVE = (
    (
        "{step} a pour objectif « {objective} », dont la réponse ne se convertit pas : réentraînez avec un objectif "
        "de LightGBM, par exemple « {remedy} »."
    ),
    (
        "{step} has the objective `{objective}`, whose answer cannot be converted: train again with one of "
        "LightGBM's, for example `{remedy}`."
    ),
)
CATEGORIES = (
    (
        "{step} a appris {known} colonnes de catégories, sans dire lesquelles, et le tableau a {texts} colonnes de "
        "texte : réentraînez sans categorical_feature, ou donnez le tableau de l'apprentissage avec ses "
        "catégories en texte."
    ),
    (
        "{step} learnt {known} columns of categories without saying which, and the table has {texts} columns of text: "
        "train again without categorical_feature, or give the table of the training data with its categories as text."
    ),
)


@predictor("LGBMClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Probabilities from log-odds, or from one score for each class."""
    graph = conversion.graph
    model = read_model(estimator.booster_.model_to_string())
    objective, _ = model.objective
    if objective not in ("binary", "multiclass", "multiclassova"):
        raise Refusal(OBJECTIVE, step="LGBMClassifier", objective=objective, remedy="binary")
    raw = _raw(conversion, estimator, value, model, "log_odds")
    margins = None if "average_output" in model.head else raw  # decision_function adds what these forests average
    scores = graph.scale(raw, model.sigmoid)
    if objective == "multiclass":
        return Prediction(estimator.classes_, probabilities=graph.softmax(scores), scores=margins)
    each = graph.sigmoid(scores)
    probabilities = graph.both(each) if objective == "binary" else each
    return Prediction(estimator.classes_, probabilities=probabilities, scores=margins)


@predictor("LGBMRegressor", "LGBMRanker")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The sum of the trees through the link of the objective."""
    model = read_model(estimator.booster_.model_to_string())
    scale, link = _link(type(estimator).__name__, *model.objective)
    raw = _raw(conversion, estimator, value, model, scale or "value")
    if scale is None:
        del conversion.ensembles[id(estimator)]
    return Prediction(value=link(conversion.graph, raw))


def _link(
    step: str, objective: str, options: dict[str, str]
) -> tuple[Scale | None, Callable[[GraphBuilder, Name], Name]]:
    """The scale of the sum of the trees, None if it has no name, and what makes the answer of it."""
    if objective in IDENTITY or (objective == "regression" and "sqrt" not in options):
        return "value", lambda _, raw: raw
    if objective in EXPONENTIAL:
        return "log_value", lambda graph, raw: graph.op("Exp", raw)
    if objective == "regression":
        return None, lambda graph, raw: graph.op("Mul", raw, graph.op("Abs", raw))
    if objective == "cross_entropy":
        return "log_odds", lambda graph, raw: graph.sigmoid(raw)
    raise Refusal(OBJECTIVE, step=step, objective=objective, remedy="regression")


def _raw(conversion: Conversion, estimator: Any, value: Value, model: Model, scale: Scale) -> Name:
    """The sum of the trees; `sigmoid` times it is noted for the explanation."""
    step = type(estimator).__name__
    if any(int(tree.get("is_linear", 0)) for tree in model.trees):
        raise Refusal(LINEAR_TREES, step=step)
    given = conversion.leaf(estimator, _coded(conversion, value, estimator.booster_.pandas_categorical, model, step))
    columns = CategoryColumns(_with_missing(conversion, given, model))
    trees = [tree_of(tree, columns, at % model.targets, model.targets) for at, tree in enumerate(model.trees)]
    matrix, features = columns.with_columns(conversion)
    divisor = len(trees) // model.targets if "average_output" in model.head else 1
    conversion.ensembles[id(estimator)] = Ensemble(
        tuple(trees), np.zeros(model.targets), model.sigmoid / divisor, matrix, features, scale
    )
    total = sum_of_trees(conversion.graph, matrix, trees)
    return total if divisor == 1 else conversion.graph.op("Div", total, conversion.graph.constant(float(divisor)))


def _coded(
    conversion: Conversion, value: Value, known: Sequence[Sequence[Any]] | None, model: Model, step: str
) -> Value:
    """The columns with codes for those that were categories of pandas when the estimator was fitted.

    The model has their values but not their places: they are the columns of text, else `categorical_feature`.
    """
    if not known:
        return value
    columns = conversion.columns(value)
    texts = [at for at, item in enumerate(columns) if isinstance(item, TextColumn)]
    named = [int(at) for at in model.parameters.get("categorical_feature", "").split(",") if at]
    places = next((some for some in (texts, named) if len(some) == len(known)), None)
    if places is None:
        raise Refusal(CATEGORIES, step=step, known=len(known), texts=len(texts))
    items = list(columns.items)
    for at, categories in zip(places, known, strict=True):
        items[at] = codes(conversion, items[at], categories, step)
    return Columns(tuple(items), columns.names)


def _with_missing(conversion: Conversion, matrix: Matrix, model: Model) -> Matrix:
    """The matrix with NaN for 0 in the columns where the model takes 0 for missing."""
    graph = conversion.graph
    zeros: set[int] = set()
    for tree in model.trees:
        kinds, features = array_of(tree, "decision_type", np.int64), array_of(tree, "split_feature", np.int64)
        zeros.update(features[(kinds & (CATEGORICAL | MISSING_IS_ZERO)) == MISSING_IS_ZERO].tolist())
    if not zeros:
        return matrix
    concerned = [[at in zeros for at in range(matrix.width)]]
    zero = graph.op("LessOrEqual", graph.op("Abs", matrix.tensor), graph.constant(ZERO))
    missing = graph.op("And", zero, graph.constant(concerned, np.bool_))
    return Matrix(graph.op("Where", missing, graph.constant(np.nan), matrix.tensor), matrix.sources)
