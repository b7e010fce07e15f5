"""Types and descriptive statistics of the columns of a data set."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from functions.explorer import messages
from shared.i18n import pick

Kind = Literal["number", "text", "time", "boolean"]

MAX_GROUPS = 40
"""Most different values of a column that can group rows."""
MAX_LENGTH = 80
"""Longest value that is shown beside its column, in characters."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def kind_of(column: Any) -> Kind:
    """The kind of values in a column, a `Series`."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def columns_of_kind(frame: pd.DataFrame, *kinds: Kind) -> list[str]:
    """Names of the columns of these kinds."""
    return [str(name) for name, column in frame.items() if kind_of(column) in kinds]


def grouping_columns(frame: pd.DataFrame) -> list[str]:
    """Names of the columns that can group rows, columns of numbers last."""
    names = [name for name in frame.columns if 1 < frame[name].nunique() <= MAX_GROUPS]
    return sorted(names, key=lambda name: kind_of(frame[name]) == "number")


def count_missing(frame: pd.DataFrame) -> int:
    """Number of missing values."""
    return int(frame.isna().to_numpy().sum())


def describe_columns(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """One row per column: type, missing values, number of different values, first value."""
    rows = [_description(frame[name], language) for name in frame.columns]
    header = [pick(text, language) for text in messages.COLUMN_FACTS]
    return pd.DataFrame(rows, columns=header)


def _description(column: "pd.Series[Any]", language: str) -> list[object]:
    values = column.dropna()
    first = _shorten(values.iloc[0]) if len(values) else ""
    missing = len(column) - len(values)
    share = 100 * missing / max(1, len(column))
    return [column.name, pick(_type_name(column), language), missing, round(share, 1), int(values.nunique()), first]


def _shorten(value: object) -> str:
    return str(value).removesuffix(" 00:00:00")[:MAX_LENGTH]


def _type_name(column: "pd.Series[Any]") -> tuple[str, str]:
    kind = kind_of(column)
    return messages.WHOLE_NUMBER if kind == "number" and column.dtype.kind in "iu" else messages.KINDS[kind]


def describe_numbers(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """One row per column of numbers: count, mean, standard deviation, minimum, quantiles, maximum of finite values."""
    header = [pick(text, language) for text in messages.NUMBER_STATISTICS]
    names = columns_of_kind(frame, "number")
    if not names:
        return pd.DataFrame(columns=header)
    finite = frame[names].astype(float).replace([np.inf, -np.inf], np.nan)
    return finite.describe(percentiles=list(QUANTILES)).T.reset_index().set_axis(header, axis=1)


def describe_categories(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """One row per column of text, dates or booleans: count, different values, most frequent value and its count."""
    rows = []
    for name in columns_of_kind(frame, "text", "time", "boolean"):
        counts = frame[name].value_counts()
        top = (_shorten(counts.index[0]), int(counts.iloc[0])) if len(counts) else ("", 0)
        rows.append([name, int(counts.sum()), len(counts), *top])
    return pd.DataFrame(rows, columns=[pick(text, language) for text in messages.CATEGORY_STATISTICS])
