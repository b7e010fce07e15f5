"""Dates of a table as numbers: the same function makes them in training and in serving.

A date is a text in ISO 8601: `2024-03-01`, or with a time of day, `2024-03-01T12:30` or `2024-03-01 12:30:05.5`, with
or without an offset (`Z`, `+01:00`). The parts are those of the clock as written: the offset moves nothing, since the
hour of a purchase or of a departure means something where it happened.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

PARTS = ("days", "year", "month", "day", "weekday", "day_of_year", "hour")
"""Numbers of a date. `days`: since 1970-01-01, with the fraction of the day; `weekday`: 0 is Monday; `hour`: with the
fraction of the hour."""

EPOCH = date(1970, 1, 1).toordinal()
"""Day number of 1970-01-01."""

ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def is_date(text: str) -> bool:
    """Whether a text is a date in ISO 8601 that exists."""
    return _read(text) is not None


def date_parts(texts: Sequence[str | None]) -> NDArray[np.float64]:
    """The parts of each date: (rows, len(PARTS)); NaN for None and for a text that is no date."""
    known: dict[str | None, tuple[float, ...]] = {text: _parts(text) for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.float64).reshape(-1, len(PARTS))


def _read(text: object) -> datetime | None:
    if not isinstance(text, str) or not ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # the 30th of February
        return None


def _parts(text: str | None) -> tuple[float, ...]:
    moment = _read(text)
    if moment is None:
        return (np.nan,) * len(PARTS)
    hour = moment.hour + moment.minute / 60 + (moment.second + moment.microsecond / 1e6) / 3600
    day = moment.toordinal()
    of_year = day - date(moment.year, 1, 1).toordinal() + 1
    return day - EPOCH + hour / 24, moment.year, moment.month, moment.day, moment.weekday(), of_year, hour
