"""Regressors of a transformed target: the answer is transformed back."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal, value_of
from training.new.conversion.families.inverses import inverse
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

ROWS: Pair = (
    "change le nombre des cibles : gardez-en autant avant et après la transformation",
    "changes the number of targets: keep as many before and after the transformation",
)


@predictor("TransformedTargetRegressor")
def predict_transformed(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The inner regressor's answer through the inverse of the target's transformer."""
    prediction = conversion.predict(estimator.regressor_, value)
    answer = value_of(estimator, prediction, estimator.regressor_)
    width = np.shape(estimator.transformer_.inverse_transform(np.full((1, prediction.width), 0.5)))[1]
    if width != prediction.width:
        raise refusal(estimator, ROWS)
    return Prediction(value=inverse(conversion, estimator.transformer_, answer, width), width=width)
