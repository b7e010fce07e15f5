"""Stacking: the answers of several estimators are the features of a last one."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import (
    MULTILABEL,
    class_values,
    joined,
    labels_in,
    own_probabilities,
    probabilities_in,
    refusal,
    response,
    sources_of,
)
from training.new.conversion.registry import predictor
from training.new.conversion.values import Matrix, Prediction, Value


@predictor("StackingRegressor")
def predict_value(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """What the last regressor answers."""
    return conversion.predict(estimator.final_estimator_, _features(conversion, estimator, value))


@predictor("StackingClassifier")
def predict_class(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """What the last classifier answers, which knows the classes by their numbers."""
    if isinstance(estimator.classes_, list):
        raise refusal(estimator, MULTILABEL)
    last = conversion.predict(estimator.final_estimator_, _features(conversion, estimator, value))
    numbers = np.arange(len(estimator.classes_))
    probabilities = None
    if last.probabilities is not None:
        probabilities = probabilities_in(conversion, estimator, estimator.final_estimator_, last, numbers)
    label = labels_in(conversion, last, numbers)
    return Prediction(estimator.classes_, label=label, probabilities=probabilities, scores=last.scores)


def _features(conversion: Conversion, estimator: Any, value: Value) -> Matrix:
    name = type(estimator).__name__
    value = joined(conversion, value, name)
    parts = [
        _answers(conversion, estimator, inner, method, value)
        for inner, method in zip(estimator.estimators_, estimator.stack_method_, strict=True)
    ]
    if estimator.passthrough:
        parts.append(conversion.matrix(value, name))
    return conversion.join(parts)


def _answers(conversion: Conversion, step: Any, inner: Any, method: str, value: Value) -> Matrix:
    """The features that one inner estimator gives, by `predict_proba`, `decision_function` or `predict`."""
    prediction = conversion.predict(inner, value)
    source = sources_of(value)
    count = len(prediction.classes) if prediction.classes is not None else 0
    if method == "predict_proba":
        tensor = own_probabilities(step, inner, prediction)
        if count == 2 and len(step.classes_) == 2:
            return Matrix(conversion.graph.take(tensor, 1), (source,))
        return Matrix(tensor, (source,) * count)
    if method == "decision_function":
        tensor = response(conversion, step, inner, prediction)
        return Matrix(tensor, (source,) * (_widths(inner, count)))
    if prediction.value is not None:
        return Matrix(prediction.value, (source,) * prediction.width)
    return Matrix(class_values(conversion, prediction), (source,))


def _widths(inner: Any, count: int) -> int:
    """Columns of decision_function."""
    if count == 2:
        return 1
    last = inner.steps[-1][1] if hasattr(inner, "steps") else inner
    pairs = getattr(last, "decision_function_shape", "ovr") == "ovo"
    return count * (count - 1) // 2 if pairs else count
