"""Kernel ridge regression: a weighted sum of the kernel with the training rows."""

from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import dense
from training.new.conversion.families.kernels import kernel
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("KernelRidge")
def predict_kernel_ridge(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The kernel times the dual coefficients."""
    points = dense(estimator.X_fit_)
    gamma = 1.0 / points.shape[1] if estimator.gamma is None else float(estimator.gamma)
    weights = dense(estimator.dual_coef_).reshape(len(points), -1)
    near = kernel(conversion, estimator, conversion.leaf(estimator, value).tensor, points, gamma)
    product = conversion.graph.op("MatMul", near, conversion.graph.constant(weights))
    return Prediction(value=product, width=weights.shape[1])
