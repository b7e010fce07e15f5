"""Kernels of support vectors and of kernel regressions: (rows, points)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.families.distances import WIDEST, cosine, differences, squared
from training.new.conversion.graph_builder import Name

UNKNOWN_KERNEL: Pair = (
    "a pour noyau {kernel}, qu'un graphe ne sait pas calculer : prenez kernel='rbf', 'linear', 'poly' ou 'sigmoid'",
    "has the kernel {kernel}, which a graph cannot compute: take kernel='rbf', 'linear', 'poly' or 'sigmoid'",
)


def kernel(conversion: Conversion, estimator: Any, tensor: Name, points: NDArray[Any], gamma: float) -> Name:
    """The kernel `estimator.kernel` between the rows and the points: (rows, points).

    Args:
        conversion: the conversion.
        estimator: has `kernel`, `degree` and `coef0`.
        tensor: (rows, features).
        points: (points, features).
        gamma: the factor of the kernel.

    Raises:
        Refusal: the kernel is a function, or not one of these.
    """
    graph = conversion.graph
    name = estimator.kernel
    if name == "rbf":
        return graph.op("Exp", graph.scale(squared(conversion, tensor, points), -gamma))
    if name == "laplacian" and points.shape[1] <= WIDEST:
        return graph.op("Exp", graph.scale(differences(conversion, tensor, points, 1.0), -gamma))
    if name == "cosine":
        return graph.op("Sub", graph.constant(1.0), cosine(conversion, tensor, points))
    if name not in ("linear", "poly", "polynomial", "sigmoid"):
        raise refusal(estimator, UNKNOWN_KERNEL, kernel=getattr(name, "__name__", name))
    product = graph.op("MatMul", tensor, graph.constant(np.ascontiguousarray(points.T)))
    if name == "linear":
        return product
    moved = graph.shift(graph.scale(product, gamma), float(estimator.coef0))
    return (
        graph.op("Tanh", moved)
        if name == "sigmoid"
        else graph.op("Pow", moved, graph.constant(float(estimator.degree)))
    )
