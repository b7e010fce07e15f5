"""Predictors that do not look at the features."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Columns, Matrix, Prediction, Value

RANDOM: Pair = (
    "(strategy='{strategy}') tire ses réponses au sort : prenez strategy='prior' ou 'most_frequent'",
    "(strategy='{strategy}') draws its answers at random: take strategy='prior' or 'most_frequent'",
)


@predictor("DummyRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The constant that it has learnt for each target."""
    constant = np.ravel(estimator.constant_)
    return Prediction(value=conversion.graph.fill(any_tensor(conversion, value), constant), width=len(constant))


@predictor("DummyClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The shares of the classes in the training rows, or one class."""
    tensor = any_tensor(conversion, value)
    if estimator.n_outputs_ == 1:
        return _constant(conversion, estimator, tensor, 0)
    return Prediction(several=[_constant(conversion, estimator, tensor, at) for at in range(estimator.n_outputs_)])


def _constant(conversion: Conversion, estimator: Any, tensor: Name, target: int) -> Prediction:
    one = estimator.n_outputs_ == 1
    classes = np.asarray(estimator.classes_ if one else estimator.classes_[target])
    shares = np.asarray(estimator.class_prior_ if one else estimator.class_prior_[target], dtype=np.float64)
    if estimator.strategy == "most_frequent":
        shares = np.eye(len(classes))[int(np.argmax(shares))]
    elif estimator.strategy == "constant":
        shares = (classes == np.ravel(estimator.constant)[target]).astype(np.float64)
    elif estimator.strategy != "prior":
        raise refusal(estimator, RANDOM, strategy=estimator.strategy)
    return Prediction(classes, probabilities=conversion.graph.fill(tensor, shares))


def any_tensor(conversion: Conversion, value: Value) -> Name:
    """A tensor with as many rows as the request."""
    while isinstance(value, Columns):
        value = next((item for item in value if isinstance(item, Matrix)), value.items[0])
    return value.tensor if isinstance(value, Matrix) else conversion.input(value.column, "string")
