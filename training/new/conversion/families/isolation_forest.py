"""Isolation forest: an outlier is a row that few splits set apart."""

from typing import Any

import numpy as np
from sklearn.ensemble._iforest import _average_path_length

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.trees import rounded, tree_of
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import sum_of_trees
from training.new.conversion.values import Prediction, Value


@predictor("IsolationForest")
def predict_outliers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Minus 2 ** -(mean depth of the row's leaves / expected depth), minus the offset.

    Not an additive model: no ensemble is noted for the explanation.
    """
    graph = conversion.graph
    trees = [
        tree_of(one.tree_, _depths(one.tree_)[:, None], columns)
        for one, columns in zip(estimator.estimators_, estimator.estimators_features_, strict=True)
    ]
    depth = sum_of_trees(graph, rounded(conversion, estimator, value), trees)
    expected = len(trees) * float(_average_path_length([estimator._max_samples])[0])  # noqa: SLF001
    share = graph.op("Div", depth, graph.constant(expected)) if expected else graph.fill(depth, 1.0)
    score = graph.op("Neg", graph.op("Exp", graph.scale(share, -np.log(2.0))))
    scores = graph.shift(score, -float(estimator.offset_))
    return Prediction(scores=scores, inlier=graph.positive(scores, or_zero=True))


def _depths(tree: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The splits above each node, and those that its training rows would still need."""
    above = np.asarray(tree.compute_node_depths(), dtype=np.float64) - 1.0
    return above + np.asarray(_average_path_length(tree.n_node_samples))
