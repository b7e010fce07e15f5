"""Gives columns types that can be shown and drawn: numbers, dates, booleans, text."""

import json
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from functions.explorer.tables.dialect import MISSING, SPACES, WITH_COMMA, WITH_POINT

TRUE, FALSE = frozenset({"true", "vrai", "yes", "oui"}), frozenset({"false", "faux", "no", "non"})
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
LEADING_ZERO = rf"[-+]?0[\d{SPACES}]+"
"""Pattern of a code such as a postal code: its column stays text."""
DATE_FORMATS = ("ISO8601", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y")
DATE = r"\d{4}-\d{2}-\d{2}.*|\d{1,2}/\d{1,2}/\d{4}.*"
"""Pattern that a cell must match before the date formats are tried."""
MAX_NAME_LENGTH = 100
"""Longest column name, in characters."""


def from_text(columns: dict[str, list[str | None]], decimal: str) -> pd.DataFrame:
    """A typed frame from cells of text.

    Args:
        columns: the cells by column; None and the words in `MISSING` are missing values.
        decimal: the decimal point, `,` or `.`.
    """
    return pd.DataFrame({name: _parse(_text_series(cells), decimal) for name, cells in columns.items()})


def _text_series(cells: Iterable[str | None]) -> "pd.Series[str]":
    return pd.Series([None if cell is None or cell.strip() in MISSING else cell for cell in cells], dtype="str")


def _parse(cells: "pd.Series[str]", decimal: str) -> "pd.Series[Any]":
    values = cells.dropna().str.strip()
    if values.empty:
        return cells.astype(float)
    for parse in (_numbers, _times) if len(values) < len(cells) else (_numbers, _booleans, _times):
        parsed = parse(values, decimal)
        if parsed is not None:
            return parsed if len(parsed) == len(cells) else parsed.reindex(cells.index)
    return cells


def _numbers(cells: "pd.Series[str]", decimal: str) -> "pd.Series[Any] | None":
    if cells.str.fullmatch(LEADING_ZERO).any():
        return None
    if cells.str.fullmatch(WITH_COMMA if decimal == "," else WITH_POINT).all():
        cells = cells.str.replace(f"[{SPACES}]", "", regex=True).str.replace(",", ".")
    if not cells.str.fullmatch(NUMBER).all():
        return None
    numbers = pd.to_numeric(cells.astype(object), errors="coerce")
    return numbers if numbers.dtype.kind == "i" else numbers.astype(float)


def _booleans(cells: "pd.Series[str]", _: str) -> "pd.Series[Any] | None":
    lower = cells.str.lower()
    return lower.isin(TRUE) if lower.isin(TRUE | FALSE).all() else None


def _times(cells: "pd.Series[str]", _: str) -> "pd.Series[Any] | None":
    if not cells.str.fullmatch(DATE).all():
        return None
    for date_format in DATE_FORMATS:
        times = pd.to_datetime(cells, format=date_format, errors="coerce", utc=True)
        if times.notna().all():
            return times.dt.tz_localize(None)
    return None


def normalized(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of a typed file with the few types that can be shown and drawn. Times become UTC without a zone."""
    return pd.DataFrame({name: _normalize(frame[name]) for name in frame.columns}, index=frame.index)


def _normalize(column: "pd.Series[Any]") -> "pd.Series[Any]":
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        utc: pd.Series[Any] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return utc
    if dtype == np.dtype(bool) or pd.api.types.is_datetime64_any_dtype(dtype):
        return column
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        return column if dtype.kind in "iu" and not column.hasnans else column.astype(float)
    return _from_objects(column.astype(object))


def _from_objects(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Booleans if all are, numbers if all are, else dates or text. Lists and objects become JSON text."""
    missing = np.array([_is_missing(value) for value in column], bool)
    values = [value for value, lacks in zip(column, missing, strict=True) if not lacks]
    if values and all(isinstance(value, bool) for value in values) and not missing.any():
        return column.astype(bool)
    if all(_is_number(value) for value in values):
        whole = values and not missing.any() and all(isinstance(value, int) for value in values)
        return column.where(~missing, np.nan).astype("int64" if whole else float)
    texts = [None if lacks else _text(value) for value, lacks in zip(column, missing, strict=True)]
    cells = pd.Series(texts, column.index, dtype="str")
    times = _times(cells.dropna(), ".")
    return cells if times is None else times.reindex(column.index)


def _is_number(value: object) -> bool:
    """Whether a value is a number that fits into 64 bits."""
    return isinstance(value, float | Decimal) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    )


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def unique_names(names: Iterable[Hashable]) -> list[str]:
    """Column names in the same order, trimmed: an empty one becomes `colonne N`, a repeated one gets ` (2)`."""
    unique: dict[str, None] = {}
    for number, name in enumerate(names, start=1):
        base = str(name).strip()[:MAX_NAME_LENGTH] or f"colonne {number}"
        candidate, count = base, 2
        while candidate in unique:
            candidate, count = f"{base} ({count})", count + 1
        unique[candidate] = None
    return list(unique)
