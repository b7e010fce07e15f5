"""Imputers: what stands for a null, and which values were null."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import transformer
from training.new.conversion.values import Columns, Matrix, TextColumn, Value


@transformer("SimpleImputer")
def impute(conversion: Conversion, step: Any, value: Value) -> Matrix | Columns:
    """A constant for each column, in numbers and in texts; columns that were empty in training are left out."""
    statistics = np.asarray(step.statistics_)
    kept = np.arange(len(statistics)) if step.keep_empty_features else np.flatnonzero(~pd.isna(statistics))
    columns = conversion.columns(value)
    if columns.has_text:
        return _impute_texts(conversion, step, columns, kept)
    whole = conversion.matrix(value, type(step).__name__)
    fills = statistics[kept].astype(step._fill_dtype).astype(np.float64)  # noqa: SLF001
    filled = _filled(conversion, step, conversion.select(whole, kept.tolist()), fills)
    return with_indicator(conversion, step, whole, filled)


@transformer("MissingIndicator")
def indicate(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """1 where a value is missing, for the columns that had missing values in training, or for all."""
    columns = conversion.columns(value).select([int(at) for at in step.features_])
    if not columns.has_text:
        matrix = conversion.matrix(columns, "MissingIndicator")
        missing = is_missing(conversion, matrix.tensor, step.missing_values)
        return Matrix(conversion.graph.cast(missing), matrix.sources)
    return conversion.join([_missing(conversion, step, item) for item in columns])


def is_missing(conversion: Conversion, tensor: Name, missing_values: Any) -> Name:
    """Where numbers are missing: booleans of the shape of the tensor.

    Args:
        conversion: the conversion.
        tensor: the numbers.
        missing_values: the number that stands for a missing one; None or NaN: NaN.
    """
    if missing_values is None or pd.isna(missing_values):
        return conversion.graph.op("IsNaN", tensor)
    return conversion.graph.op("Equal", tensor, conversion.graph.constant(float(missing_values)))


def with_indicator(conversion: Conversion, step: Any, whole: Matrix, filled: Matrix) -> Matrix:
    """The imputed columns, and the indicator of an imputer that adds one.

    Args:
        conversion: the conversion.
        step: the imputer.
        whole: the columns before.
        filled: the columns that it imputed.
    """
    if not step.add_indicator or not len(step.indicator_.features_):
        return filled
    return conversion.join([filled, indicate(conversion, step.indicator_, whole)])


def _filled(conversion: Conversion, step: Any, matrix: Matrix, fills: NDArray[np.float64]) -> Matrix:
    missing = is_missing(conversion, matrix.tensor, step.missing_values)
    tensor = conversion.graph.op("Where", missing, conversion.graph.constant(fills[None]), matrix.tensor)
    return Matrix(tensor, matrix.sources)


def _impute_texts(conversion: Conversion, step: Any, columns: Columns, kept: NDArray[Any]) -> Columns:
    """Texts, perhaps beside numbers, each column by itself."""
    items: list[Matrix | TextColumn] = []
    for at in kept:
        item, fill = columns.items[at], step.statistics_[at]
        if isinstance(item, TextColumn):
            values = np.array(item.values, dtype=object)
            values[_null(step, values)] = fill
            items.append(TextColumn(item.column, item.domain, values))
        else:
            items.append(_filled(conversion, step, item, np.array([fill], dtype=np.float64)))
    names = [columns.names[at] for at in kept]
    if step.add_indicator:
        places = [int(at) for at in step.indicator_.features_]
        items += [_missing(conversion, step, columns.items[at]) for at in places]
        names += [f"missingindicator_{columns.names[at]}" for at in places]
    return Columns(tuple(items), tuple(names))


def _null(step: Any, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which texts are missing."""
    if step.missing_values is None or pd.isna(step.missing_values):
        return np.asarray(pd.isna(values))
    return np.array([one == step.missing_values for one in values], dtype=bool)


def _missing(conversion: Conversion, step: Any, item: Matrix | TextColumn) -> Matrix:
    """1 where a column is missing."""
    if isinstance(item, TextColumn):
        flags = _null(step, item.values).astype(np.float64)
        return conversion.table(conversion.code(item), flags[:, None], (frozenset({item.column}),))
    return Matrix(conversion.graph.cast(is_missing(conversion, item.tensor, step.missing_values)), item.sources)
