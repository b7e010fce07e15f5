"""What the columns of a data set hold, and their figures."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from functions.explorer import texts
from shared.i18n import pick

Kind = Literal["number", "text", "time", "truth"]

FEW = 40
"""Different values up to which a column can group rows."""
LONGEST = 80
"""Letters of a value beside its column."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def kind_of(column: Any) -> Kind:
    """What a column, a `Series`, holds."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "truth"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def of_kind(frame: pd.DataFrame, *kinds: Kind) -> list[str]:
    """The names of the columns that hold one of these."""
    return [str(name) for name, column in frame.items() if kind_of(column) in kinds]


def groups(frame: pd.DataFrame) -> list[str]:
    """The names of the columns that can group rows, those of words before those of numbers."""
    found = [name for name in frame.columns if 1 < frame[name].nunique() <= FEW]
    return sorted(found, key=lambda name: kind_of(frame[name]) == "number")


def missing(frame: pd.DataFrame) -> int:
    """How many cells have no value."""
    return int(frame.isna().to_numpy().sum())


def facts(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """A row a column: its type, what is missing, how many different values, the first one."""
    rows = [_facts(frame[name], language) for name in frame.columns]
    head = [pick(text, language) for text in texts.FACTS]
    return pd.DataFrame(rows, columns=head)


def _facts(column: "pd.Series[Any]", language: str) -> list[object]:
    given = column.dropna()
    first = _shown(given.iloc[0]) if len(given) else ""
    lacking = len(column) - len(given)
    share = 100 * lacking / max(1, len(column))
    return [column.name, pick(_type(column), language), lacking, round(share, 1), int(given.nunique()), first]


def _shown(value: object) -> str:
    return str(value).removesuffix(" 00:00:00")[:LONGEST]


def _type(column: "pd.Series[Any]") -> tuple[str, str]:
    kind = kind_of(column)
    return texts.WHOLE if kind == "number" and column.dtype.kind in "iu" else texts.KINDS[kind]


def numbers(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """A row a column of numbers: count, mean, standard deviation, least, quantiles, greatest; of what is finite."""
    head = [pick(text, language) for text in texts.STATISTICS]
    names = of_kind(frame, "number")
    if not names:
        return pd.DataFrame(columns=head)
    finite = frame[names].astype(float).replace([np.inf, -np.inf], np.nan)
    return finite.describe(percentiles=list(QUANTILES)).T.reset_index().set_axis(head, axis=1)


def words(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """A row a column of text, dates or truth values: count, different values, the most frequent and its count."""
    rows = []
    for name in of_kind(frame, "text", "time", "truth"):
        counts = frame[name].value_counts()
        top = (_shown(counts.index[0]), int(counts.iloc[0])) if len(counts) else ("", 0)
        rows.append([name, int(counts.sum()), len(counts), *top])
    return pd.DataFrame(rows, columns=[pick(text, language) for text in texts.WORDS])
