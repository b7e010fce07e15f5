"""Linear models: a weighted sum of the features, through a link."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import MULTILABEL, dense, refusal
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


def coefficients(estimator: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights (outputs, features) and the intercepts (outputs,)."""
    weights = np.atleast_2d(dense(estimator.coef_))
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
    binarizer = getattr(estimator, "_label_binarizer", None)
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise refusal(estimator, MULTILABEL)
    scores = graph.affine(conversion.leaf(estimator, value).tensor, weights.T, intercepts)
    label = graph.positive(scores) if len(weights) == 1 else graph.argmax(scores)
    probabilities = _probabilities(conversion, estimator, scores) if hasattr(estimator, "predict_proba") else None
    return Prediction(estimator.classes_, label=label, scores=scores, probabilities=probabilities)


def _probabilities(conversion: Conversion, estimator: Any, scores: Name) -> Name:
    graph = conversion.graph
    each = graph.sigmoid(scores)
    if getattr(estimator, "loss", "") == "modified_huber":
        clipped = graph.op("Min", graph.op("Max", scores, graph.constant(-1.0)), graph.constant(1.0))
        each = graph.scale(graph.shift(clipped, 1.0), 0.5)
    if len(estimator.classes_) == 2:
        return graph.both(each)
    if type(estimator).__name__ == "SGDClassifier":  # one against the rest
        return shares(conversion, each, len(estimator.classes_))
    return graph.softmax(scores)


def shares(conversion: Conversion, each: Name, count: int) -> Name:
    """Probabilities of each class against the rest, made to sum to 1; equal ones where all are 0.

    Args:
        conversion: the conversion.
        each: (rows, classes) double, not negative.
        count: number of classes.
    """
    graph = conversion.graph
    total = graph.row_sum(each)
    none = graph.op("Equal", total, graph.constant(0.0))
    divided = graph.op("Div", each, graph.op("Where", none, graph.constant(1.0), total))
    return graph.op("Where", none, graph.constant(1.0 / count), divided)


@predictor(
    "ARDRegression",
    "BayesianRidge",
    "ElasticNet",
    "ElasticNetCV",
    "HuberRegressor",
    "Lars",
    "LarsCV",
    "Lasso",
    "LassoCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
    "LinearRegression",
    "LinearSVR",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV",
    "PassiveAggressiveRegressor",
    "QuantileRegressor",
    "Ridge",
    "RidgeCV",
    "SGDRegressor",
    "TheilSenRegressor",
)
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted sum; several of them where the estimator has several targets."""
    weights, intercepts = coefficients(estimator)
    sums = conversion.graph.affine(conversion.leaf(estimator, value).tensor, weights.T, intercepts)
    return Prediction(value=sums, width=len(weights))


@predictor("GammaRegressor", "PoissonRegressor", "TweedieRegressor")
def predict_generalized(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted sum, or its exponential where the link is the logarithm."""
    prediction = predict_values(conversion, estimator, value)
    if prediction.value is not None and type(estimator._base_loss.link).__name__ == "LogLink":  # noqa: SLF001
        prediction.value = conversion.graph.op("Exp", prediction.value)
    return prediction


@predictor("CCA", "PLSCanonical", "PLSRegression")
def predict_partial_least_squares(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted sum of the features less their means."""
    graph = conversion.graph
    weights, intercepts = coefficients(estimator)
    moved = graph.op("Sub", conversion.leaf(estimator, value).tensor, graph.constant(estimator._x_mean[None]))  # noqa: SLF001
    return Prediction(value=graph.affine(moved, weights.T, intercepts), width=len(weights))


@predictor("RANSACRegressor")
def predict_ransac(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The regressor that was fitted on the inliers."""
    return conversion.predict(estimator.estimator_, value)


@predictor("SGDOneClassSVM")
def predict_inliers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The weighted sum less the offset; an inlier from 0 up."""
    graph = conversion.graph
    matrix = conversion.leaf(estimator, value)
    scores = graph.affine(matrix.tensor, np.atleast_2d(estimator.coef_).T, -np.atleast_1d(estimator.offset_))
    return Prediction(scores=scores, inlier=graph.positive(scores, or_zero=True))
