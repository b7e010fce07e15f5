"""The `cloud` sink: a background thread sends lines to Google Cloud Logging.

The first line of a process starts the thread and the client, so that neither exists when gunicorn forks. A line that
the API does not accept in time goes to stdout, where Cloud Run reads it. If the API did accept it, readers recognise
the second copy by its `insertId`.
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
"""Limits of the queue. Beyond them, lines go to stdout."""

BATCH_LINES, BATCH_BYTES = 500, 4 * 1024 * 1024
"""Limits of one call. The API accepts 10 MB."""

BATCH_WAIT_SECONDS = 0.2
"""Time that a batch waits for more lines, in seconds. One call per line would take too much processor time."""

DEADLINE_SECONDS = 15.0
"""Deadline of a batch with its retries, in seconds."""

PAUSE_SECONDS = 30.0
"""Time after a failed batch during which lines go to stdout, in seconds."""

FLUSH_SECONDS = 5.0
"""Timeout of the flush at exit, in seconds. Cloud Run kills the process 10 seconds after SIGTERM."""

Write = Callable[[list[bytes]], None]
Report = Callable[[str, str], None]


class CloudSink:
    """Sends lines from a background thread, one per process. A call never blocks and never raises."""

    def __init__(self, environ: Mapping[str, str], report: Report, fallback: Callable[[bytes], None]) -> None:
        """The first line starts the thread.

        Args:
            environ: environment variables, for the client.
            report: reports an error to the operator: severity and message.
            fallback: writes lines that the API does not accept.
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
        """Queue a line. If the queue is full, write it to stdout."""
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
        """Start the thread if it does not run yet. Returns whether it runs; False while the process exits."""
        if self._closing:
            return False
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="request-log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # too many threads, or the interpreter is shutting down
                return False
            self._thread = thread
            atexit.register(self.close)
        return True

    def close(self, timeout: float = FLUSH_SECONDS) -> None:
        """Send the queued lines, for `timeout` seconds at most. The rest goes to stdout."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(flush_timeout(timeout))
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
        except Exception as error:  # noqa: BLE001  # a missing package, credentials or project: different classes
            self._report("ERROR", f"request log cloud: {type(error).__name__}: {error}; lines go to stdout")
            return None

    def _send(self, write: Write) -> str:
        """Send the batch. Returns the class of an error, not its message, which may quote a line."""
        try:
            write(self._batch)
        except Exception as error:  # noqa: BLE001  # of requests, urllib3, google.auth or google.api_core
            return type(error).__name__
        self._take_batch()
        return ""

    def _next_batch(self) -> bool:
        """Wait for lines and make a batch of them. Returns False after `close`, once no line is left."""
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
        """Take the batch, so that no other thread writes it too."""
        with self._changed:
            batch, self._batch = self._batch, []
            return batch

    def _drain(self) -> list[bytes]:
        """Take the batch and the queue."""
        with self._changed:
            left = [*self._batch, *self._queue]
            self._batch = []
            self._queue.clear()
            return left


def open_writer(environ: Mapping[str, str]) -> Write:
    """A function that sends a batch to the API, with retries until `DEADLINE_SECONDS`."""
    client = connect(environ)
    from google.api_core.retry import Retry, if_transient_error  # noqa: PLC0415  # takes half a second
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
