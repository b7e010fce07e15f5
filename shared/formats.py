"""Formats that several modules read or write: versions, names of buckets, times."""

import functools
import time
from datetime import UTC, datetime

VERSION = "[0-9a-f]{12}"
"""Pattern of a bundle's version."""

BUCKET_NAME = "[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
"""Pattern of a bucket's name in Cloud Storage."""


def rfc3339(when: datetime) -> str:
    """A time in UTC, to the microsecond: `2026-11-21T12:44:45.123456Z`. `when` has a time zone."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def now() -> str:
    """`rfc3339` of this moment, in half its time: most lines of a log share their second with the line before."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_to_the_second(seconds)}.{nanoseconds // 1000:06d}Z"


@functools.lru_cache(1)
def _to_the_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
