"""The rows that a graph is tried on: those of the table, shuffled columns, nulls, values never seen; and their JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shared.model.table import BOOLEAN, CODE, NUMBER, Column
from training.new.column_facts import is_boolean
from training.new.conversion.converter import is_text
from training.new.conversion.refusal import Refusal
from training.new.table_checks import INFINITE

UNSEEN = "jamais vu"
"""A text that no table has."""

_NULLS = 0.15
"""Share of the cells of a column that become null."""


def shuffled(frame: pd.DataFrame, count: int, seed: int = 0) -> pd.DataFrame:
    """Rows whose columns were shuffled one by one: combinations that the table does not have.

    Args:
        frame: the rows to mix.
        count: number of mixed rows.
        seed: of the permutations.
    """
    rng = np.random.default_rng(seed)
    places = np.resize(np.arange(len(frame)), max(count, len(frame)))
    columns = {name: frame[name].iloc[rng.permutation(places)[:count]].reset_index(drop=True) for name in frame}
    return pd.DataFrame(columns)


def with_nulls(frame: pd.DataFrame, columns: Sequence[str], seed: int = 1) -> pd.DataFrame:
    """The rows with nulls in these columns, at random.

    Args:
        frame: the rows.
        columns: names of the columns that get nulls.
        seed: of the places of the nulls.
    """
    rng = np.random.default_rng(seed)
    emptied = {name: with_null(frame[name], rng.random(len(frame)) < _NULLS) for name in columns}
    return frame.assign(**emptied)


def with_null(column: "pd.Series[Any]", where: Any) -> "pd.Series[Any]":
    """A column with nulls, in the dtype that pandas gives such a column."""
    if pd.api.types.is_bool_dtype(column.dtype):
        column = column.astype(object)
    return column.mask(where, np.nan)


def with_unseen(frame: pd.DataFrame, name: str) -> pd.DataFrame | None:
    """The first row with a value in a column that the table does not have; None for booleans."""
    column = frame[name]
    if is_boolean(column):
        return None
    unseen: Any = UNSEEN if is_text(column) else int(np.nan_to_num(column.max())) + 1
    row = frame.iloc[:1].reset_index(drop=True)
    return row.assign(**{name: pd.Series([unseen], dtype=column.dtype)})


def records_of(frame: pd.DataFrame, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The rows as a client sends them in JSON.

    Args:
        frame: the rows.
        columns: the columns that are sent.

    Raises:
        Refusal: a column has infinite values.
    """
    names = [column.name for column in columns]
    cells = [_cells(frame[column.name], column) for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells(values: "pd.Series[Any]", column: Column) -> list[Any]:
    if column.kind in (NUMBER, CODE):
        return _numbers(values, column)
    convert = bool if column.kind == BOOLEAN else str
    return [None if missing else convert(value) for value, missing in zip(values, values.isna(), strict=True)]


def _numbers(values: "pd.Series[Any]", column: Column) -> list[Any]:
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.tolist()
    numbers = values.astype("float64")
    if infinite := int(np.isinf(numbers).sum()):
        raise Refusal(INFINITE, column=column.name, count=infinite)
    is_code = column.kind == CODE
    return [None if number != number else int(number) if is_code else number for number in numbers.tolist()]  # noqa: PLR0124
