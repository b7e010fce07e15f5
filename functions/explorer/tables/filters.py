"""Which rows are looked at."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import pandas as pd


class Between(msgspec.Struct, frozen=True):
    """Rows whose number, or day, is in a range, both ends counted."""

    column: str
    low: float | date
    high: float | date

    def keeps(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """Which rows; a missing value is in no range."""
        compared = values.dt.date if pd.api.types.is_datetime64_any_dtype(values.dtype) else values
        return (compared >= self.low) & (compared <= self.high)


class Among(msgspec.Struct, frozen=True):
    """Rows that have one of these values."""

    column: str
    values: tuple[Any, ...]

    def keeps(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """Which rows."""
        return values.isin(self.values)


class Containing(msgspec.Struct, frozen=True):
    """Rows whose text contains this, in capitals or not."""

    column: str
    part: str

    def keeps(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """Which rows."""
        return values.astype("str").str.contains(self.part, case=False, regex=False, na=False)


Filter = Between | Among | Containing


def apply(frame: pd.DataFrame, filters: Iterable[Filter], *, complete: bool = False) -> pd.DataFrame:
    """The rows that every filter keeps; `complete`: and that lack no value."""
    for one in filters:
        frame = frame[one.keeps(frame[one.column])]
    return frame.dropna() if complete else frame


def as_csv(frame: pd.DataFrame, language: str) -> bytes:
    """CSV that spreadsheets of that language open as it is: in French with semicolons and decimal commas."""
    separator, decimal = (",", ".") if language == "en" else (";", ",")
    return frame.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\r\n").encode("utf-8-sig")
