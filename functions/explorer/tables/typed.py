"""Columns as what they hold: numbers, dates, yes or no, text."""

import json
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from functions.explorer.tables.dialect import MISSING, SPACES, WITH_COMMA, WITH_POINT

YES, NO = frozenset({"true", "vrai", "yes", "oui"}), frozenset({"false", "faux", "no", "non"})
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
CODE = rf"[-+]?0[\d{SPACES}]+"
"""A number with a zero before it, such as a postal code, is no quantity."""
DATES = ("ISO8601", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y")
LOOKS_LIKE_A_DATE = r"\d{4}-\d{2}-\d{2}.*|\d{1,2}/\d{1,2}/\d{4}.*"
LONGEST_NAME = 100


def of_text(columns: dict[str, list[str | None]], decimal: str) -> pd.DataFrame:
    """A frame from cells of text.

    Args:
        columns: the cells by column, None or one of `MISSING` where there is nothing.
        decimal: the decimal point, `,` or `.`.
    """
    frame = {name: _typed(_cells(cells), decimal) for name, cells in columns.items()}
    return pd.DataFrame(frame)


def _cells(cells: Iterable[str | None]) -> "pd.Series[str]":
    return pd.Series([None if cell is None or cell.strip() in MISSING else cell for cell in cells], dtype="str")


def _typed(cells: "pd.Series[str]", decimal: str) -> "pd.Series[Any]":
    given = cells.dropna().str.strip()
    if given.empty:
        return cells.astype(float)
    for attempt in (_numbers, _times) if len(given) < len(cells) else (_numbers, _truths, _times):
        found = attempt(given, decimal)
        if found is not None:
            return found if len(found) == len(cells) else found.reindex(cells.index)
    return cells


def _numbers(cells: "pd.Series[str]", decimal: str) -> "pd.Series[Any] | None":
    if cells.str.fullmatch(CODE).any():
        return None
    if cells.str.fullmatch(WITH_COMMA if decimal == "," else WITH_POINT).all():
        cells = cells.str.replace(f"[{SPACES}]", "", regex=True).str.replace(",", ".")
    if not cells.str.fullmatch(NUMBER).all():
        return None
    numbers = pd.to_numeric(cells.astype(object), errors="coerce")
    return numbers if numbers.dtype.kind == "i" else numbers.astype(float)


def _truths(cells: "pd.Series[str]", _: str) -> "pd.Series[Any] | None":
    lower = cells.str.lower()
    return lower.isin(YES) if lower.isin(YES | NO).all() else None


def _times(cells: "pd.Series[str]", _: str) -> "pd.Series[Any] | None":
    if not cells.str.fullmatch(LOOKS_LIKE_A_DATE).all():
        return None
    for form in DATES:
        times = pd.to_datetime(cells, format=form, errors="coerce", utc=True)
        if times.notna().all():
            return times.dt.tz_localize(None)
    return None


def of_values(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns had types of their own, with the few that can be shown and drawn."""
    return pd.DataFrame({name: _settled(frame[name]) for name in frame.columns}, index=frame.index)


def _settled(column: "pd.Series[Any]") -> "pd.Series[Any]":
    kind = column.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        utc: pd.Series[Any] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return utc
    if kind == np.dtype(bool) or pd.api.types.is_datetime64_any_dtype(kind):
        return column
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        return column if kind.kind in "iu" and not column.hasnans else column.astype(float)
    return _mixed(column.astype(object))


def _mixed(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Objects: truth values and numbers where they are nothing else, else dates or text; lists and objects as JSON."""
    missing = np.array([_is_missing(value) for value in column], bool)
    given = [value for value, lacks in zip(column, missing, strict=True) if not lacks]
    if given and all(isinstance(value, bool) for value in given) and not missing.any():
        return column.astype(bool)
    if all(_is_number(value) for value in given):
        whole = given and not missing.any() and all(isinstance(value, int) for value in given)
        return column.where(~missing, np.nan).astype("int64" if whole else float)
    texts = [None if lacks else _text(value) for value, lacks in zip(column, missing, strict=True)]
    cells = pd.Series(texts, column.index, dtype="str")
    times = _times(cells.dropna(), ".")
    return cells if times is None else times.reindex(column.index)


def _is_number(value: object) -> bool:
    """Whether a value is a number that 64 bits hold."""
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


def names(given: Iterable[Hashable]) -> list[str]:
    """Names of columns, in order: without space around them, none empty, none twice."""
    found: dict[str, None] = {}
    for place, name in enumerate(given, start=1):
        base = str(name).strip()[:LONGEST_NAME] or f"colonne {place}"
        fresh, turn = base, 2
        while fresh in found:
            fresh, turn = f"{base} ({turn})", turn + 1
        found[fresh] = None
    return list(found)
