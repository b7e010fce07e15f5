"""Kernels of Gaussian processes, which scikit-learn adds and multiplies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.families.distances import WIDEST, differences, squared
from training.new.conversion.graph_builder import Name

UNKNOWN_KERNEL: Pair = (
    (
        "a un noyau {kernel}, qu'un graphe ne sait pas calculer : prenez RBF, Matern(nu=0.5, 1.5 ou 2.5), "
        "RationalQuadratic, DotProduct, ExpSineSquared, ConstantKernel et WhiteKernel"
    ),
    (
        "has a kernel {kernel}, which a graph cannot compute: take RBF, Matern(nu=0.5, 1.5 or 2.5), "
        "RationalQuadratic, DotProduct, ExpSineSquared, ConstantKernel and WhiteKernel"
    ),
)
UNIT_DIAGONAL = ("RBF", "Matern", "RationalQuadratic", "ExpSineSquared")


def covariance(conversion: Conversion, step: Any, kernel: Any, tensor: Name, points: NDArray[Any]) -> Name:
    """The kernel between the rows and the training rows: (rows, points).

    Args:
        conversion: the conversion.
        step: the estimator, for the error.
        kernel: the fitted kernel.
        tensor: (rows, features).
        points: (points, features).

    Raises:
        Refusal: a part of the kernel is not one of these.
    """
    graph, name = conversion.graph, type(kernel).__name__
    if name in ("Sum", "Product"):
        both = [covariance(conversion, step, part, tensor, points) for part in (kernel.k1, kernel.k2)]
        return graph.op("Add" if name == "Sum" else "Mul", *both)
    if name == "Exponentiation":
        inner = covariance(conversion, step, kernel.kernel, tensor, points)
        return graph.op("Pow", inner, graph.constant(float(kernel.exponent)))
    if name in ("ConstantKernel", "WhiteKernel"):
        return graph.fill(tensor, np.full(len(points), kernel.constant_value if name == "ConstantKernel" else 0.0))
    if name == "DotProduct":
        product = graph.op("MatMul", tensor, graph.constant(np.ascontiguousarray(points.T)))
        return graph.shift(product, float(kernel.sigma_0) ** 2)
    return _of_distance(conversion, step, kernel, tensor, points)


def diagonal(conversion: Conversion, step: Any, kernel: Any, tensor: Name) -> Name:
    """The kernel of each row with itself: (rows, 1).

    Args:
        conversion: the conversion.
        step: the estimator, for the error.
        kernel: the fitted kernel.
        tensor: (rows, features).
    """
    graph, name = conversion.graph, type(kernel).__name__
    if name in ("Sum", "Product"):
        both = [diagonal(conversion, step, part, tensor) for part in (kernel.k1, kernel.k2)]
        return graph.op("Add" if name == "Sum" else "Mul", *both)
    if name == "Exponentiation":
        inner = diagonal(conversion, step, kernel.kernel, tensor)
        return graph.op("Pow", inner, graph.constant(float(kernel.exponent)))
    if name == "DotProduct":
        return graph.shift(graph.row_sum(graph.op("Mul", tensor, tensor)), float(kernel.sigma_0) ** 2)
    constants = {"ConstantKernel": "constant_value", "WhiteKernel": "noise_level"}
    if name not in constants and name not in UNIT_DIAGONAL:
        raise refusal(step, UNKNOWN_KERNEL, kernel=name)
    return graph.fill(tensor, float(getattr(kernel, constants[name])) if name in constants else 1.0)


def _of_distance(conversion: Conversion, step: Any, kernel: Any, tensor: Name, points: NDArray[Any]) -> Name:
    """A kernel of the distance in units of its length scale."""
    graph, name = conversion.graph, type(kernel).__name__
    if name not in UNIT_DIAGONAL or (name == "Matern" and kernel.nu not in (0.5, 1.5, 2.5, np.inf)):
        raise refusal(step, UNKNOWN_KERNEL, kernel=name)
    scale = np.ones(1) if name in ("ExpSineSquared", "RationalQuadratic") else np.atleast_1d(kernel.length_scale)
    units = graph.op("Div", tensor, graph.constant(np.asarray(scale, dtype=np.float64)[None]))
    far = _squared(conversion, units, points / scale)
    if name == "RBF" or (name == "Matern" and kernel.nu == np.inf):
        return graph.op("Exp", graph.scale(far, -0.5))
    if name == "RationalQuadratic":
        base = graph.shift(graph.scale(far, 1.0 / (2.0 * kernel.alpha * kernel.length_scale**2)), 1.0)
        return graph.op("Pow", base, graph.constant(-float(kernel.alpha)))
    if name == "ExpSineSquared":
        sine = graph.op("Sin", graph.scale(graph.op("Sqrt", far), np.pi / kernel.periodicity))
        ratio = graph.scale(sine, 1.0 / kernel.length_scale)
        return graph.op("Exp", graph.scale(graph.op("Mul", ratio, ratio), -2.0))
    return _matern(conversion, graph.scale(graph.op("Sqrt", far), np.sqrt(2.0 * kernel.nu)), kernel.nu)


def _squared(conversion: Conversion, tensor: Name, points: NDArray[Any]) -> Name:
    """Squared distances by differences: roots of them are taken, which would enlarge the rounding near 0."""
    wide = points.shape[1] > WIDEST
    return squared(conversion, tensor, points) if wide else differences(conversion, tensor, points)


def _matern(conversion: Conversion, far: Name, nu: float) -> Name:
    graph = conversion.graph
    fading = graph.op("Exp", graph.op("Neg", far))
    if nu == 0.5:
        return fading
    sum_ = graph.shift(far, 1.0)
    if nu == 2.5:
        sum_ = graph.op("Add", sum_, graph.scale(graph.op("Mul", far, far), 1.0 / 3.0))
    return graph.op("Mul", sum_, fading)
