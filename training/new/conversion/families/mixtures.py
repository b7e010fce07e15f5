"""Mixtures of normal distributions: clusters with probabilities."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("BayesianGaussianMixture", "GaussianMixture")
def predict_component(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The component of the largest weighted likelihood, and the probabilities of all."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    parts = []
    for (mean, factor), offset in zip(_components(estimator), _offsets(estimator), strict=True):
        moved = graph.op("Sub", tensor, graph.constant(mean[None]))
        white = graph.op("MatMul", moved, graph.constant(factor))
        squares = graph.row_sum(graph.op("Mul", white, white))
        determinant = float(np.sum(np.log(np.diag(factor))))
        parts.append(graph.shift(graph.scale(squares, -0.5), determinant + offset))
    likelihoods = graph.concat(parts)
    return Prediction(cluster=graph.argmax(likelihoods), probabilities=graph.softmax(likelihoods))


def _components(estimator: Any) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The mean of each component, and the Cholesky factor of its precision."""
    for at, mean in enumerate(estimator.means_):
        factors = estimator.precisions_cholesky_
        factor = factors if estimator.covariance_type == "tied" else factors[at]
        diagonal = estimator.covariance_type in ("diag", "spherical")
        yield mean, np.diag(np.broadcast_to(factor, mean.shape)) if diagonal else np.asarray(factor)


def _offsets(estimator: Any) -> NDArray[np.float64]:
    """What is added to the logarithm of each component's likelihood, up to a constant of them all."""
    weights: NDArray[np.float64] = estimator._estimate_log_weights()  # noqa: SLF001
    if type(estimator).__name__ == "GaussianMixture":
        return weights
    from scipy.special import digamma  # noqa: PLC0415

    width = estimator.means_.shape[1]
    freedom = np.broadcast_to(estimator.degrees_of_freedom_, weights.shape)
    spread = np.sum(digamma(0.5 * (freedom - np.arange(width)[:, None])), axis=0)
    offsets: NDArray[np.float64] = weights + 0.5 * (
        spread - width * np.log(freedom) - width / estimator.mean_precision_
    )
    return offsets
