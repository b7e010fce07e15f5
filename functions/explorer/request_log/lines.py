"""Reads the lines of a request log, and gives them as a frame."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from functions.explorer import log_messages
from functions.explorer.errors import ExplorerError
from functions.explorer.settings import CLOUD
from shared.errors import Text
from shared.i18n import fill
from shared.log.reader import Line, LogFilter, SourceError, from_cloud, from_file, last_lines

COLUMNS = ("time", "function", "version", "status", "latency", "request", "route")
PERIODS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "all": None,
}
"""Age of the oldest line to read; None: any age."""

MAX_CLOUD_LINES = 5_000
"""Most lines read from Cloud Logging, which gives 1,000 per call and allows 60 calls per minute."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of a plausible time: the clock of a line outside them was wrong, and the line counts as unreadable."""


class LogLines(msgspec.Struct, frozen=True):
    """The newest lines of a log.

    Attributes:
        lines: sorted by time, oldest first. A log of several processes, or of joined files, is not sorted itself.
        unreadable: number of lines that could not be read.
        truncated: whether the log has older lines of the period.
    """

    lines: list[Line]
    unreadable: int
    truncated: bool


def read(source: str, period: str, limit: int, environ: Mapping[str, str], now: datetime | None = None) -> LogLines:
    """Read the newest lines of a log.

    Args:
        source: path of a JSONL file, or `cloud`.
        period: a key of `PERIODS`; `all` means the last 24 hours of Cloud Logging.
        limit: most lines to return.
        environ: environment variables, for Cloud Logging's client.
        now: end of the period; the current time by default.

    Raises:
        ExplorerError: the log cannot be read.
    """
    limit = min(limit, MAX_CLOUD_LINES) if source == CLOUD else limit
    age = PERIODS[period] or (PERIODS["day"] if source == CLOUD else None)
    wanted = LogFilter(since=(now or datetime.now(UTC)) - age) if age else LogFilter()
    unreadable: list[Text] = []
    if source == CLOUD:
        stream = from_cloud(environ, wanted, unreadable.append, newest=limit + 1)
    else:
        stream = from_file(Path(source), wanted, unreadable.append)
    try:
        newest = last_lines(stream, limit + 1)
    except SourceError as error:
        raise ExplorerError(fill(log_messages.NO_LOG, reason=error.detail)) from error
    plausible = sorted((line for line in newest if EARLIEST <= _time(line) < LATEST), key=_time)
    skipped = len(unreadable) + len(newest) - len(plausible)
    return LogLines(plausible[-limit:], skipped, truncated=len(newest) > limit)


def _time(line: Line) -> datetime:
    return datetime.fromisoformat(line["time"])


def to_frame(lines: Sequence[Line], zone: str = "UTC") -> pd.DataFrame:
    """One row per line, in the same order.

    Args:
        lines: lines of a log.
        zone: IANA name of the time zone for `time`.

    Returns:
        Columns `COLUMNS`: time (naive, in the zone), function, version, status, latency in milliseconds,
        request identifier, route.
    """
    frame = pd.DataFrame([_row(line) for line in lines], columns=list(COLUMNS))
    times = pd.to_datetime(frame["time"], format="ISO8601", utc=True).dt.tz_convert(zone).dt.tz_localize(None)
    numbers = {name: pd.to_numeric(frame[name], errors="coerce").astype(float) for name in ("status", "latency")}
    return frame.assign(time=times, **numbers)


def _row(line: Line) -> list[Any]:
    model = line.get("model") or {}
    request = line.get("httpRequest")
    route = request.get("requestUrl", "") if isinstance(request, dict) else ""
    return [
        line["time"],
        line["function"],
        model.get("version"),
        line.get("status"),
        line.get("latency_ms"),
        line.get("request_id"),
        route,
    ]
