"""The end within the ten seconds that Cloud Run leaves between SIGTERM and SIGKILL: who may take how long."""

import time

GRACE = 6
"""After SIGTERM, time in which a request that has begun may still be answered, in seconds."""

LAST = 8.5
"""After SIGTERM, time in which what waits for Google Cloud may still be sent, in seconds."""

END = 9
"""After SIGTERM, time at which gunicorn's parent process kills a worker that is still there, in seconds."""

_stopped = float("inf")


def begin_to_stop() -> None:
    """SIGTERM has come. A second one changes nothing."""
    global _stopped  # noqa: PLW0603 - a process stops once
    _stopped = min(_stopped, time.monotonic())


def seconds_left(at_most: float) -> float:
    """How long the end of the process may take now: `at_most`, and no longer than `LAST` after SIGTERM."""
    return max(0.0, min(at_most, _stopped + LAST - time.monotonic()))
