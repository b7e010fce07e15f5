"""Bagging: the mean of estimators that were each fitted on some rows and some features."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import average, joined, labels_in, one_hot, probabilities_in, value_of
from training.new.conversion.registry import predictor
from training.new.conversion.values import Matrix, Prediction, Value


@predictor("BaggingRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the numbers."""
    inner = list(_inner(conversion, estimator, value))
    parts = [value_of(estimator, prediction, one) for one, prediction in inner]
    return Prediction(value=average(conversion, parts), width=inner[0][1].width)


@predictor("BaggingClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the probabilities; the shares of the votes where the inner classifier has none."""
    count = len(estimator.classes_)
    numbers = np.arange(count)
    inner = list(_inner(conversion, estimator, value))
    parts = [
        probabilities_in(conversion, estimator, one, prediction, numbers)
        if hasattr(one, "predict_proba")
        else one_hot(conversion, labels_in(conversion, prediction, numbers), count)
        for one, prediction in inner
    ]
    scores = None
    if hasattr(estimator, "decision_function") and all(_is_scored(prediction, count) for _, prediction in inner):
        scores = average(conversion, [prediction.scores or "" for _, prediction in inner])
    return Prediction(estimator.classes_, probabilities=average(conversion, parts), scores=scores)


def _is_scored(prediction: Prediction, count: int) -> bool:
    return prediction.scores is not None and prediction.classes is not None and len(prediction.classes) == count


def _inner(conversion: Conversion, estimator: Any, value: Value) -> Iterator[tuple[Any, Prediction]]:
    """Each inner estimator, with what it answers on its features."""
    value = joined(conversion, value, type(estimator).__name__)
    for inner, features in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        places = np.arange(estimator.n_features_in_)[features].tolist()
        if places == list(range(estimator.n_features_in_)):
            part = value
        elif isinstance(value, Matrix):
            part = conversion.select(value, places)
        else:
            part = conversion.columns(value).select(places)
        yield inner, conversion.predict(inner, part)
