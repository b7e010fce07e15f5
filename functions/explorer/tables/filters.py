"""Row filters, and the filtered rows as CSV."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import pandas as pd


class Between(msgspec.Struct, frozen=True):
    """Rows whose number or day is in a range, both ends included."""

    column: str
    low: float | date
    high: float | date

    def mask(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """True for each value that passes; a missing value does not."""
        compared = values.dt.date if pd.api.types.is_datetime64_any_dtype(values.dtype) else values
        return (compared >= self.low) & (compared <= self.high)


class OneOf(msgspec.Struct, frozen=True):
    """Rows that have one of these values."""

    column: str
    values: tuple[Any, ...]

    def mask(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """True for each value that passes."""
        return values.isin(self.values)


class Containing(msgspec.Struct, frozen=True):
    """Rows whose text contains `part`, upper or lower case."""

    column: str
    part: str

    def mask(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """True for each value that passes."""
        return values.astype("str").str.contains(self.part, case=False, regex=False, na=False)


Filter = Between | OneOf | Containing


def apply_filters(frame: pd.DataFrame, filters: Iterable[Filter], *, complete: bool = False) -> pd.DataFrame:
    """The rows that pass every filter.

    Args:
        frame: the rows.
        filters: filters of columns of the frame.
        complete: also leave out rows with a missing value.
    """
    for row_filter in filters:
        frame = frame[row_filter.mask(frame[row_filter.column])]
    return frame.dropna() if complete else frame


def to_csv(frame: pd.DataFrame, language: str) -> bytes:
    """CSV for a spreadsheet in that language: semicolons and decimal commas in French."""
    separator, decimal = (",", ".") if language == "en" else (";", ",")
    return frame.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\r\n").encode("utf-8-sig")
