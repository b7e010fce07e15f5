"""Detectors of outliers that compare a row with the training rows. IsolationForest is among the trees."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, dense, refusal
from training.new.conversion.families.neighbours import nearest
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

NO_NOVELTY: Pair = (
    "ne juge que ses lignes d'apprentissage : prenez novelty=True",
    "judges only its training rows: take novelty=True",
)


@predictor("LocalOutlierFactor")
def predict_local_factor(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """How much sparser the row's surroundings are than those of its neighbours."""
    if not estimator.novelty:
        raise refusal(estimator, NO_NOVELTY)
    graph, count = conversion.graph, estimator.n_neighbors_
    tensor = conversion.leaf(estimator, value).tensor
    far, places = nearest(conversion, estimator, tensor, dense(estimator._fit_X), count)  # noqa: SLF001
    reach = graph.op("Gather", graph.constant(estimator._distances_fit_X_[:, count - 1]), places)
    mean = graph.op("Div", graph.row_sum(graph.op("Max", far, reach)), graph.constant(float(count)))
    density = graph.op("Reciprocal", graph.shift(mean, 1e-10))
    theirs = graph.op("Gather", graph.constant(estimator._lrd), places)  # noqa: SLF001
    ratio = graph.op("Div", graph.row_sum(graph.op("Div", theirs, density)), graph.constant(float(count)))
    scores = graph.shift(graph.op("Neg", ratio), -float(estimator.offset_))
    return Prediction(scores=scores, inlier=graph.positive(scores, or_zero=True))


@predictor("EllipticEnvelope")
def predict_envelope(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The squared Mahalanobis distance, against the offset."""
    graph = conversion.graph
    moved = graph.op("Sub", conversion.leaf(estimator, value).tensor, graph.constant(estimator.location_[None]))
    turned = graph.op("MatMul", moved, graph.constant(np.asarray(estimator.get_precision())))
    far = graph.row_sum(graph.op("Mul", turned, moved))
    scores = graph.shift(graph.op("Neg", far), -float(estimator.offset_))
    return Prediction(scores=scores, inlier=graph.positive(scores, or_zero=True))
