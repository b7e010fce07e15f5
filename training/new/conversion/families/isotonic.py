"""Isotonic regression of one feature."""

from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.families.interpolation import interpolate
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

OUT_OF_BOUNDS: Pair = (
    "(out_of_bounds='{bounds}') ne répond pas hors des valeurs d'apprentissage : prenez out_of_bounds='clip'",
    "(out_of_bounds='{bounds}') has no answer outside the training values: take out_of_bounds='clip'",
)


@predictor("IsotonicRegression")
def predict_isotonic(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The fitted steps, with straight lines between them."""
    if estimator.out_of_bounds != "clip":
        raise refusal(estimator, OUT_OF_BOUNDS, bounds=estimator.out_of_bounds)
    return Prediction(value=isotonic(conversion, estimator, conversion.leaf(estimator, value).tensor))


def isotonic(conversion: Conversion, estimator: Any, tensor: Name) -> Name:
    """What a fitted isotonic regression answers for a column (rows, 1), clipped at both ends.

    Args:
        conversion: the conversion.
        estimator: the fitted IsotonicRegression.
        tensor: (rows, 1) double.
    """
    return interpolate(conversion.graph, tensor, estimator.X_thresholds_, estimator.y_thresholds_)
