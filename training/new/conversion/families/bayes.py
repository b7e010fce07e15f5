"""Naive Bayes: the logarithm of the joint likelihood of each class."""

from typing import Any

import numpy as np
from onnx import TensorProto

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


def from_likelihoods(conversion: Conversion, classes: Any, likelihoods: Name) -> Prediction:
    """The class of the largest logarithm of a joint likelihood (rows, classes), and the probabilities.

    Args:
        conversion: the conversion.
        classes: (classes,) of the estimator.
        likelihoods: (rows, classes) double, logarithms of the joint likelihoods.
    """
    graph, largest = conversion.graph, conversion.graph.row_max(likelihoods)
    powers = graph.op("Exp", graph.op("Sub", likelihoods, largest))
    total = graph.op("Add", largest, graph.op("Log", graph.row_sum(powers)))  # in scikit-learn's order of operations
    probabilities = graph.op("Exp", graph.op("Sub", likelihoods, total))
    return Prediction(classes, label=graph.argmax(likelihoods), probabilities=probabilities)


@predictor("GaussianNB")
def predict_gaussian(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Each feature is normal within a class."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    parts = []
    for mean, variance, prior in zip(estimator.theta_, estimator.var_, estimator.class_prior_, strict=True):
        moved = graph.op("Sub", tensor, graph.constant(mean[None]))
        squares = graph.op("Div", graph.op("Mul", moved, moved), graph.constant(variance[None]))
        constant = np.log(prior) - 0.5 * np.sum(np.log(2.0 * np.pi * variance))
        parts.append(graph.shift(graph.scale(graph.row_sum(squares), -0.5), constant))
    return from_likelihoods(conversion, estimator.classes_, graph.concat(parts))


@predictor("MultinomialNB")
def predict_multinomial(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Features are counts."""
    tensor = conversion.leaf(estimator, value).tensor
    likelihoods = conversion.graph.affine(tensor, estimator.feature_log_prob_.T, estimator.class_log_prior_)
    return from_likelihoods(conversion, estimator.classes_, likelihoods)


@predictor("ComplementNB")
def predict_complement(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Features are counts, weighed by those of the other classes."""
    tensor = conversion.leaf(estimator, value).tensor
    likelihoods = conversion.graph.affine(tensor, estimator.feature_log_prob_.T, np.zeros(len(estimator.classes_)))
    return from_likelihoods(conversion, estimator.classes_, likelihoods)


@predictor("BernoulliNB")
def predict_bernoulli(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Features are 0 or 1: above `binarize` where it is given."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    if estimator.binarize is not None:
        tensor = graph.cast(graph.op("Greater", tensor, graph.constant(float(estimator.binarize))))
    absent = np.log(1 - np.exp(estimator.feature_log_prob_))
    weights = (estimator.feature_log_prob_ - absent).T
    likelihoods = graph.affine(tensor, weights, estimator.class_log_prior_ + absent.sum(axis=1))
    return from_likelihoods(conversion, estimator.classes_, likelihoods)


@predictor("CategoricalNB")
def predict_categorical(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Features are the numbers of categories; the estimator refuses those above the largest it has seen."""
    graph, matrix = conversion.graph, conversion.leaf(estimator, value)
    parts = []
    for at, logarithms in enumerate(estimator.feature_log_prob_):
        conversion.unknown_refused.update(matrix.sources[at])
        code = graph.flat(graph.cast(graph.take(matrix.tensor, at), TensorProto.INT64))
        inside = graph.op("Max", graph.op("Min", code, graph.integers(logarithms.shape[1] - 1)), graph.integers(0))
        parts.append(graph.lookup(logarithms.T, inside))
    prior = graph.fill(matrix.tensor, estimator.class_log_prior_)
    return from_likelihoods(conversion, estimator.classes_, graph.op("Sum", *parts, prior))
