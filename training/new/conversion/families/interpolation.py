"""Linear interpolation between constant points, as `numpy.interp` does it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto

from training.new.conversion.graph_builder import GraphBuilder, Name


def interpolate(graph: GraphBuilder, tensor: Name, places: ArrayLike, values: ArrayLike) -> Name:
    """The value at each number of a column (rows, 1); beyond the ends the first or the last one.

    Args:
        graph: the graph.
        tensor: (rows, 1).
        places: where the values are known, ascending; of equal ones the last counts.
        values: what is known there.
    """
    x, y = np.asarray(places, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(x) == 1:
        return graph.fill(tensor, y[0])
    reached = graph.cast(graph.op("GreaterOrEqual", tensor, graph.constant(x[None])), TensorProto.INT64)
    count = graph.op("ReduceSum", reached, graph.integers([1]), keepdims=0)
    upper = graph.op("Max", graph.op("Min", count, graph.integers(len(x) - 1)), graph.integers(1))
    lower = graph.op("Sub", upper, graph.integers(1))
    moved = graph.op("Sub", tensor, graph.lookup(x[:, None], lower))
    risen = graph.op("Mul", graph.lookup(_slopes(x, y)[:, None], lower), moved)
    between = graph.op("Add", risen, graph.lookup(y[:, None], lower))
    right = graph.op("GreaterOrEqual", tensor, graph.constant(x[-1]))
    left = graph.op("Less", tensor, graph.constant(x[0]))
    return graph.op("Where", left, graph.constant(y[0]), graph.op("Where", right, graph.constant(y[-1]), between))


def _slopes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    run = np.diff(x)
    return np.append(np.divide(np.diff(y), run, out=np.zeros_like(run), where=run > 0), 0.0)
