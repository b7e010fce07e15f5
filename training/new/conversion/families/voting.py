"""Votes and means of several estimators, which are fitted on the numbers of the classes."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import average, joined, labels_in, one_hot, probabilities_in, value_of
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("VotingClassifier")
def predict_vote(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the probabilities (soft), or the class with most votes (hard)."""
    value = joined(conversion, value, "VotingClassifier")
    inner = [conversion.predict(one, value) for one in estimator.estimators_]
    weights, count = estimator._weights_not_none, len(estimator.classes_)  # noqa: SLF001
    numbers = np.arange(count)
    if estimator.voting == "soft":
        parts = [
            probabilities_in(conversion, estimator, one, prediction, numbers)
            for one, prediction in zip(estimator.estimators_, inner, strict=True)
        ]
        return Prediction(estimator.classes_, probabilities=average(conversion, parts, weights))
    votes = [one_hot(conversion, labels_in(conversion, one, numbers), count) for one in inner]
    return Prediction(estimator.classes_, label=conversion.graph.argmax(average(conversion, votes, weights)))


@predictor("VotingRegressor")
def predict_mean(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted mean of the numbers."""
    value = joined(conversion, value, "VotingRegressor")
    parts = [value_of(estimator, conversion.predict(one, value), one) for one in estimator.estimators_]
    return Prediction(value=average(conversion, parts, estimator._weights_not_none))  # noqa: SLF001
