"""Transformers that change the distribution of each column: powers and quantiles."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import clip, count_reached, expm1, gather_cells, log1p, padded
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value

EDGE = 1e-7
"""Distance to the smallest and the largest quantile within which scikit-learn answers the ends of the normal curve."""


@transformer("PowerTransformer")
def power(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Yeo-Johnson or Box-Cox of each column, then standardised. NaN for what Box-Cox refuses (0 and below)."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "PowerTransformer")
    exponents = np.asarray(step.lambdas_, dtype=np.float64)
    if step.method == "box-cox":
        tensor = _power_of_logarithm(graph, graph.op("Log", matrix.tensor), exponents)
    else:
        tensor = _yeo_johnson(graph, matrix.tensor, exponents)
    tensor = graph.op("Where", graph.op("IsNaN", matrix.tensor), matrix.tensor, tensor)
    powered = Matrix(tensor, matrix.sources)
    return conversion.matrix(conversion.transform(step._scaler, powered), "") if step.standardize else powered  # noqa: SLF001


def _yeo_johnson(graph: GraphBuilder, tensor: Name, exponents: NDArray[np.float64]) -> Name:
    zero = graph.constant(0.0)
    above = graph.op("GreaterOrEqual", tensor, zero)
    up = log1p(graph, graph.op("Where", above, tensor, zero))
    down = log1p(graph, graph.op("Where", above, zero, graph.op("Neg", tensor)))
    lower = graph.op("Neg", _power_of_logarithm(graph, down, 2.0 - exponents))
    return graph.op("Where", above, _power_of_logarithm(graph, up, exponents), lower)


def _power_of_logarithm(graph: GraphBuilder, logarithm: Name, exponents: NDArray[np.float64]) -> Name:
    """(exp(exponent * logarithm) - 1) / exponent; the logarithm itself for an exponent of 0."""
    none = np.abs(exponents) <= np.spacing(1.0)
    factor = np.where(none, 1.0, exponents)[None]
    powered = graph.op("Div", expm1(graph, graph.scale(logarithm, factor)), graph.constant(factor))
    return graph.op("Where", graph.constant(none[None], bool), logarithm, powered)


@transformer("QuantileTransformer")
def quantiles(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The share of the training data below each number, or the place of that share on the normal curve."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "QuantileTransformer")
    tensor = matrix.tensor
    share = _share(graph, tensor, np.asarray(step.quantiles_), np.asarray(step.references_))
    normal = step.output_distribution == "normal"
    first, last = graph.constant(step.quantiles_[:1]), graph.constant(step.quantiles_[-1:])
    if normal:
        low = graph.op("Less", graph.shift(tensor, -EDGE), first)
        high = graph.op("Greater", graph.shift(tensor, EDGE), last)
    else:
        low, high = graph.op("Equal", tensor, first), graph.op("Equal", tensor, last)
    share = graph.op("Where", high, graph.constant(1.0), share)
    share = graph.op("Where", low, graph.constant(0.0), share)
    tensor_ = _normal_quantile(graph, share) if normal else share
    return Matrix(graph.op("Where", graph.op("IsNaN", tensor), tensor, tensor_), matrix.sources)


def _share(graph: GraphBuilder, tensor: Name, table: NDArray[np.float64], references: NDArray[np.float64]) -> Name:
    """Interpolation between the quantiles; at a quantile that occurs several times, the middle of its shares.

    Between two of them it is the line from the last share of the lower one to the first share of the upper one.
    """
    edges, exact, last, slope = [], [], [], []
    for column in table.T:
        distinct, first_at, count = np.unique(column, return_index=True, return_counts=True)
        low, high = references[first_at], references[first_at + count - 1]
        rise = np.divide(low[1:] - high[:-1], np.diff(distinct))
        edges.append(distinct)
        exact.append(np.append(references[0], 0.5 * (low + high)))
        last.append(np.append(references[0], high))
        slope.append(np.concatenate([[0.0], rise, [0.0]]))
    bounds = padded(edges)
    places = count_reached(graph, tensor, bounds)
    before = np.hstack([np.zeros((len(bounds), 1)), np.where(np.isfinite(bounds), bounds, 0.0)])
    at = gather_cells(graph, before, places)
    moved = graph.op("Sub", tensor, at)
    line = graph.op(
        "Add",
        graph.op("Mul", moved, gather_cells(graph, _even(slope), places)),
        gather_cells(graph, _even(last), places),
    )
    here = graph.op(
        "And", graph.op("Equal", moved, graph.constant(0.0)), graph.op("Greater", places, graph.integers(0))
    )
    return graph.op("Where", here, gather_cells(graph, _even(exact), places), line)


def _even(rows: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Rows of different lengths as one array, 0 after their ends."""
    table = padded(rows)
    return np.where(np.isfinite(table), table, 0.0)


_CENTRE = (
    (
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
    ),
    (
        5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0,
    ),
)  # fmt: skip
_TAIL = (
    (
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
        3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
        0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0,
    ),
)  # fmt: skip
"""Coefficients of Wichura's algorithm AS 241 (1988), highest power first: numerator, denominator."""


def _normal_quantile(graph: GraphBuilder, share: Name) -> Name:
    """The inverse of the normal distribution function, between the shares EDGE and 1 - EDGE, to 1e-15."""
    bound = stats.norm.ppf(EDGE - np.spacing(1))
    inside = clip(graph, share, EDGE / 2, 1 - EDGE / 2)
    offset = graph.shift(inside, -0.5)
    square = graph.op("Sub", graph.constant(0.180625), graph.op("Mul", offset, offset))
    centre = graph.op("Mul", offset, _ratio(graph, square, _CENTRE))
    upper = graph.op("Greater", offset, graph.constant(0.0))
    tail = graph.op("Where", upper, graph.op("Sub", graph.constant(1.0), inside), inside)
    root = graph.op("Sqrt", graph.op("Neg", graph.op("Log", tail)))
    outside = _ratio(graph, graph.shift(root, -1.6), _TAIL)
    outside = graph.op("Where", upper, outside, graph.op("Neg", outside))
    near = graph.op("LessOrEqual", graph.op("Abs", offset), graph.constant(0.425))
    return clip(graph, graph.op("Where", near, centre, outside), bound, -bound)


def _ratio(graph: GraphBuilder, tensor: Name, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> Name:
    numerator, denominator = (_polynomial(graph, tensor, powers) for powers in polynomials)
    return graph.op("Div", numerator, denominator)


def _polynomial(graph: GraphBuilder, tensor: Name, powers: tuple[float, ...]) -> Name:
    value = graph.constant(powers[0])
    for power in powers[1:]:
        value = graph.shift(graph.op("Mul", value, tensor), power)
    return value
