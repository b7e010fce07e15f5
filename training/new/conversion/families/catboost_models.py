"""CatBoost without categories of its own: trees read from the model's JSON."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.trees import rounded
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, Tree, sum_of_trees
from training.new.conversion.values import Prediction, Value

OWN_CATEGORIES = (
    (
        "{step} garde ses catégories ({columns}) dans des compteurs qui ne se convertissent pas : entraînez-le "
        "derrière un OrdinalEncoder ou un TargetEncoder (Pipeline), ou prenez "
        "HistGradientBoosting(categorical_features='from_dtype'), qui se convertit exactement."
    ),
    (
        "{step} keeps its categories ({columns}) in counters that cannot be converted: train it behind an "
        "OrdinalEncoder or a TargetEncoder (Pipeline), or take "
        "HistGradientBoosting(categorical_features='from_dtype'), which converts exactly."
    ),
)
OBJECTIVE = (
    (
        "{step} a pour loss_function « {objective} », dont la réponse ne se convertit pas : réentraînez avec "
        "loss_function='{remedy}'."
    ),
    (
        "{step} has the loss_function `{objective}`, whose answer cannot be converted: train again with "
        "loss_function='{remedy}'."
    ),
)
IDENTITY = (
    "RMSE",
    "MultiRMSE",
    "MAE",
    "Quantile",
    "MAPE",
    "Lq",
    "Huber",
    "Expectile",
    "MultiQuantile",
    "LogCosh",
    "LogLinQuantile",
)
EXPONENTIAL = ("Poisson", "Tweedie")

Json = dict[str, Any]


@predictor("CatBoostClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Probabilities from log-odds, or from one score for each class; the label by the threshold of the model."""
    graph = conversion.graph
    model = _model(estimator)
    loss = _loss(model)
    if loss not in ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll"):
        raise Refusal(OBJECTIVE, step="CatBoostClassifier", objective=loss, remedy="Logloss")
    scores = _raw(conversion, estimator, value, model, "log_odds")
    classes = np.asarray(estimator.classes_)
    if loss == "MultiClass":
        return Prediction(classes, probabilities=graph.softmax(scores))
    if loss == "MultiClassOneVsAll":
        return Prediction(classes, probabilities=graph.sigmoid(scores), label=graph.argmax(scores))
    threshold = float(estimator.get_probability_threshold())
    label = graph.positive(graph.shift(scores, -np.log(threshold / (1 - threshold))))
    return Prediction(classes, probabilities=graph.both(graph.sigmoid(scores)), label=label)


@predictor("CatBoostRegressor")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The sum of the trees, or its exponential, for each target or quantile."""
    model = _model(estimator)
    loss = _loss(model)
    if loss not in IDENTITY and loss not in EXPONENTIAL:
        raise Refusal(OBJECTIVE, step="CatBoostRegressor", objective=loss, remedy="RMSE")
    logarithm = loss in EXPONENTIAL
    raw = _raw(conversion, estimator, value, model, "log_value" if logarithm else "value")
    width = len(conversion.ensembles[id(estimator)].base)
    return Prediction(value=conversion.graph.op("Exp", raw) if logarithm else raw, width=width)


def _model(estimator: Any) -> Json:
    """The model's JSON. Raises Refusal: it has features that are not numbers."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        estimator.save_model(str(path), format="json")
        model: Json = json.loads(path.read_bytes())
    kinds = ("categorical_features", "text_features", "embedding_features")
    others = [one for kind in kinds for one in model["features_info"].get(kind, [])]
    if others:
        columns = ", ".join(str(one.get("feature_id") or one["flat_feature_index"]) for one in others)
        raise Refusal(OWN_CATEGORIES, step=type(estimator).__name__, columns=columns)
    return model


def _loss(model: Json) -> str:
    return str(model["model_info"]["params"]["loss_function"]["type"])


def _raw(conversion: Conversion, estimator: Any, value: Value, model: Json, scale: Scale) -> Name:
    """The start and the trees, added."""
    factor, start = float(model["scale_and_bias"][0]), np.asarray(model["scale_and_bias"][1], dtype=np.float64)
    features = model["features_info"]["float_features"]
    trees = [_symmetric(tree, features, len(start), factor) for tree in model.get("oblivious_trees", [])]
    trees += [_nested(tree, features, len(start), factor) for tree in model.get("trees", [])]
    matrix = rounded(conversion, estimator, value)
    columns = tuple(range(matrix.width))
    conversion.ensembles[id(estimator)] = Ensemble(tuple(trees), start, 1.0, matrix, columns, scale)
    return conversion.graph.shift(sum_of_trees(conversion.graph, matrix, trees), start[None])


def _split(split: Json, features: list[Json]) -> tuple[int, float, bool]:
    """The column, the threshold, and whether a missing number goes left."""
    feature = features[split["float_feature_index"]]
    missing_left = feature["nan_value_treatment"] != "AsTrue"
    return feature["flat_feature_index"], float(np.float32(split["border"])), missing_left


def _symmetric(tree: Json, features: list[Json], targets: int, factor: float) -> Tree:
    """A tree that asks the same of all nodes of a level: node k has the children 2k + 1 and 2k + 2."""
    splits = [_split(split, features) for split in reversed(tree["splits"])]
    inner = np.arange(2 ** len(splits) - 1)
    leaves = 2 ** len(splits)
    level = np.log2(inner + 1).astype(np.int64)
    columns = [np.array([split[part] for split in splits])[level] if splits else inner for part in range(3)]
    leaf = np.zeros(leaves, dtype=np.int64)
    values = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(leaves, targets) * factor
    return Tree(
        feature=np.concatenate([columns[0], leaf - 1]).astype(np.int64),
        threshold=np.concatenate([columns[1], leaf]).astype(np.float64),
        left=np.concatenate([2 * inner + 1, leaf]),
        right=np.concatenate([2 * inner + 2, leaf]),
        missing_left=np.concatenate([columns[2], leaf]).astype(np.bool_),
        cover=_covers(np.asarray(tree["leaf_weights"], dtype=np.float64)),
        value=np.concatenate([np.zeros((len(inner), targets)), values]),
    )


def _covers(leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of all nodes from those of the leaves."""
    levels = [leaves]
    while len(levels[0]) > 1:
        levels.insert(0, levels[0].reshape(-1, 2).sum(axis=1))
    return np.concatenate(levels)


def _nested(tree: Json, features: list[Json], targets: int, factor: float) -> Tree:
    """A tree whose nodes each have a split of their own (`grow_policy` Depthwise and Lossguide)."""
    nodes, left, right = [tree], [], []
    for node in nodes:  # grows while it is read: the children come after their parents
        left.append(len(nodes))
        right.append(len(nodes) + 1)
        nodes += [node["left"], node["right"]] if "split" in node else []
    splits = [_split(node["split"], features) if "split" in node else (-1, 0.0, False) for node in nodes]
    values = [np.atleast_1d(node["value"]) if "value" in node else np.zeros(targets) for node in nodes]
    weights = [0.0 if "split" in node else float(node["weight"]) for node in nodes]
    for at in reversed(range(len(nodes))):
        if "split" in nodes[at]:
            weights[at] = weights[left[at]] + weights[right[at]]
    return Tree(
        feature=np.array([split[0] for split in splits], dtype=np.int64),
        threshold=np.array([split[1] for split in splits]),
        left=np.array(left),
        right=np.array(right),
        missing_left=np.array([split[2] for split in splits]),
        cover=np.array(weights),
        value=np.array(values, dtype=np.float64) * factor,
    )
