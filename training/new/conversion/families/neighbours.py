"""Nearest neighbours: the training rows are in the graph, and each request is compared with all of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, dense, refusal
from training.new.conversion.families.distances import WIDEST, cosine, differences, order_of, squared
from training.new.conversion.families.equal_distances import kept_neighbours, tree_order
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value

LARGEST = 8_000_000
"""Numbers of the training rows that a graph may hold: 64 MB."""
SPARE = 16
"""Candidates beyond the neighbours, when the features are many."""

TOO_LARGE: Pair = (
    (
        "garde toutes ses lignes d'apprentissage, ici {rows} × {width} nombres, plus que les {largest} qu'un graphe "
        "tient : entraînez-le sur moins de lignes, ou après PCA"
    ),
    (
        "keeps all its training rows, here {rows} × {width} numbers, more than the {largest} that a graph can hold: "
        "train it on fewer rows, or after PCA"
    ),
)
OWN_WEIGHTS: Pair = (
    "pèse les voisins par une fonction à vous : prenez weights='uniform' ou 'distance'",
    "weighs the neighbours by a function of your own: take weights='uniform' or 'distance'",
)
RADIUS: Pair = (
    "répond d'après un nombre de voisins qui change à chaque ligne, parfois aucun : prenez {instead}",
    "answers from a number of neighbours that changes with each row, sometimes none: take {instead}",
)


@predictor("KNeighborsClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The share of each class among the neighbours; one prediction for each target."""
    if not estimator.outputs_2d_:
        votes, total = _votes(conversion, estimator, value, np.eye(len(estimator.classes_))[np.ravel(estimator._y)])  # noqa: SLF001
        return _shares(conversion, estimator.classes_, votes, total)
    codes = np.asarray(estimator._y)  # noqa: SLF001
    several = [np.eye(len(classes))[codes[:, at]] for at, classes in enumerate(estimator.classes_)]
    votes, total = _votes(conversion, estimator, value, np.hstack(several))
    ends = np.cumsum([0, *(len(classes) for classes in estimator.classes_)])
    parts = [conversion.graph.take(votes, range(*ends[at : at + 2])) for at in range(len(several))]
    return Prediction(
        several=[
            _shares(conversion, classes, part, total) for classes, part in zip(estimator.classes_, parts, strict=True)
        ]
    )


@predictor("KNeighborsRegressor")
def predict_values(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the neighbours' targets."""
    targets = np.asarray(estimator._y, dtype=np.float64)  # noqa: SLF001
    targets = targets.reshape(len(targets), -1)
    sums, total = _votes(conversion, estimator, value, targets)
    return Prediction(value=conversion.graph.op("Div", sums, total), width=targets.shape[1])


@predictor("RadiusNeighborsClassifier", "RadiusNeighborsRegressor")
def refuse_radius(_: Conversion, estimator: Any, __: Value) -> Prediction:
    """Refuse: a row without neighbours has no answer."""
    raise refusal(estimator, RADIUS, instead=type(estimator).__name__.replace("Radius", "K"))


def nearest(
    conversion: Conversion, estimator: Any, tensor: Name, points: NDArray[np.float64], count: int
) -> tuple[Name, Name]:
    """The distances to the nearest points, and their places: two of (rows, count).

    Of equally distant points those count that scikit-learn's search keeps (in a ball tree: the first ones).

    Args:
        conversion: the conversion.
        estimator: has `effective_metric_` and `effective_metric_params_`.
        tensor: (rows, features).
        points: (points, features).
        count: the number of neighbours.

    Raises:
        Refusal: the distance is not one of a graph, or the points are too many.
    """
    if points.size > LARGEST:
        raise refusal(estimator, TOO_LARGE, rows=len(points), width=points.shape[1], largest=LARGEST)
    if estimator.effective_metric_ == "cosine":
        return _smallest(conversion, cosine(conversion, tensor, points), count)
    order = order_of(estimator, estimator.effective_metric_, estimator.effective_metric_params_)
    if order == 2 and points.shape[1] > WIDEST // 8 and len(points) > count + SPARE:
        far, places = _nearest_candidates(conversion, tensor, points, count)
    else:
        far, places = _kept(conversion, estimator, tensor, points, count)
    if order in (1, np.inf):
        return far, places
    root = (
        conversion.graph.op("Sqrt", far)
        if order == 2
        else conversion.graph.op("Pow", far, conversion.graph.constant(1.0 / order))
    )
    return root, places


def _kept(
    conversion: Conversion, estimator: Any, tensor: Name, points: NDArray[np.float64], count: int
) -> tuple[Name, Name]:
    """Reduced distances and places of the neighbours that the estimator's search keeps."""
    order = order_of(estimator, estimator.effective_metric_, estimator.effective_metric_params_)
    far = differences(conversion, tensor, points, order)
    if len(points) == count or estimator._fit_method == "ball_tree":  # noqa: SLF001
        return _smallest(conversion, far, count)
    if estimator._fit_method == "kd_tree":  # noqa: SLF001
        met = tree_order(conversion, estimator._tree, tensor, order)  # noqa: SLF001
    else:
        met = conversion.graph.fill(tensor, np.arange(len(points)))
    return kept_neighbours(conversion, far, met, count)


def _smallest(conversion: Conversion, far: Name, count: int) -> tuple[Name, Name]:
    graph = conversion.graph
    smallest, places = graph.ops("TopK", far, graph.integers([count]), outputs=2, axis=1, largest=0, sorted=1)
    return smallest, places


def _nearest_candidates(
    conversion: Conversion, tensor: Name, points: NDArray[np.float64], count: int
) -> tuple[Name, Name]:
    """Squared distances to the nearest: candidates by a product of matrices, then by differences among them."""
    graph = conversion.graph
    _, unordered = _smallest(conversion, squared(conversion, tensor, points), count + SPARE)
    candidates, _ = _smallest(conversion, unordered, count + SPARE)  # by place, so that the first of equals counts
    near = graph.op("Gather", graph.constant(points), candidates, axis=0)
    moved = graph.op("Sub", graph.op("Unsqueeze", tensor, graph.integers([1])), near)
    far = graph.op("ReduceSum", graph.op("Mul", moved, moved), graph.integers([2]), keepdims=0)
    smallest, among = _smallest(conversion, far, count)
    return smallest, graph.op("GatherElements", candidates, among, axis=1)


def _votes(conversion: Conversion, estimator: Any, value: Value, answers: NDArray[np.float64]) -> tuple[Name, Name]:
    """The weighted sums (rows, width) of the neighbours' answers, and the sums (rows, 1) of the weights."""
    graph = conversion.graph
    if callable(estimator.weights):
        raise refusal(estimator, OWN_WEIGHTS)
    tensor, count = conversion.leaf(estimator, value).tensor, estimator.n_neighbors
    far, places = nearest(conversion, estimator, tensor, dense(estimator._fit_X), count)  # noqa: SLF001
    theirs = graph.op("Gather", graph.constant(answers), places, axis=0)
    if estimator.weights != "distance":
        return graph.op("ReduceSum", theirs, graph.integers([1]), keepdims=0), graph.fill(tensor, float(count))
    weights = _inverse(conversion, far)
    weighted = graph.op("Mul", theirs, graph.op("Unsqueeze", weights, graph.integers([2])))
    return graph.op("ReduceSum", weighted, graph.integers([1]), keepdims=0), graph.row_sum(weights)


def _inverse(conversion: Conversion, far: Name) -> Name:
    """1 / distance; where some distances are 0, 1 for those and 0 for the others."""
    graph = conversion.graph
    zero = graph.op("Equal", far, graph.constant(0.0))
    zeros = graph.cast(zero)
    some = graph.op("Greater", graph.row_max(zeros), graph.constant(0.0))
    return graph.op("Where", some, zeros, graph.op("Reciprocal", graph.op("Where", zero, graph.constant(1.0), far)))


def _shares(conversion: Conversion, classes: Any, votes: Name, total: Name) -> Prediction:
    graph = conversion.graph
    return Prediction(classes, label=graph.argmax(votes), probabilities=graph.op("Div", votes, total))
