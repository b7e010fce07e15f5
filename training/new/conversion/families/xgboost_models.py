"""XGBoost: trees read from the booster's JSON. It rounds what it reads and what it answers to float32."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.category_columns import LEFT_OR_RIGHT, CategoryColumns, codes
from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, Tree, below, for_target, sum_of_trees
from training.new.conversion.values import Columns, Matrix, Prediction, Value

CLASSES = {"binary:logistic": "log_odds", "multi:softprob": "log_odds", "multi:softmax": "log_odds"}
NUMBERS: dict[str, Scale] = {
    "reg:squarederror": "value",
    "reg:squaredlogerror": "value",
    "reg:absoluteerror": "value",
    "reg:quantileerror": "value",
    "reg:pseudohubererror": "value",
    "reg:logistic": "log_odds",
    "count:poisson": "log_value",
    "reg:gamma": "log_value",
    "reg:tweedie": "log_value",
}
"""The objectives that are converted, and the scale of the sum of the trees."""

BOOSTER = (
    (
        "{step}(booster='{booster}') ne se convertit pas : réentraînez avec booster='gbtree', ou prenez un modèle "
        "linéaire de scikit-learn."
    ),
    (
        "{step}(booster='{booster}') cannot be converted: train again with booster='gbtree', or take a linear model "
        "of scikit-learn."
    ),
)
OBJECTIVE = (
    ("{step} a pour objectif « {objective} », dont la réponse ne se convertit pas : réentraînez avec « {remedy} »."),
    "{step} has the objective `{objective}`, whose answer cannot be converted: train again with `{remedy}`.",
)
VECTOR_LEAVES = (
    (
        "{step}(multi_strategy='multi_output_tree') ne se convertit pas : réentraînez avec "
        "multi_strategy='one_output_per_tree'."
    ),
    (
        "{step}(multi_strategy='multi_output_tree') cannot be converted: train again with "
        "multi_strategy='one_output_per_tree'."
    ),
)
SEVERAL_LABELS = (
    (
        "{step} prédit {targets} étiquettes à la fois, ce qui ne se convertit pas : réentraînez avec "
        "MultiOutputClassifier({step}())."
    ),
    (
        "{step} predicts {targets} labels at once, which cannot be converted: train again with "
        "MultiOutputClassifier({step}())."
    ),
)

Json = dict[str, Any]


@predictor("XGBClassifier", "XGBRFClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Probabilities from log-odds, or from one score for each class."""
    graph = conversion.graph
    learner = _learner(estimator)
    objective = learner["objective"]["name"]
    if objective not in CLASSES:
        raise Refusal(OBJECTIVE, step=type(estimator).__name__, objective=objective, remedy="binary:logistic")
    targets = int(learner["learner_model_param"].get("num_target", 1))
    if targets > 1:
        raise Refusal(SEVERAL_LABELS, step=type(estimator).__name__, targets=targets)
    scores = _raw(conversion, estimator, value, learner, "log_odds")
    two = objective == "binary:logistic"
    probabilities = graph.both(graph.sigmoid(scores)) if two else graph.softmax(scores)
    return Prediction(estimator.classes_, probabilities=probabilities)


@predictor("XGBRegressor", "XGBRFRegressor")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The sum of the trees through the link of the objective, for each target or quantile."""
    learner = _learner(estimator)
    objective = learner["objective"]["name"]
    if objective not in NUMBERS:
        raise Refusal(OBJECTIVE, step=type(estimator).__name__, objective=objective, remedy="reg:squarederror")
    scale = NUMBERS[objective]
    raw = _raw(conversion, estimator, value, learner, scale)
    links = {"value": "Identity", "log_value": "Exp", "log_odds": "Sigmoid"}
    width = len(conversion.ensembles[id(estimator)].base)
    if objective == "reg:quantileerror" and width > 1:
        del conversion.ensembles[id(estimator)]
        raw = _in_order(conversion, raw, width)
    return Prediction(value=conversion.graph.op(links[scale], raw), width=width)


def _in_order(conversion: Conversion, raw: Name, width: int) -> Name:
    """The quantiles of each row sorted: the library answers them so, for each to be at least the one before."""
    graph = conversion.graph
    return graph.ops("TopK", raw, graph.integers([width]), outputs=2, axis=1, largest=0)[0]


def _learner(estimator: Any) -> Json:
    learner: Json = json.loads(estimator.get_booster().save_raw("json").decode())["learner"]
    if learner["gradient_booster"]["name"] == "gblinear":
        raise Refusal(BOOSTER, step=type(estimator).__name__, booster="gblinear")
    return learner


def _raw(conversion: Conversion, estimator: Any, value: Value, learner: Json, scale: Scale) -> Name:
    """The start and the trees, added."""
    model = _model(learner)
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in model["trees"]):
        raise Refusal(VECTOR_LEAVES, step=type(estimator).__name__)
    coded = _coded(conversion, value, model.get("cats", {}), type(estimator).__name__)
    columns = CategoryColumns(_read(conversion, conversion.leaf(estimator, coded), estimator.missing))
    start, kept = _start(learner, scale, model), _kept(estimator, model)
    weights = model.get("weight_drop") or learner["gradient_booster"].get("weight_drop") or [1.0] * kept  # DART
    trees = [
        _tree(tree, columns, weight * for_target(_singles(tree, "split_conditions"), target, len(start)))
        for tree, target, weight in list(zip(model["trees"], model["tree_info"], weights, strict=False))[:kept]
    ]
    matrix, features = columns.with_columns(conversion)
    conversion.ensembles[id(estimator)] = Ensemble(tuple(trees), start, 1.0, matrix, features, scale)
    return conversion.graph.shift(sum_of_trees(conversion.graph, matrix, trees), start[None])


def _model(learner: Json) -> Json:
    """The trees: DART's were in a `gbtree` before version 3.4."""
    booster = learner["gradient_booster"]
    model: Json = booster["gbtree"]["model"] if booster["name"] == "dart" else booster["model"]
    return model


def _kept(estimator: Any, model: Json) -> int:
    """The number of trees that the estimator answers with: those up to the best iteration of early stopping."""
    best = getattr(estimator, "best_iteration", None)
    return len(model["trees"]) if best is None else int(model["iteration_indptr"][best + 1])


def _start(learner: Json, scale: Scale, model: Json) -> NDArray[np.float64]:
    """The answer before the first tree, on the scale of the trees: (targets,)."""
    text = learner["learner_model_param"]["base_score"]
    base = np.atleast_1d(np.asarray(json.loads(text), dtype=np.float64))
    if scale == "log_value":
        base = np.log(base)
    elif learner["objective"]["name"] in ("binary:logistic", "reg:logistic"):
        base = np.log(base / (1 - base))
    targets = max(1, *(int(learner["learner_model_param"].get(key, 1)) for key in ("num_class", "num_target")))
    return np.broadcast_to(base, (max(targets, max(model["tree_info"], default=0) + 1),)).copy()


def _coded(conversion: Conversion, value: Value, stored: Json, step: str) -> Value:
    """The columns with codes for those that were categories of pandas when the estimator was fitted."""
    known = [_categories(one) for one in stored.get("enc", [])]
    if not any(known):
        return value
    columns = conversion.columns(value)
    items = list(columns.items)
    for at, categories in enumerate(known):
        if categories:
            items[at] = coded = codes(conversion, items[at], categories, step)
            conversion.unknown_refused.update(*coded.sources)
    return Columns(tuple(items), columns.names)


def _categories(stored: Json) -> list[Any]:
    """The categories of one column: numbers, or texts one after the other with their bounds."""
    if "offsets" not in stored:
        return list(stored["values"])
    content = np.asarray(stored["values"], dtype=np.int64).astype(np.uint8).tobytes()
    bounds = stored["offsets"]
    return [content[first:last].decode() for first, last in pairwise(bounds)]


def _read(conversion: Conversion, matrix: Matrix, missing: float) -> Matrix:
    """The matrix rounded to float32, with NaN for the number that stands for missing."""
    graph = conversion.graph
    tensor = graph.as_float32(matrix.tensor)
    if not np.isnan(missing):
        absent = graph.op("Equal", tensor, graph.constant(float(np.float32(missing))))
        tensor = graph.op("Where", absent, graph.constant(np.nan), tensor)
    return Matrix(tensor, matrix.sources)


def _singles(tree: Json, key: str) -> NDArray[np.float64]:
    return np.asarray(tree[key], dtype=np.float32).astype(np.float64)


def _tree(tree: Json, columns: CategoryColumns, value: NDArray[np.float64]) -> Tree:
    left = np.asarray(tree["left_children"], dtype=np.int64)
    leaf = left < 0
    feature = np.where(leaf, -1, tree["split_indices"])
    threshold = np.where(leaf, 0.0, below(tree["split_conditions"]))
    missing_left = np.asarray(tree["default_left"]) > 0
    for node, first, size in zip(
        tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
    ):
        right = _flags(tree["categories"][first : first + size])
        feature[node] = columns.place(int(feature[node]), right, other=False, missing=not missing_left[node])
        threshold[node] = LEFT_OR_RIGHT
    return Tree(
        feature=feature,
        threshold=threshold,
        left=left,
        right=np.asarray(tree["right_children"], dtype=np.int64),
        missing_left=missing_left,
        cover=_singles(tree, "sum_hessian"),
        value=value,
    )


def _flags(chosen: Sequence[int]) -> NDArray[np.bool_]:
    flags = np.zeros(max(chosen) + 1, dtype=np.bool_)
    flags[list(chosen)] = True
    return flags
