"""The error function in double: the operator of ONNX Runtime has float32 only."""

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from training.new.conversion.graph_builder import GraphBuilder, Name

DEGREE = 32
"""Terms of the series; the error is then below 1e-15."""


def complementary_error(graph: GraphBuilder, tensor: Name) -> Name:
    """1 - erf(x), for x of any sign.

    For z = |x| and t = 2 / (2 + z) it is t * exp(-z**2 + a Chebyshev series in t), as in Numerical Recipes.
    """
    z = graph.op("Abs", tensor)
    t = graph.op("Reciprocal", graph.shift(graph.scale(z, 0.5), 1.0))
    series = _clenshaw(graph, graph.shift(graph.scale(t, 2.0), -1.0), _coefficients())
    tail = graph.op("Mul", t, graph.op("Exp", graph.op("Sub", series, graph.op("Mul", z, z))))
    below = graph.op("Less", tensor, graph.constant(0.0))
    return graph.op("Where", below, graph.op("Sub", graph.constant(2.0), tail), tail)


def error_function(graph: GraphBuilder, tensor: Name) -> Name:
    """erf(x), to 1e-15."""
    return graph.op("Sub", graph.constant(1.0), complementary_error(graph, tensor))


def normal_distribution(graph: GraphBuilder, tensor: Name) -> Name:
    """The share of a standard normal distribution below x."""
    return graph.scale(complementary_error(graph, graph.scale(tensor, -np.sqrt(0.5))), 0.5)


def _coefficients() -> NDArray[np.float64]:
    """Of log(exp(z**2) * erfc(z) / t), on t from 0 to 1 moved to -1 to 1."""
    from scipy.special import erfcx  # noqa: PLC0415

    moved = chebyshev.chebpts1(DEGREE + 1)
    t = (moved + 1.0) / 2.0
    found: NDArray[np.float64] = chebyshev.chebfit(moved, np.log(erfcx(2.0 / t - 2.0) / t), DEGREE)
    return found


def _clenshaw(graph: GraphBuilder, at: Name, coefficients: NDArray[np.float64]) -> Name:
    """The sum of a Chebyshev series."""
    last = before = graph.scale(at, 0.0)
    twice = graph.scale(at, 2.0)
    for coefficient in coefficients[:0:-1]:
        moved = graph.shift(graph.op("Sub", graph.op("Mul", twice, last), before), float(coefficient))
        last, before = moved, last
    return graph.shift(graph.op("Sub", graph.op("Mul", at, last), before), float(coefficients[0]))
