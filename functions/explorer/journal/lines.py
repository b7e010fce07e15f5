"""Request lines: where they are read from, and as a frame."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from functions.explorer import log_texts
from functions.explorer.errors import Refused
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
"""How far back lines are read."""

CLOUD_MOST = 5_000
"""Lines of Cloud Logging: 1,000 come with a call, of which it takes 60 a minute."""


FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Between them a line can have been written; the clock of another one was wrong."""


class Lines(msgspec.Struct, frozen=True):
    """What a log gave: the newest lines, oldest first, how many could not be read, whether older ones were left out.

    The lines of several processes, or of files put behind each other, stand in another order in the log.
    """

    lines: list[Line]
    unreadable: int
    cut: bool


def read(source: str, period: str, most: int, environ: Mapping[str, str], now: datetime | None = None) -> Lines:
    """The newest lines of a log.

    Args:
        source: a JSONL file, or `cloud`.
        period: a key of `PERIODS`.
        most: most lines; of Cloud Logging, the last 24 hours where the period is `all`.
        environ: environment variables, for Cloud Logging's client.
        now: when the period ends.

    Raises:
        Refused: the log cannot be read.
    """
    most = min(most, CLOUD_MOST) if source == CLOUD else most
    back = PERIODS[period] or (PERIODS["day"] if source == CLOUD else None)
    wanted = LogFilter(since=(now or datetime.now(UTC)) - back) if back else LogFilter()
    unreadable: list[Text] = []
    if source == CLOUD:
        stream = from_cloud(environ, wanted, unreadable.append, newest=most + 1)
    else:
        stream = from_file(Path(source), wanted, unreadable.append)
    try:
        found = last_lines(stream, most + 1)
    except SourceError as error:
        raise Refused(fill(log_texts.NO_LOG, reason=error.detail)) from error
    kept = sorted((line for line in found if FIRST <= _time(line) < LAST), key=_time)
    return Lines(kept[-most:], len(unreadable) + len(found) - len(kept), cut=len(found) > most)


def _time(line: Line) -> datetime:
    return datetime.fromisoformat(line["time"])


def frame_of(lines: Sequence[Line], zone: str = "UTC") -> pd.DataFrame:
    """A row a line, in its order.

    Args:
        lines: of the log.
        zone: IANA name of the zone that times are told in.

    Returns:
        Columns `COLUMNS`: time (in the zone, and without it), function, version, status, latency in milliseconds,
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
    facts = (line.get("status"), line.get("latency_ms"), line.get("request_id"))
    return [line["time"], line["function"], model.get("version"), *facts, route]
