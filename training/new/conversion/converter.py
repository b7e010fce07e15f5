"""Converts a fitted estimator to a graph, with what the server must know to feed it and to read its answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto

from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES, Feed
from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.values import UNKNOWN, Columns, Matrix, Prediction, TextColumn

Outputs = dict[str, tuple[Name, int, int]]
"""Tensor, element type and width of each output of the graph, by name."""

LABEL, PROBABILITIES, SCORES, VALUE = "label", "probabilities", "scores", "value"


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted estimator.

    Attributes:
        model: the graph; its outputs are those of `shared.model.table.Table`.
        kind: of the table.
        labels: the classes of each target, as the estimator has them; empty for numbers, outliers and clusters.
        targets: the number of targets.
        feeds: the graph's inputs.
        vectorizers: the fitted vectorizers whose words the server counts, by `Feed.vectorizer`.
        unknown_refused: columns whose unknown values the estimator refuses.
        null_refused: columns whose null the estimator refuses.
        conversion: for the explanation: its graph can give further outputs.
    """

    model: onnx.ModelProto
    kind: Literal["classes", "values", "outliers", "clusters"]
    labels: tuple[tuple[Any, ...], ...]
    targets: int
    feeds: tuple[Feed, ...]
    vectorizers: dict[str, Any]
    unknown_refused: frozenset[str]
    null_refused: frozenset[str]
    conversion: Conversion

    @property
    def used(self) -> set[str]:
        """The columns that the graph reads."""
        return {feed.column for feed in self.feeds}


def convert(estimator: Any, table: pd.DataFrame, *, series: bool = False) -> Converted:
    """Convert a fitted estimator.

    Args:
        estimator: fitted on columns like those of `table`.
        table: rows with every column that the estimator reads, in its order, as pandas reads them; its texts are the
            known values of each column of text.
        series: whether the estimator was fitted on the one column itself, as vectorizers are, and not on a table.

    Raises:
        Refusal: a step has no exact conversion.
    """
    _import_families()
    conversion = Conversion(tuple(map(str, table)))
    columns = Columns(tuple(_column(conversion, table[name]) for name in table), tuple(map(str, table)))
    prediction = conversion.predict(estimator, columns.items[0] if series else columns)
    kind, labels, outputs = _outputs(conversion, prediction)
    model = conversion.graph.model(outputs)
    onnx.checker.check_model(model)
    feeds = feeds_of(model, conversion)
    vectorizers = {feed.vectorizer: conversion.words[feed.input].vectorizer for feed in feeds if feed.vectorizer}
    return Converted(
        model=model,
        kind=kind,
        labels=labels,
        targets=len(labels) or prediction.width,
        feeds=feeds,
        vectorizers=vectorizers,
        unknown_refused=frozenset(conversion.unknown_refused),
        null_refused=frozenset(conversion.null_refused),
        conversion=conversion,
    )


def feeds_of(model: onnx.ModelProto, conversion: Conversion) -> tuple[Feed, ...]:
    """How the server makes each input of a graph of this conversion."""
    return tuple(_feed(value, conversion) for value in model.graph.input)


def _feed(value: onnx.ValueInfoProto, conversion: Conversion) -> Feed:
    if word_input := conversion.words.get(value.name):
        return Feed(value.name, word_input.column, "counts", vectorizer=value.name)
    if value.name in conversion.dates:
        return Feed(value.name, conversion.dates[value.name], "date")
    is_text = value.type.tensor_type.elem_type == TensorProto.STRING
    return Feed(value.name, conversion.inputs.get(value.name, value.name), "text" if is_text else "number")


def _column(conversion: Conversion, column: "pd.Series[Any]") -> Matrix | TextColumn:
    name = str(column.name)
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return Matrix(conversion.input(name), (frozenset({name}),))
    if not is_text(column):  # booleans with nulls: the contract of the column lets nothing else through
        return TextColumn(name, ("False", "True", None), np.array([False, True, np.nan], dtype=object))
    known = sorted({str(text) for text in column.dropna().unique()} - {""})  # an empty text is null
    domain = (*known, UNKNOWN, None)
    return TextColumn(name, domain, np.array([*known, UNKNOWN, np.nan], dtype=object))


def is_text(column: "pd.Series[Any]") -> bool:
    """Whether pandas holds a column as texts or categories; booleans with nulls are objects there, and no texts."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return False
    return pd.api.types.infer_dtype(column, skipna=True) != "boolean"


def _outputs(conversion: Conversion, prediction: Prediction) -> tuple[Any, tuple[tuple[Any, ...], ...], Outputs]:
    graph = conversion.graph
    outputs: Outputs
    if prediction.value is not None:
        return VALUES, (), {VALUE: (prediction.value, TensorProto.DOUBLE, prediction.width)}
    if prediction.cluster is not None:
        outputs = {LABEL: (graph.column(prediction.cluster), TensorProto.INT64, 1)}
        return CLUSTERS, (), outputs | _doubles(conversion, PROBABILITIES, [prediction.probabilities])
    if prediction.inlier is not None:
        outputs = {LABEL: (graph.column(prediction.inlier), TensorProto.INT64, 1)}
        return OUTLIERS, (), outputs | _doubles(conversion, SCORES, [prediction.scores])
    targets = prediction.several or [prediction]
    labels = tuple(tuple(np.asarray(target.classes).tolist()) for target in targets)
    columns = [graph.column(label_of(conversion, target)) for target in targets]
    outputs = {LABEL: (graph.concat(columns), TensorProto.INT64, len(targets))}
    outputs |= _doubles(conversion, PROBABILITIES, [target.probabilities for target in targets])
    return CLASSES, labels, outputs | _doubles(conversion, SCORES, [target.scores for target in targets])


def _doubles(conversion: Conversion, name: str, tensors: Sequence[Name | None]) -> Outputs:
    """One output of doubles from those of every target; none if a target has none. Its width is left open (0)."""
    present = [tensor for tensor in tensors if tensor is not None]
    if len(present) < len(tensors):
        return {}
    return {name: (conversion.graph.concat(present), TensorProto.DOUBLE, 0)}


def label_of(conversion: Conversion, prediction: Prediction) -> Name:
    """The label of a classifier: its own, else the place of the largest probability."""
    if prediction.label is not None:
        return prediction.label
    if prediction.probabilities is None:
        raise TypeError("a classifier has a label or probabilities")
    return conversion.graph.argmax(prediction.probabilities)


def _import_families() -> None:
    """Import every family, which registers its functions."""
    from importlib import import_module  # noqa: PLC0415
    from pkgutil import iter_modules  # noqa: PLC0415

    from training.new.conversion import families  # noqa: PLC0415

    for module in iter_modules(families.__path__):
        import_module(f"{families.__name__}.{module.name}")
