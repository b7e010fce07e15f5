"""Distances between the rows and constant points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.graph_builder import Name

EUCLIDEAN = ("euclidean", "l2")
MANHATTAN = ("manhattan", "cityblock", "l1")
WIDEST = 512
"""Features that are subtracted one by one."""

UNKNOWN_METRIC: Pair = (
    (
        "mesure la distance « {metric} », qu'un graphe ne sait pas calculer : prenez metric='euclidean', 'manhattan', "
        "'chebyshev' ou 'minkowski' sans metric_params"
    ),
    (
        "measures the distance `{metric}`, which a graph cannot compute: take metric='euclidean', 'manhattan', "
        "'chebyshev' or 'minkowski' without metric_params"
    ),
)


def differences(conversion: Conversion, tensor: Name, points: NDArray[Any], order: float = 2.0) -> Name:
    """Sums over the features of |x - point| ** order; the largest |x - point| for infinity: (rows, points).

    Feature after feature, in order, as scikit-learn's trees of neighbours add them: equal distances stay equal.

    Args:
        conversion: the conversion.
        tensor: (rows, features).
        points: (points, features).
        order: 1, 2, another power, or infinity.
    """
    graph, total = conversion.graph, ""
    for at in range(points.shape[1]):
        difference = graph.op("Sub", graph.take(tensor, at), graph.constant(points[:, at][None]))
        if order == 2:
            term = graph.op("Mul", difference, difference)
        else:
            term = graph.op("Abs", difference)
            term = term if order in (1, np.inf) else graph.op("Pow", term, graph.constant(float(order)))
        total = term if not total else graph.op("Max" if order == np.inf else "Add", total, term)
    return total


def squared(conversion: Conversion, tensor: Name, points: NDArray[Any]) -> Name:
    """Squared Euclidean distances by one product of matrices, around the mean of the points: (rows, points).

    Args:
        conversion: the conversion.
        tensor: (rows, features) double.
        points: (points, features).
    """
    center = points.mean(axis=0)
    moved = conversion.graph.op("Sub", tensor, conversion.graph.constant(center[None]))
    return conversion.graph.squared_distances(moved, points - center)


def cosine(conversion: Conversion, tensor: Name, points: NDArray[Any]) -> Name:
    """1 - the cosine of the angle; 1 for a row of zeros: (rows, points).

    Args:
        conversion: the conversion.
        tensor: (rows, features) double.
        points: (points, features).
    """
    graph = conversion.graph
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    norm = graph.op("Sqrt", graph.row_sum(graph.op("Mul", tensor, tensor)))
    unit = graph.op(
        "Div", tensor, graph.op("Where", graph.op("Equal", norm, graph.constant(0.0)), graph.constant(1.0), norm)
    )
    product = graph.op("MatMul", unit, graph.constant((points / np.where(lengths == 0, 1.0, lengths)).T))
    far = graph.op("Sub", graph.constant(1.0), product)
    return graph.op("Min", graph.op("Max", far, graph.constant(0.0)), graph.constant(2.0))


def order_of(step: Any, metric: Any, parameters: dict[str, Any] | None) -> float:
    """The power of a metric of the Minkowski family.

    Args:
        step: the estimator, for the error.
        metric: its name in scikit-learn.
        parameters: `effective_metric_params_` or `metric_params`.

    Raises:
        Refusal: it is another metric.
    """
    given = {name: one for name, one in (parameters or {}).items() if one is not None}
    power = given.pop("p", None)
    if not given and metric in EUCLIDEAN:
        return 2.0
    if not given and metric in MANHATTAN:
        return 1.0
    if not given and metric == "chebyshev":
        return float(np.inf)
    if not given and metric == "minkowski":
        return float(2 if power is None else power)
    raise refusal(step, UNKNOWN_METRIC, metric=getattr(metric, "__name__", metric))


def nearest_label(conversion: Conversion, tensor: Name, points: NDArray[Any], order: float = 2.0) -> Name:
    """The place of the nearest point of each row, the first of equal ones: (rows,) int64.

    Args:
        conversion: the conversion.
        tensor: (rows, features).
        points: (points, features).
        order: of the distance.
    """
    wide = points.shape[1] > WIDEST and order == 2
    far = squared(conversion, tensor, points) if wide else differences(conversion, tensor, points, order)
    return conversion.graph.op("ArgMin", far, axis=1, keepdims=0)
