"""Linear and additive models: weighted sums of features. Splines, bins and one-hot columns are features like others."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.values import Matrix
from training.new.explanation_parts import LinearPart, Part, Scale, Unexplained
from training.new.explanation_registry import NO_SUM, explains, leaf_of

DIFFERENCE = [[-1.0], [1.0]]
"""Makes the log-odds of the second of two classes from the logarithms of both."""


def linear_part(matrix: Matrix, weights: ArrayLike, offset: ArrayLike, scale: Scale) -> Part:
    """One weighted sum.

    Args:
        matrix: the features.
        weights: (outputs, features), or (features,) for one output.
        offset: (outputs,).
        scale: of the outputs.
    """
    columns = np.atleast_2d(np.asarray(weights, dtype=np.float64)).T
    offsets = np.broadcast_to(np.asarray(offset, dtype=np.float64).ravel(), (columns.shape[1],))
    return Part(scale, offsets, linear=(LinearPart(matrix, columns),))


def _coefficients(conversion: Conversion, estimator: Any, scale: Scale) -> Part:
    return linear_part(leaf_of(conversion, estimator), estimator.coef_, estimator.intercept_, scale)


@explains(
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
    "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV",
    "PassiveAggressiveRegressor",
    "QuantileRegressor",
    "Ridge",
    "RidgeCV",
    "SGDRegressor",
    "TheilSenRegressor",
)
def explain_values(conversion: Conversion, estimator: Any) -> Part:
    """A number: the weighted sum itself."""
    return _coefficients(conversion, estimator, "value")


@explains("GammaRegressor", "PoissonRegressor", "TweedieRegressor")
def explain_logarithms(conversion: Conversion, estimator: Any) -> Part:
    """A number whose logarithm is the weighted sum; Tweedie may have the sum itself."""
    link = getattr(estimator, "link", "log")
    is_log = link == "log" or (link == "auto" and estimator.power > 0)
    return _coefficients(conversion, estimator, "log_value" if is_log else "value")


@explains("PLSRegression")
def explain_partial_least_squares(conversion: Conversion, estimator: Any) -> Part:
    """A number: the weighted sum of the distances to the means."""
    offset = estimator.intercept_ - estimator.coef_ @ estimator._x_mean  # noqa: SLF001
    return linear_part(leaf_of(conversion, estimator), estimator.coef_, offset, "value")


@explains("LinearDiscriminantAnalysis", "LogisticRegression", "LogisticRegressionCV")
def explain_log_odds(conversion: Conversion, estimator: Any) -> Part:
    """The log-odds of the second class, or the score of each class."""
    several = len(estimator.classes_) > 2
    one_vs_rest = several and getattr(estimator, "solver", "") == "liblinear"
    return _coefficients(conversion, estimator, "one_vs_rest" if one_vs_rest else "log_odds")


@explains(
    "LinearSVC",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "SGDClassifier",
)
def explain_scores(conversion: Conversion, estimator: Any) -> Part:
    """The decision score; log-odds where the loss is the logistic one."""
    if getattr(estimator, "loss", "") != "log_loss":
        return _coefficients(conversion, estimator, "score")
    return _coefficients(conversion, estimator, "one_vs_rest" if len(estimator.classes_) > 2 else "log_odds")


@explains("NuSVC", "NuSVR", "SVC", "SVR")
def explain_support_vectors(conversion: Conversion, estimator: Any) -> Part:
    """A linear kernel's number, or its score of two classes."""
    classes = getattr(estimator, "classes_", ())
    if estimator.kernel != "linear" or len(classes) > 2:
        name = f"{type(estimator).__name__}(kernel={estimator.kernel!r})"
        raise Unexplained(NO_SUM, name=name)
    return _coefficients(conversion, estimator, "score" if len(classes) else "value")


@explains("ComplementNB", "MultinomialNB")
def explain_multinomial_bayes(conversion: Conversion, estimator: Any) -> Part:
    """Log-odds: weighted counts."""
    prior = estimator.class_log_prior_ if type(estimator).__name__ == "MultinomialNB" else np.zeros(1)
    matrix = leaf_of(conversion, estimator)
    return _between(linear_part(matrix, estimator.feature_log_prob_, prior, "log_odds"))


@explains("BernoulliNB")
def explain_bernoulli_bayes(conversion: Conversion, estimator: Any) -> Part:
    """Log-odds: weights of the features that are on."""
    matrix, graph = leaf_of(conversion, estimator), conversion.graph
    if estimator.binarize is not None:
        on = graph.cast(graph.op("Greater", matrix.tensor, graph.constant(estimator.binarize)))
        matrix = Matrix(on, matrix.sources)
    absent = np.log(1 - np.exp(estimator.feature_log_prob_))
    weights, offset = estimator.feature_log_prob_ - absent, estimator.class_log_prior_ + absent.sum(axis=1)
    return _between(linear_part(matrix, weights, offset, "log_odds"))


@explains("GaussianNB")
def explain_gaussian_bayes(conversion: Conversion, estimator: Any) -> Part:
    """Log-odds: a parabola of each feature, as a weighted sum of it and of its square."""
    matrix, graph = leaf_of(conversion, estimator), conversion.graph
    means, variances = _array(estimator.theta_), _array(estimator.var_)
    centre = means.mean(axis=0)  # keeps the squares small
    moved = graph.shift(matrix.tensor, -centre[None])
    squares = graph.op("Mul", moved, moved)
    both = Matrix(graph.concat([moved, squares]), matrix.sources * 2)
    away = means - centre
    weights = np.hstack([away / variances, -0.5 / variances])
    offset = np.log(estimator.class_prior_) - 0.5 * (np.log(2 * np.pi * variances) + away**2 / variances).sum(axis=1)
    return _between(linear_part(both, weights, offset, "log_odds"))


def _array(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _between(part: Part) -> Part:
    """Two classes on one output, as everywhere."""
    return part.project(DIFFERENCE) if part.outputs == 2 else part
