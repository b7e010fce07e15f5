"""Quadratic discriminant analysis. The linear one is in `linear`."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.bayes import from_likelihoods
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("QuadraticDiscriminantAnalysis")
def predict_quadratic(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Each class is normal with a covariance of its own."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    parts = []
    for at, (rotation, scaling) in enumerate(zip(estimator.rotations_, estimator.scalings_, strict=True)):
        moved = graph.op("Sub", tensor, graph.constant(estimator.means_[at][None]))
        turned = graph.op("MatMul", moved, graph.constant(rotation * scaling**-0.5))
        norm = graph.shift(graph.row_sum(graph.op("Mul", turned, turned)), np.sum(np.log(scaling)))
        parts.append(graph.shift(graph.scale(norm, -0.5), np.log(estimator.priors_[at])))
    scores = graph.concat(parts)
    prediction = from_likelihoods(conversion, estimator.classes_, scores)
    two = len(parts) == 2
    prediction.scores = graph.op("Sub", parts[1], parts[0]) if two else scores
    return prediction
