"""The recipe's blends: the answers of several estimators of the same columns, added up."""

from collections.abc import Sequence
from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("LogOddsBlend")
def predict_classes(conversion: Conversion, blend: Any, value: Value) -> Prediction:
    """Softmax of the weighted sum of the members' log-probabilities, each at least `floor`."""
    graph = conversion.graph
    floor = graph.constant(blend.floor)
    logarithms = [
        graph.op("Log", graph.op("Max", _probabilities(conversion, member, value), floor))
        for member in blend.estimators_
    ]
    probabilities = graph.softmax(_weighted_sum(conversion, logarithms, blend.weights_))
    return Prediction(blend.classes_, label=graph.argmax(probabilities), probabilities=probabilities)


@predictor("ValueBlend")
def predict_value(conversion: Conversion, blend: Any, value: Value) -> Prediction:
    """The weighted sum of the members' numbers."""
    values = [_value(conversion, member, value) for member in blend.estimators_]
    return Prediction(value=_weighted_sum(conversion, values, blend.weights_))


@predictor("SeveralClasses")
def predict_several_classes(conversion: Conversion, several: Any, value: Value) -> Prediction:
    """The classes of each target."""
    return Prediction(several=[conversion.predict(one, value) for one in several.estimators_])


@predictor("SeveralValues")
def predict_several_values(conversion: Conversion, several: Any, value: Value) -> Prediction:
    """The numbers of each target, side by side."""
    values = [_value(conversion, one, value) for one in several.estimators_]
    return Prediction(value=conversion.graph.concat(values), width=len(values))


def _probabilities(conversion: Conversion, member: Any, value: Value) -> Name:
    probabilities = conversion.predict(member, value).probabilities
    if probabilities is None:
        raise TypeError(f"{type(member).__name__} has no probabilities")
    return probabilities


def _value(conversion: Conversion, member: Any, value: Value) -> Name:
    number = conversion.predict(member, value).value
    if number is None:
        raise TypeError(f"{type(member).__name__} predicts no number")
    return number


def _weighted_sum(conversion: Conversion, tensors: Sequence[Name], weights: Sequence[float]) -> Name:
    graph = conversion.graph
    scaled = [graph.scale(tensor, weight) for tensor, weight in zip(tensors, weights, strict=True)]
    total = scaled[0]
    for one in scaled[1:]:
        total = graph.op("Add", total, one)
    return total
