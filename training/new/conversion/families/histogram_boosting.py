"""Histogram boosting of scikit-learn (HistGradientBoosting): numbers in double, categories, missing values."""

from typing import Any

import numpy as np
import pandas as pd

from training.new.conversion.category_columns import LEFT_OR_RIGHT, CategoryColumns, codes, members
from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, Tree, for_target, sum_of_trees
from training.new.conversion.values import Matrix, Prediction, Value


@predictor("HistGradientBoostingClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Log-odds of the second class, or one score for each class, as probabilities."""
    graph = conversion.graph
    scores = _raw(conversion, estimator, value, "log_odds")
    two = len(estimator.classes_) == 2
    return Prediction(
        estimator.classes_,
        label=graph.positive(scores) if two else graph.argmax(scores),
        scores=scores,
        probabilities=graph.both(graph.sigmoid(scores)) if two else graph.softmax(scores),
    )


@predictor("HistGradientBoostingRegressor")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The sum of the trees, or its exponential for losses of positive numbers."""
    logarithm = type(estimator._loss.link).__name__ == "LogLink"  # noqa: SLF001
    raw = _raw(conversion, estimator, value, "log_value" if logarithm else "value")
    return Prediction(value=conversion.graph.op("Exp", raw) if logarithm else raw)


def _raw(conversion: Conversion, estimator: Any, value: Value, scale: Scale) -> Name:
    columns = CategoryColumns(_features(conversion, estimator, value))
    targets = estimator.n_trees_per_iteration_
    stages = estimator._predictors  # noqa: SLF001
    trees = [_tree(one, columns, target, targets) for stage in stages for target, one in enumerate(stage)]
    start = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(targets)  # noqa: SLF001
    matrix, features = columns.with_columns(conversion)
    conversion.ensembles[id(estimator)] = Ensemble(tuple(trees), start, 1.0, matrix, features, scale)
    return conversion.graph.shift(sum_of_trees(conversion.graph, matrix, trees), start[None])


def _features(conversion: Conversion, estimator: Any, value: Value) -> Matrix:
    """The matrix that the trees read: with categories, their codes first and then the numbers."""
    preprocessor = estimator._preprocessor  # noqa: SLF001
    if preprocessor is None:
        return conversion.leaf(estimator, value)
    step = type(estimator).__name__
    columns = conversion.columns(value)
    encoder = preprocessor.named_transformers_["encoder"]
    places = np.flatnonzero(estimator.is_categorical_)
    parts = [
        codes(conversion, columns.items[at], [one for one in known if not pd.isna(one)], step)
        for at, known in zip(places, encoder.categories_, strict=True)
    ]
    numbers = columns.select([int(at) for at in np.flatnonzero(~estimator.is_categorical_)])
    if len(numbers):
        parts.append(conversion.matrix(numbers, step))
    return conversion.leaf(estimator, conversion.join(parts))


def _tree(one: Any, columns: CategoryColumns, target: int, targets: int) -> Tree:
    nodes = one.nodes
    leaf = nodes["is_leaf"].astype(np.bool_)
    feature = np.where(leaf, -1, nodes["feature_idx"].astype(np.int64))
    threshold = nodes["num_threshold"].astype(np.float64)
    for at in np.flatnonzero(nodes["is_categorical"].astype(np.bool_) & ~leaf):
        feature[at] = _place(columns, one, nodes[at])
        threshold[at] = LEFT_OR_RIGHT
    return Tree(
        feature=feature,
        threshold=threshold,
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        cover=nodes["count"].astype(np.float64),
        value=for_target(nodes["value"], target, targets),
    )


def _place(columns: CategoryColumns, one: Any, node: Any) -> int:
    """The column that a node of categories reads. The inner encoder has made NaN of every unknown one."""
    left = members(one.raw_left_cat_bitsets[node["bitset_idx"]])
    return columns.place(int(node["feature_idx"]), ~left, other=True, missing=not node["missing_go_to_left"])
