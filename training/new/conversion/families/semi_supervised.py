"""Classifiers that were fitted on rows with and without a label."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, dense, refusal
from training.new.conversion.families.distances import squared
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

OTHER_KERNEL: Pair = (
    "(kernel='{kernel}') lit ses réponses dans un arbre de voisins : prenez kernel='rbf', ou SelfTrainingClassifier",
    "(kernel='{kernel}') reads its answers in a tree of neighbours: take kernel='rbf', or SelfTrainingClassifier",
)


@predictor("SelfTrainingClassifier")
def predict_self_training(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """What its last classifier answers."""
    return conversion.predict(estimator.estimator_, value)


@predictor("LabelPropagation", "LabelSpreading")
def predict_propagation(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The labels of the training rows, weighed by their nearness."""
    if estimator.kernel != "rbf":
        raise refusal(estimator, OTHER_KERNEL, kernel=getattr(estimator.kernel, "__name__", estimator.kernel))
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    points, labels = dense(estimator.X_), np.asarray(estimator.label_distributions_, dtype=np.float64)
    near = graph.op("Exp", graph.scale(squared(conversion, tensor, points), -float(estimator.gamma)))
    votes = graph.op("MatMul", near, graph.constant(labels))
    return Prediction(estimator.classes_, probabilities=graph.op("Div", votes, graph.row_sum(votes)))
