"""Transformers that make several features of a number: powers, splines, bins."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import count_reached, padded
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value


@transformer("PolynomialFeatures")
def polynomials(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Products of the columns, one factor at a time."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "PolynomialFeatures")
    factors = [np.repeat(np.arange(matrix.width), row).tolist() for row in step.powers_]
    with_one = graph.concat([matrix.tensor, graph.fill(matrix.tensor, 1.0)])
    tensor = ""
    for degree in range(max(1, *map(len, factors))):
        part = graph.take(with_one, [row[degree] if degree < len(row) else matrix.width for row in factors])
        tensor = graph.op("Mul", tensor, part) if tensor else part
    sources = tuple(frozenset[str]().union(*(matrix.sources[at] for at in row)) for row in factors)
    return Matrix(tensor, sources)


@transformer("KBinsDiscretizer")
def bins(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The number of each value's bin, or one column a bin."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "KBinsDiscretizer")
    tensor = graph.as_float32(matrix.tensor) if step.dtype == np.float32 else matrix.tensor
    inner = [np.asarray(edges, dtype=np.float64)[1:-1] for edges in step.bin_edges_]
    places = count_reached(graph, tensor, padded(inner))
    if step.encode == "ordinal":
        return Matrix(graph.cast(places), matrix.sources)
    counts = [int(count) for count in step.n_bins_]
    columns = np.repeat(np.arange(len(counts)), counts)
    numbers = np.concatenate([np.arange(count) for count in counts])
    equal = graph.op("Equal", graph.take(places, columns), graph.integers(numbers[None]))
    return Matrix(graph.cast(equal), _repeated(matrix, columns))


def _repeated(matrix: Matrix, columns: NDArray[Any]) -> tuple[frozenset[str], ...]:
    """The sources of features that are each made of one column."""
    return tuple(matrix.sources[int(at)] for at in columns)
