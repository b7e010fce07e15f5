"""Transformers that move and scale each column by itself, or each row."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import clip
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value


@transformer("StandardScaler")
def standard(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """(x - mean) / standard deviation, in the order of scikit-learn's own operations."""
    return _scaled(
        conversion, step, value, step.mean_ if step.with_mean else None, step.scale_ if step.with_std else None
    )


@transformer("RobustScaler")
def robust(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """(x - median) / range between two quantiles."""
    centre = step.center_ if step.with_centering else None
    return _scaled(conversion, step, value, centre, step.scale_ if step.with_scaling else None)


@transformer("MaxAbsScaler")
def largest(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Divided by the largest magnitude."""
    matrix = _scaled(conversion, step, value, None, step.scale_)
    if not getattr(step, "clip", False):
        return matrix
    return Matrix(clip(conversion.graph, matrix.tensor, -1.0, 1.0), matrix.sources)


@transformer("MinMaxScaler")
def min_max(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """To a range, from that of the training data."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "MinMaxScaler")
    tensor = graph.shift(graph.scale(matrix.tensor, step.scale_[None]), step.min_[None])
    if step.clip:
        tensor = clip(graph, tensor, *map(float, step.feature_range))
    return Matrix(tensor, matrix.sources)


@transformer("Binarizer")
def binarize(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """1 above the threshold, else 0."""
    matrix = conversion.matrix(value, "Binarizer")
    above = conversion.graph.op("Greater", matrix.tensor, conversion.graph.constant(float(step.threshold)))
    return Matrix(conversion.graph.cast(above), matrix.sources)


@transformer("Normalizer")
def normalize(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Each row divided by its norm, so that every feature depends on every column."""
    matrix = conversion.matrix(value, "Normalizer")
    nothing = 10 * float(np.finfo(np.float64).eps)
    return Matrix(normalized(conversion.graph, matrix.tensor, step.norm, nothing), matrix.mixed(matrix.width))


def normalized(graph: GraphBuilder, tensor: Name, norm: str | None, nothing: float) -> Name:
    """Rows divided by their norm.

    Args:
        graph: the graph.
        tensor: the rows.
        norm: `l1`, `l2` or `max`; None: the rows as they are.
        nothing: rows whose norm is not above it are left as they are.
    """
    if norm is None:
        return tensor
    if norm == "l2":
        length = graph.op("Sqrt", graph.row_sum(graph.op("Mul", tensor, tensor)))
    else:
        magnitudes = graph.op("Abs", tensor)
        length = graph.row_sum(magnitudes) if norm == "l1" else graph.row_max(magnitudes)
    empty = graph.op("LessOrEqual", length, graph.constant(nothing))
    return graph.op("Div", tensor, graph.op("Where", empty, graph.constant(1.0), length))


def _scaled(conversion: Conversion, step: Any, value: Value, centre: Any, scale: Any) -> Matrix:
    """(x - centre) / scale, each where it is not None."""
    matrix = conversion.matrix(value, type(step).__name__)
    tensor = matrix.tensor
    if centre is not None:
        tensor = conversion.graph.op("Sub", tensor, conversion.graph.constant(np.asarray(centre)[None]))
    if scale is not None:
        tensor = conversion.graph.op("Div", tensor, conversion.graph.constant(np.asarray(scale)[None]))
    return Matrix(tensor, matrix.sources)
