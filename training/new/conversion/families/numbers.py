"""Arithmetic that the standard operators lack, exact near 0 and with NaN kept."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto

from training.new.conversion.graph_builder import GraphBuilder, Name

SEARCH = 32
"""Number of edges from which they are searched by halves, edges."""


def clip(graph: GraphBuilder, tensor: Name, low: ArrayLike, high: ArrayLike) -> Name:
    """The tensor kept between two bounds; NaN stays NaN.

    Args:
        graph: the graph.
        tensor: the numbers.
        low: lower bounds, one or one for each column.
        high: upper bounds.
    """
    lower, upper = graph.constant(low), graph.constant(high)
    tensor = graph.op("Where", graph.op("Less", tensor, lower), lower, tensor)
    return graph.op("Where", graph.op("Greater", tensor, upper), upper, tensor)


def log1p(graph: GraphBuilder, tensor: Name) -> Name:
    """log(1 + x), to the last digits near 0 too (Kahan: log(u) * x / (u - 1) with u = 1 + x)."""
    above = graph.shift(tensor, 1.0)
    rounded = graph.shift(above, -1.0)
    exact = graph.op("Equal", rounded, tensor)
    ratio = graph.op("Div", tensor, graph.op("Where", exact, graph.constant(1.0), rounded))
    logarithm = graph.op("Log", above)
    near = graph.op("Where", graph.op("Equal", rounded, graph.constant(0.0)), tensor, graph.op("Mul", logarithm, ratio))
    return graph.op("Where", exact, logarithm, near)


def expm1(graph: GraphBuilder, tensor: Name) -> Name:
    """exp(x) - 1, to the last digits near 0 too (Kahan: (u - 1) * x / log(u) with u = exp(x))."""
    power = graph.op("Exp", tensor)
    less = graph.shift(power, -1.0)
    same = graph.op("Equal", less, graph.constant(0.0))
    logarithm = graph.op("Log", graph.op("Where", same, graph.constant(2.0), power))
    near = graph.op("Where", same, tensor, graph.op("Div", graph.op("Mul", less, tensor), logarithm))
    return graph.op("Where", graph.op("Less", graph.op("Abs", tensor), graph.constant(1.0)), near, less)


def cosine(graph: GraphBuilder, tensor: Name) -> Name:
    """cos(x) as 1 - 2 sin(x / 2)**2: ONNX Runtime has no cosine of doubles."""
    sine = graph.op("Sin", graph.scale(tensor, 0.5))
    return graph.shift(graph.scale(graph.op("Mul", sine, sine), -2.0), 1.0)


def padded(edges: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Sorted edges of each column as one array (columns, edges), infinity after the last."""
    table = np.full((len(edges), max(1, *map(len, edges))), np.inf)
    for row, each in zip(table, edges, strict=True):
        row[: len(each)] = each
    return table


def count_reached(graph: GraphBuilder, tensor: Name, edges: NDArray[np.float64]) -> Name:
    """How many edges of its column each number reaches (edge <= number): int64 of the tensor's shape.

    Args:
        graph: the graph.
        tensor: numbers (rows, columns).
        edges: sorted edges (columns, edges), as `padded` makes them.
    """
    if edges.shape[1] > SEARCH:
        return _search(graph, tensor, edges)
    each = graph.op("Unsqueeze", tensor, graph.integers([2]))
    reached = graph.cast(graph.op("GreaterOrEqual", each, graph.constant(edges[None])), TensorProto.INT64)
    return graph.op("ReduceSum", reached, graph.integers([2]), keepdims=0)


def _search(graph: GraphBuilder, tensor: Name, edges: NDArray[np.float64]) -> Name:
    """By halves: ten comparisons for a thousand edges."""
    columns, count = edges.shape
    size = 1 << int(count).bit_length()  # more than the edges, so that all can be reached
    table = np.full((columns, size), np.inf)
    table[:, :count] = edges
    flat, starts = graph.constant(table.ravel()), size * np.arange(columns)[None]
    at = graph.integers(np.zeros((1, columns), dtype=np.int64))
    step = size // 2
    while step:
        edge = graph.op("Gather", flat, graph.op("Add", at, graph.integers(starts + step - 1)))
        reached = graph.cast(graph.op("GreaterOrEqual", tensor, edge), TensorProto.INT64)
        at = graph.op("Add", at, graph.op("Mul", reached, graph.integers(step)))
        step //= 2
    return at


def gather_cells(graph: GraphBuilder, table: NDArray[Any], places: Name) -> Name:
    """For each row and column the entry of that column: (rows, columns, ...).

    Args:
        graph: the graph.
        table: entries (columns, entries, ...).
        places: int64 (rows, columns).
    """
    starts = graph.integers(table.shape[1] * np.arange(table.shape[0])[None])
    flat = table.reshape(table.shape[0] * table.shape[1], *table.shape[2:])
    return graph.op("Gather", graph.constant(flat), graph.op("Add", places, starts), axis=0)
