"""Multi-layer perceptrons."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import MULTILABEL, refusal
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("MLPRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The last layer, or its exponential (Poisson)."""
    last = _last_layer(conversion, estimator, value)
    answer = conversion.graph.op("Exp", last) if estimator.out_activation_ == "exp" else last
    return Prediction(value=answer, width=estimator.n_outputs_)


@predictor("MLPClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The softmax of the last layer; its logistic function for two classes, of which 0.5 is still the first."""
    graph, last = conversion.graph, _last_layer(conversion, estimator, value)
    if estimator.out_activation_ == "softmax":
        return Prediction(estimator.classes_, probabilities=graph.softmax(last))
    if estimator.n_outputs_ > 1:
        raise refusal(estimator, MULTILABEL)
    second = graph.sigmoid(last)
    label = graph.positive(graph.shift(second, -0.5))
    return Prediction(estimator.classes_, label=label, probabilities=graph.both(second))


def _last_layer(conversion: Conversion, estimator: Any, value: Value) -> Name:
    graph, layer = conversion.graph, conversion.leaf(estimator, value).tensor
    for at, (weights, offset) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        if at:
            layer = _activation(conversion, estimator.activation, layer)
        layer = graph.affine(layer, weights, np.asarray(offset))
    return layer


def _activation(conversion: Conversion, name: str, layer: Name) -> Name:
    graph = conversion.graph
    if name == "relu":
        return graph.op("Max", layer, graph.constant(0.0))
    if name == "tanh":
        return graph.op("Tanh", layer)
    return graph.sigmoid(layer) if name == "logistic" else layer
