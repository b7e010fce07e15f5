"""Gaussian processes: the kernel with the training rows, weighed."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.error_function import error_function
from training.new.conversion.families.gaussian_kernels import covariance, diagonal
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

SLOPES = (0.41, 0.4, 0.37, 0.44, 0.39)
FACTORS = (-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654)
"""The logistic function as a sum of error functions, as scikit-learn has it (Williams and Barber, appendix A)."""


@predictor("GaussianProcessRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the process."""
    graph = conversion.graph
    points = np.asarray(estimator.X_train_, dtype=np.float64)
    weights = np.asarray(estimator.alpha_, dtype=np.float64).reshape(len(points), -1)
    near = covariance(conversion, estimator, estimator.kernel_, conversion.leaf(estimator, value).tensor, points)
    mean = graph.op("MatMul", near, graph.constant(weights))
    spread, center = np.atleast_1d(estimator._y_train_std), np.atleast_1d(estimator._y_train_mean)  # noqa: SLF001
    return Prediction(value=graph.shift(graph.scale(mean, spread[None]), center[None]), width=weights.shape[1])


@predictor("GaussianProcessClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The binary process; for several classes one against the rest, or pairs."""
    prediction = conversion.predict(estimator.base_estimator_, value)
    prediction.classes, prediction.scores = estimator.classes_, None
    if not hasattr(estimator, "predict_proba") or estimator.multi_class == "one_vs_one":
        prediction.probabilities = None
    return prediction


@predictor("_BinaryGaussianProcessClassifierLaplace")
def predict_binary(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The sign of the latent mean, and the mean of the logistic function over the latent distribution."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    points = np.asarray(estimator.X_train_, dtype=np.float64)
    near = covariance(conversion, estimator, estimator.kernel_, tensor, points)
    mean = graph.op("MatMul", near, graph.constant((estimator.y_train_ - estimator.pi_)[:, None]))
    whitened = np.linalg.solve(estimator.L_, np.diag(estimator.W_sr_))
    explained = graph.op("MatMul", near, graph.constant(np.ascontiguousarray(whitened.T)))
    squares = graph.row_sum(graph.op("Mul", explained, explained))
    variance = graph.op("Sub", diagonal(conversion, estimator, estimator.kernel_, tensor), squares)
    second = _mean_logistic(conversion, mean, variance)
    return Prediction(estimator.classes_, label=graph.positive(mean), probabilities=graph.both(second))


def _mean_logistic(conversion: Conversion, mean: Name, variance: Name) -> Name:
    """The mean of 1 / (1 + exp(-f)) for f normal: (rows, 1)."""
    graph = conversion.graph
    slopes, factors = np.array(SLOPES)[None], np.array(FACTORS)[None]
    alpha = graph.op("Reciprocal", graph.scale(variance, 2.0))
    ratio = graph.op("Sqrt", graph.op("Div", alpha, graph.shift(alpha, slopes**2)))
    integrals = graph.scale(error_function(graph, graph.op("Mul", graph.scale(mean, slopes), ratio)), 0.5 * factors)
    return graph.shift(graph.row_sum(integrals), 0.5 * factors.sum())
