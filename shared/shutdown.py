"""The time budget of a shutdown: Cloud Run sends SIGKILL ten seconds after SIGTERM."""

import time

REQUEST_GRACE_SECONDS = 6
"""Time for requests in flight, in seconds after SIGTERM."""

FLUSH_DEADLINE_SECONDS = 8.5
"""Deadline of what is still sent to Google Cloud, in seconds after SIGTERM."""

KILL_DEADLINE_SECONDS = 9
"""Time at which gunicorn's parent process kills its workers, in seconds after SIGTERM."""

_stopped = float("inf")


def begin_shutdown() -> None:
    """Note the time of SIGTERM. A second SIGTERM changes nothing."""
    global _stopped  # noqa: PLW0603 - a process stops once
    _stopped = min(_stopped, time.monotonic())


def flush_timeout(timeout: float) -> float:
    """`timeout` in seconds, cut at `FLUSH_DEADLINE_SECONDS` if the process is shutting down."""
    return max(0.0, min(timeout, _stopped + FLUSH_DEADLINE_SECONDS - time.monotonic()))
