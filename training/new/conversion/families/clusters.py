"""Clusters: the nearest centre."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, dense, refusal
from training.new.conversion.families.distances import nearest_label
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

NO_CENTERS: Pair = (
    "n'a pas de centres : prenez KMeans",
    "has no centres: take KMeans",
)


@predictor("AffinityPropagation", "KMeans", "MeanShift", "MiniBatchKMeans")
def predict_nearest(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The cluster of the nearest centre."""
    centers = dense(getattr(estimator, "cluster_centers_", np.zeros((0, 0))))
    if not len(centers):
        raise refusal(estimator, NO_CENTERS)
    return Prediction(cluster=nearest_label(conversion, conversion.leaf(estimator, value).tensor, centers))


@predictor("Birch")
def predict_birch(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The cluster of the nearest subcluster."""
    nearest = nearest_label(conversion, conversion.leaf(estimator, value).tensor, dense(estimator.subcluster_centers_))
    labels = np.asarray(estimator.subcluster_labels_, dtype=np.int64)
    return Prediction(cluster=conversion.graph.op("Gather", conversion.graph.integers(labels), nearest))


@predictor("BisectingKMeans")
def predict_bisecting(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The nearer of two centres, then of the two below it, down to a cluster."""
    tensor = conversion.leaf(estimator, value).tensor
    return Prediction(cluster=_descend(conversion, estimator, estimator._bisecting_tree, tensor))  # noqa: SLF001


def _descend(conversion: Conversion, estimator: Any, node: Any, tensor: Name) -> Name:
    graph = conversion.graph
    if node.left is None:
        return graph.integers([node.label])
    centers = np.vstack([node.left.center, node.right.center]) + getattr(estimator, "_X_mean", 0.0)
    right = graph.cast(nearest_label(conversion, tensor, centers), 9)
    below = [_descend(conversion, estimator, side, tensor) for side in (node.right, node.left)]
    return graph.op("Where", right, *below)
