"""Linear models: a weighted sum of the features, through a link."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


def coefficients(estimator: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights (outputs, features) and the intercepts (outputs,)."""
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    intercepts = np.broadcast_to(np.atleast_1d(np.asarray(estimator.intercept_, dtype=np.float64)), (len(weights),))
    return weights, intercepts


@predictor(
    "LogisticRegression",
    "LogisticRegressionCV",
    "LinearDiscriminantAnalysis",
    "LinearSVC",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "SGDClassifier",
    "Perceptron",
    "PassiveAggressiveClassifier",
)
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Scores, the label of the largest, and probabilities where the estimator has them."""
    graph = conversion.graph
    weights, intercepts = coefficients(estimator)
    scores = graph.affine(conversion.leaf(estimator, value).tensor, weights.T, intercepts)
    label = graph.positive(scores) if len(weights) == 1 else graph.argmax(scores)
    probabilities = _probabilities(conversion, estimator, scores) if hasattr(estimator, "predict_proba") else None
    return Prediction(estimator.classes_, label=label, scores=scores, probabilities=probabilities)


def _probabilities(conversion: Conversion, estimator: Any, scores: Name) -> Name:
    graph = conversion.graph
    if len(np.atleast_2d(estimator.coef_)) == 1:
        return graph.both(graph.sigmoid(scores))
    if getattr(estimator, "solver", "") == "liblinear" or type(estimator).__name__ == "SGDClassifier":
        each = graph.sigmoid(scores)  # one against the rest
        return graph.op("Div", each, graph.row_sum(each))
    return graph.softmax(scores)
