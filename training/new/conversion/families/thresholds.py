"""Classifiers whose label has a threshold of its own: it is not that of the largest probability."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import NO_SCORES, own_probabilities, refusal
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("TunedThresholdClassifierCV")
def predict_tuned(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The threshold that scored best."""
    positive = estimator._curve_scorer._get_pos_label()  # noqa: SLF001
    prediction = conversion.predict(estimator.estimator_, value)
    prediction.label = _label(conversion, estimator, prediction, float(estimator.best_threshold_), positive)
    return prediction


@predictor("FixedThresholdClassifier")
def predict_fixed(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The threshold that was given; a half of the probability or 0 of the score otherwise."""
    inner = getattr(estimator, "estimator_", estimator.estimator)
    threshold = estimator.threshold
    if threshold == "auto":
        threshold = 0.5 if _method(estimator, inner) == "predict_proba" else 0.0
    prediction = conversion.predict(inner, value)
    prediction.label = _label(conversion, estimator, prediction, float(threshold), estimator.pos_label)
    return prediction


def _method(estimator: Any, inner: Any) -> str:
    asked = str(estimator.response_method)
    if asked != "auto":
        return asked
    return "predict_proba" if hasattr(inner, "predict_proba") else "decision_function"


def _label(conversion: Conversion, estimator: Any, prediction: Prediction, threshold: float, positive: Any) -> Name:
    """The positive class where its score reaches the threshold: (rows,)."""
    graph = conversion.graph
    place = 1 if positive is None else np.asarray(estimator.classes_).tolist().index(positive)
    score = _score(conversion, estimator, prediction, place)
    reached = graph.flat(graph.op("GreaterOrEqual", score, graph.constant(threshold)))
    return graph.op("Where", reached, graph.integers(place), graph.integers(1 - place))


def _score(conversion: Conversion, estimator: Any, prediction: Prediction, place: int) -> Name:
    """How sure the inner classifier is of the class at this place: (rows, 1)."""
    inner = getattr(estimator, "estimator_", estimator.estimator)
    if _method(estimator, inner) == "predict_proba":
        return conversion.graph.take(own_probabilities(estimator, inner, prediction), place)
    if prediction.scores is None:
        raise refusal(estimator, NO_SCORES, inner=type(inner).__name__)
    return prediction.scores if place == 1 else conversion.graph.op("Neg", prediction.scores)
