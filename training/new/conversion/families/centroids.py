"""Classification by the nearest centroid."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.bayes import from_likelihoods
from training.new.conversion.families.distances import differences, nearest_label, order_of
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("NearestCentroid")
def predict_centroid(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The class of the nearest centroid, and the probabilities of the Euclidean distance."""
    graph, tensor = conversion.graph, conversion.leaf(estimator, value).tensor
    order = order_of(estimator, estimator.metric, None)
    scores = _scores(conversion, estimator, tensor, order)
    prediction = from_likelihoods(conversion, estimator.classes_, scores)
    if np.isclose(estimator.class_prior_, 1 / len(estimator.classes_)).all():
        prediction.label = nearest_label(conversion, tensor, estimator.centroids_, order)
    if not hasattr(estimator, "predict_proba"):
        prediction.probabilities = None
        return prediction
    two = len(estimator.classes_) == 2
    prediction.scores = graph.op("Sub", graph.take(scores, 1), graph.take(scores, 0)) if two else scores
    return prediction


def _scores(conversion: Conversion, estimator: Any, tensor: Name, order: float) -> Name:
    """Twice the logarithm of the prior less the squared distance, in units of the spread within the classes."""
    graph = conversion.graph
    spread = np.asarray(estimator.within_class_std_dev_, dtype=np.float64)
    units = np.where(spread != 0, spread, 1.0)
    scaled = graph.op("Div", tensor, graph.constant(units[None]))
    far = differences(conversion, scaled, estimator.centroids_ / units, order)
    if order != 2:
        far = graph.op("Mul", far, far)
    return graph.op("Sub", graph.constant(2.0 * np.log(estimator.class_prior_)[None]), far)
