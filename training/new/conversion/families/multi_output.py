"""Several targets: an estimator for each, alone or in a chain."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import class_values, joined, response, sources_of, value_of
from training.new.conversion.registry import predictor
from training.new.conversion.values import Matrix, Prediction, Value


@predictor("MultiOutputClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The prediction of each target."""
    value = joined(conversion, value, "MultiOutputClassifier")
    return Prediction(several=[conversion.predict(one, value) for one in estimator.estimators_])


@predictor("MultiOutputRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The number of each target."""
    value = joined(conversion, value, "MultiOutputRegressor")
    parts = [value_of(estimator, conversion.predict(one, value), one) for one in estimator.estimators_]
    return Prediction(value=conversion.graph.concat(parts), width=len(parts))


@predictor("ClassifierChain", "RegressorChain")
def predict_chain(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Each target from the features and the targets before it in the chain."""
    name = type(estimator).__name__
    matrix = conversion.matrix(value, name)
    found = []
    for inner in estimator.estimators_:
        prediction = conversion.predict(inner, matrix)
        found.append(prediction)
        matrix = conversion.join([matrix, _feature(conversion, estimator, inner, prediction, matrix)])
    ordered = [found[at] for at in np.argsort(estimator.order_)]
    if name == "ClassifierChain":
        return Prediction(several=ordered)
    parts = [value_of(estimator, one, estimator.estimators_[0]) for one in ordered]
    return Prediction(value=conversion.graph.concat(parts), width=len(parts))


def _feature(conversion: Conversion, chain: Any, inner: Any, prediction: Prediction, matrix: Matrix) -> Matrix:
    """What the next estimator of the chain reads of this one: (rows, 1)."""
    method, graph = getattr(chain, "chain_method_", "predict"), conversion.graph
    source = (sources_of(matrix),)
    if prediction.value is not None:
        return Matrix(prediction.value, source)
    if method == "decision_function":
        return Matrix(response(conversion, chain, inner, prediction), source)
    if method == "predict" or prediction.probabilities is None:
        return Matrix(class_values(conversion, prediction), source)
    second = graph.take(prediction.probabilities, 1)
    return Matrix(graph.op("Log", second) if method == "predict_log_proba" else second, source)
