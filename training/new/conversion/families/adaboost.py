"""AdaBoost: weighted votes of classifiers, the weighted median of regressors."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import joined, labels_in, one_hot, value_of
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("AdaBoostClassifier")
def predict_class(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Each classifier adds its weight to its class, and takes it from the others in equal parts."""
    graph, count = conversion.graph, len(estimator.classes_)
    value = joined(conversion, value, "AdaBoostClassifier")
    weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)
    parts = []
    for inner, weight in zip(estimator.estimators_, weights, strict=False):
        label = labels_in(conversion, conversion.predict(inner, value), estimator.classes_)
        hot = one_hot(conversion, label, count)
        parts.append(graph.shift(graph.scale(hot, weight * count / (count - 1)), -weight / (count - 1)))
    decision = graph.op("Div", graph.op("Sum", *parts), graph.constant(weights.sum()))
    if count == 2:
        return _two(conversion, estimator, graph.op("Sub", graph.take(decision, 1), graph.take(decision, 0)))
    probabilities = graph.softmax(graph.scale(decision, 1.0 / (count - 1)))
    return Prediction(estimator.classes_, graph.argmax(decision), probabilities, decision)


def _two(conversion: Conversion, estimator: Any, score: Name) -> Prediction:
    graph = conversion.graph
    probabilities = graph.softmax(graph.concat([graph.scale(score, -0.5), graph.scale(score, 0.5)]))
    return Prediction(estimator.classes_, graph.positive(score), probabilities, score)


@predictor("AdaBoostRegressor")
def predict_median(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The smallest answer such that half of the weight is at or below it."""
    graph = conversion.graph
    value = joined(conversion, value, "AdaBoostRegressor")
    answers = [value_of(estimator, conversion.predict(one, value), one) for one in estimator.estimators_]
    count = graph.integers([len(answers)])
    ordered, places = graph.ops("TopK", graph.concat(answers), count, outputs=2, axis=1, largest=0, sorted=1)
    weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)[: len(answers)]
    reached = graph.op("CumSum", graph.op("Gather", graph.constant(weights), places), graph.integers(1))
    half = graph.scale(graph.take(reached, len(answers) - 1), 0.5)
    median = graph.column(graph.argmax(graph.cast(graph.op("GreaterOrEqual", reached, half))))
    return Prediction(value=graph.op("GatherElements", ordered, median, axis=1))
