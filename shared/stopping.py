"""Stops within the ten seconds that Cloud Run leaves between SIGTERM and SIGKILL.

By itself gunicorn waits 30 seconds for every open connection, also for one that asks nothing (`ThreadWorker.run` looks
at idle connections only when another one stirs), and the Functions Framework passes on no option of gunicorn's. It
leaves those that it does not name at gunicorn's defaults, so these are what is set here, before its server is made.
"""

import time
from types import FrameType

from gunicorn.config import ControlSocketDisable, GracefulTimeout, WorkerClass
from gunicorn.workers.gthread import ThreadWorker

GRACE = 6
"""Seconds after SIGTERM in which a request that has begun may still be answered."""

LAST = 8.5
"""Seconds after SIGTERM in which what waits for Google Cloud may still be sent."""

END = 9
"""Seconds after SIGTERM at which gunicorn's parent process kills a worker that is still there."""

_stopped = float("inf")


def seconds_left(at_most: float) -> float:
    """How long the end of the process may take now: `at_most`, and no longer than `LAST` after SIGTERM."""
    return max(0.0, min(at_most, _stopped + LAST - time.monotonic()))


class PromptWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, which closes its idle connections as soon as it is told to stop."""

    def init_process(self) -> None:
        """Give requests less time than the parent process gives the worker: their lines are sent after them."""
        self.cfg.set("graceful_timeout", GRACE)
        super().init_process()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM."""
        global _stopped  # noqa: PLW0603 - a process stops once
        _stopped = time.monotonic()
        super().handle_exit(sig, frame)

    def murder_keepalived(self) -> None:
        """Called after each round of events, and so once more after the signal, which is an event too."""
        if not self.alive:
            for connection in self.keepalived_conns:
                connection.timeout = 0.0
        super().murder_keepalived()

    def murder_pending(self) -> None:
        """The same for connections that have not asked anything yet."""
        if not self.alive:
            for connection in self.pending_conns:
                connection.timeout = 0.0
        super().murder_pending()


def stop_in_time() -> None:
    """Let the server that is started after this stop in `END` seconds, and at once where nothing is in flight."""
    ControlSocketDisable.default = True  # its end is waited for, up to four seconds, before a worker hears of the stop
    GracefulTimeout.default = END
    WorkerClass.default = PromptWorker
