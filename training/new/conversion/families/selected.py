"""Predictors behind a selection of features that is their own."""

from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("RFE", "RFECV")
def predict_selected(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The estimator that was fitted on the features which it kept."""
    return conversion.predict(estimator.estimator_, conversion.transform(estimator, value))
