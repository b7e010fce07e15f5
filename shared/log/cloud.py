"""The `cloud` sink: lines written by the client of Google Cloud Logging, from a thread that no request waits for.

The thread and the client are made by the first line of a process, so that none is there when gunicorn forks. A line
that the API does not take in time goes to stdout, where Cloud Run reads it all the same. Its `insertId` tells readers
that it is one line even where the API had taken it after all.
"""

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from shared.log.client import EMULATOR, LOG_NAME, connect, to_entry
from shared.log.entry import truncated
from shared.shutdown import flush_timeout

MAX_QUEUED_LINES, MAX_QUEUED_BYTES = 10_000, 16 * 1024 * 1024
"""What may wait. Past either, lines go to stdout."""

BATCH_LINES, BATCH_BYTES = 500, 4 * 1024 * 1024
"""Of one call; the API takes 10 MB."""

BATCH_WAIT_SECONDS = 0.2
"""How long the first line of a batch waits for others: a call for each would take the processor from the answers."""

DEADLINE_SECONDS = 15.0
"""A batch is tried again and again for so long."""

PAUSE_SECONDS = 30.0
"""After a batch that failed, lines go to stdout for so long before the API is tried again."""

FLUSH_SECONDS = 5.0
"""How long the end of the process waits. Cloud Run gives it ten."""

Write = Callable[[list[bytes]], None]
Report = Callable[[str, str], None]


class CloudSink:
    """One a process. Called with a line it never blocks, and never raises."""

    def __init__(self, environ: Mapping[str, str], report: Report, fallback: Callable[[bytes], None]) -> None:
        """Start nothing: the first line does.

        Args:
            environ: environment variables, for the client.
            report: says on stderr what an operator must know.
            fallback: where a line goes that the API does not take.
        """
        self._environ, self._report, self._fallback = environ, report, fallback
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._batch: list[bytes] = []
        self._bytes = 0
        self._thread: threading.Thread | None = None
        self._closing = False
        self._full = False

    def __call__(self, line: bytes) -> None:
        """Queue a line; where it cannot wait, write it on stdout."""
        with self._changed:
            fits = len(self._queue) < MAX_QUEUED_LINES and self._bytes + len(line) <= MAX_QUEUED_BYTES
            queued = fits and self._ensure_thread()
            if queued:
                self._queue.append(line)
                self._bytes += len(line)
                self._changed.notify()
            first = not fits and not self._full
            self._full = self._full or not fits
        if first:
            self._report("ERROR", "request log cloud: the queue is full; lines go to stdout")
        if not queued:
            self._fallback(line)

    def _ensure_thread(self) -> bool:
        """Whether there is a thread to send a line; the first line makes it. None is made while the process ends."""
        if self._closing:
            return False
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="request-log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter ends, or there are too many threads
                return False
            self._thread = thread
            atexit.register(self.close)
        return True

    def close(self, seconds: float = FLUSH_SECONDS) -> None:
        """Send what waits, for so many seconds at most; what is left then goes to stdout."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(flush_timeout(seconds))
        for line in self._drain():
            self._fallback(line)

    def _run(self) -> None:
        write, retry_at, failing = self._connect(), 0.0, False
        while self._next_batch():
            if write is not None and time.monotonic() >= retry_at:
                failure = self._send(write)
                if failure and not failing:
                    self._report("ERROR", f"request log cloud: {failure}; lines go to stdout until the API takes them")
                failing = bool(failure)
                retry_at = time.monotonic() + PAUSE_SECONDS if failing else 0.0
            for line in self._take_batch():
                self._fallback(line)

    def _connect(self) -> Write | None:
        try:
            return open_writer(self._environ)
        except Exception as error:  # noqa: BLE001  # no package, no credentials, no project: each its own class
            self._report("ERROR", f"request log cloud: {type(error).__name__}: {error}; lines go to stdout")
            return None

    def _send(self, write: Write) -> str:
        """Send the batch. Returns the kind of error that stopped it: its words may quote a line."""
        try:
            write(self._batch)
        except Exception as error:  # noqa: BLE001  # of requests, urllib3, google.auth or google.api_core
            return type(error).__name__
        self._take_batch()
        return ""

    def _next_batch(self) -> bool:
        """Wait for lines, and make a batch of them. False where there will be none."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            self._changed.wait_for(lambda: self._closing, BATCH_WAIT_SECONDS)
            size = 0
            while self._queue and len(self._batch) < BATCH_LINES and size < BATCH_BYTES:
                self._batch.append(self._queue.popleft())
                size += len(self._batch[-1])
            self._bytes -= size
            return bool(self._batch)

    def _take_batch(self) -> list[bytes]:
        """Take the batch away, so that nobody else writes it."""
        with self._changed:
            batch, self._batch = self._batch, []
            return batch

    def _drain(self) -> list[bytes]:
        """Take everything away that is not sent."""
        with self._changed:
            left = [*self._batch, *self._queue]
            self._batch = []
            self._queue.clear()
            return left


def open_writer(environ: Mapping[str, str]) -> Write:
    """What sends one batch to the API, trying again for `DEADLINE_SECONDS` where that may help."""
    client = connect(environ)
    from google.api_core.retry import Retry, if_transient_error  # noqa: PLC0415  # see shared.log.client
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from google.cloud.logging import Resource  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    def is_transient(error: Exception) -> bool:
        return isinstance(error, RequestException | TransportError) or if_transient_error(error)

    resource = Resource(type="global", labels={}) if environ.get(EMULATOR) else None
    logger = client.logger(LOG_NAME, resource=resource)
    retry = Retry(predicate=is_transient, initial=0.1, maximum=2.0, timeout=DEADLINE_SECONDS)

    def write(lines: list[bytes]) -> None:
        batch = logger.batch()
        for line in lines:
            payload, fields = to_entry(msgspec.json.decode(truncated(line)))
            batch.log_struct(payload, **fields)
        retry(batch.commit)()

    return write
