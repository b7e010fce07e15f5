"""Stops within the ten seconds that Cloud Run leaves between SIGTERM and SIGKILL.

By itself gunicorn waits 30 seconds for every open connection, also for one that asks nothing (`ThreadWorker.run` looks
at idle connections only when another one stirs), and the Functions Framework passes on no option of gunicorn's. It
leaves those that it does not name at gunicorn's defaults, so these are what is set here, before its server is made.
"""

from gunicorn.config import ControlSocketDisable, GracefulTimeout, WorkerClass
from gunicorn.workers.gthread import ThreadWorker

GRACE = 8
"""Seconds after SIGTERM in which a request that has begun may still be answered."""


class PromptWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, which closes its idle connections as soon as it is told to stop."""

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
    """Let the server that is started after this stop in `GRACE` seconds, and at once where nothing is in flight."""
    ControlSocketDisable.default = True  # its end is waited for, up to four seconds, before a worker hears of the stop
    GracefulTimeout.default = GRACE
    WorkerClass.default = PromptWorker
