"""Calibrated probabilities: each fold's classifier and its calibrators, averaged."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import average, joined, response
from training.new.conversion.families.isotonic import isotonic
from training.new.conversion.families.linear import shares
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

SMALLEST = 1e-12
"""What scikit-learn adds to probabilities before their logarithm."""


@predictor("CalibratedClassifierCV")
def predict_calibrated(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the calibrated probabilities."""
    value = joined(conversion, value, type(estimator).__name__)
    parts = [_one(conversion, estimator, fold, value) for fold in estimator.calibrated_classifiers_]
    return Prediction(estimator.classes_, probabilities=average(conversion, parts))


def _one(conversion: Conversion, step: Any, fold: Any, value: Value) -> Name:
    """The calibrated probabilities of one fold: (rows, classes)."""
    scores = response(conversion, step, fold.estimator, conversion.predict(fold.estimator, value))
    if fold.method == "temperature":
        return _temperature(conversion, fold, scores)
    graph, count = conversion.graph, len(fold.classes)
    known = np.asarray(fold.classes).tolist()
    places = [1] if count == 2 else [known.index(one) for one in np.asarray(fold.estimator.classes_).tolist()]
    columns = {
        place: _calibrate(conversion, calibrator, graph.take(scores, at))
        for at, (place, calibrator) in enumerate(zip(places, fold.calibrators, strict=False))
    }
    if count == 2:
        return graph.both(columns[1])
    none = graph.fill(scores, 0.0)
    each = graph.concat([columns.get(at, none) for at in range(count)])
    return graph.op("Min", shares(conversion, each, count), graph.constant(1.0))


def _calibrate(conversion: Conversion, calibrator: Any, scores: Name) -> Name:
    """One column through its calibrator."""
    if type(calibrator).__name__ == "IsotonicRegression":
        return isotonic(conversion, calibrator, scores)
    graph = conversion.graph
    line = graph.shift(graph.scale(scores, float(calibrator.a_)), float(calibrator.b_))
    return graph.sigmoid(graph.op("Neg", line))


def _temperature(conversion: Conversion, fold: Any, scores: Name) -> Name:
    """The softmax of the scores times a constant; of the logarithms, where they are probabilities."""
    graph, inner = conversion.graph, fold.estimator
    if not hasattr(inner, "decision_function"):
        both = graph.both(scores) if len(inner.classes_) == 2 else scores
        scores = graph.op("Log", graph.shift(both, SMALLEST))
    elif len(inner.classes_) == 2:
        scores = graph.concat([graph.op("Neg", scores), scores])
    return graph.softmax(graph.scale(scores, float(fold.calibrators[0].beta_)))
