"""Support vector machines with kernels, as libsvm answers: votes between pairs of classes."""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import dense
from training.new.conversion.families.coupling import coupled_probabilities
from training.new.conversion.families.kernels import kernel
from training.new.conversion.families.pairs import votes_and_scores
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("NuSVR", "SVR")
def predict_value(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted sum of the kernel with the support vectors."""
    return Prediction(value=_one_score(conversion, estimator, value))


@predictor("OneClassSVM")
def predict_inliers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The same sum; an inlier above 0."""
    scores = _one_score(conversion, estimator, value)
    return Prediction(scores=scores, inlier=conversion.graph.positive(scores))


@predictor("NuSVC", "SVC")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The class with most votes, scores, and probabilities where the estimator has learnt them."""
    weights, offsets = _pair_weights(estimator)
    tensor = conversion.leaf(estimator, value).tensor
    decisions = _sums(conversion, estimator, tensor, weights, offsets)
    probabilities = _probabilities(conversion, estimator, decisions)
    label, scores = _two(conversion, decisions) if len(weights) == 1 else _several(conversion, estimator, decisions)
    return Prediction(estimator.classes_, label=label, scores=scores, probabilities=probabilities)


def _two(conversion: Conversion, decisions: Name) -> tuple[Name, Name]:
    scores = conversion.graph.op("Neg", decisions)
    return conversion.graph.positive(scores, or_zero=True), scores


def _several(conversion: Conversion, estimator: Any, decisions: Name) -> tuple[Name, Name]:
    graph, count = conversion.graph, len(estimator.classes_)
    second = graph.cast(graph.op("LessOrEqual", decisions, graph.constant(0.0)))
    votes, scores = votes_and_scores(conversion, second, graph.op("Neg", decisions), count)
    label = graph.argmax(scores if estimator.break_ties else votes)
    return label, scores if estimator.decision_function_shape == "ovr" else decisions


def _probabilities(conversion: Conversion, estimator: Any, decisions: Name) -> Name | None:
    if not hasattr(estimator, "predict_proba") or not len(estimator._probA):  # noqa: SLF001
        return None
    slopes, offsets = np.asarray(estimator._probA)[None], np.asarray(estimator._probB)[None]  # noqa: SLF001
    graph = conversion.graph
    pairs = graph.sigmoid(graph.op("Neg", graph.shift(graph.scale(decisions, slopes), offsets)))
    return coupled_probabilities(conversion, pairs, len(estimator.classes_))


def _one_score(conversion: Conversion, estimator: Any, value: Value) -> Name:
    tensor = conversion.leaf(estimator, value).tensor
    offset = np.asarray(estimator.intercept_, dtype=np.float64)
    return _sums(conversion, estimator, tensor, dense(estimator.dual_coef_), offset)


def _sums(conversion: Conversion, estimator: Any, tensor: Name, weights: NDArray[Any], offsets: NDArray[Any]) -> Name:
    """Weighted sums (rows, sums) of the kernel, for weights (sums, support vectors)."""
    points = dense(estimator.support_vectors_)
    if estimator.kernel == "linear":
        return conversion.graph.affine(tensor, (weights @ points).T, offsets)
    near = kernel(conversion, estimator, tensor, points, float(estimator._gamma))  # noqa: SLF001
    return conversion.graph.affine(near, np.ascontiguousarray(weights.T), offsets)


def _pair_weights(estimator: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights (pairs, support vectors) and the offsets (pairs,) that libsvm keeps, above 0 for the first class."""
    dual = dense(estimator._dual_coef_)
    ends = np.cumsum([0, *estimator.n_support_])
    rows = []
    for one, other in combinations(range(len(estimator.classes_)), 2):
        row = np.zeros(dual.shape[1])
        row[ends[one] : ends[one + 1]] = dual[other - 1, ends[one] : ends[one + 1]]
        row[ends[other] : ends[other + 1]] = dual[one, ends[other] : ends[other + 1]]
        rows.append(row)
    return np.array(rows), np.asarray(estimator._intercept_, dtype=np.float64)
