"""Uploads objects to a bucket from a background thread, so that no request waits for the bucket.

The queue is bounded in bytes. An object that does not fit, or that the bucket refuses, is reported and lost.
"""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable

from shared.diagnostics import report
from shared.errors import BucketError
from shared.shutdown import flush_timeout
from shared.storage.bucket import Bucket

MAX_BYTES = 32 * 1024 * 1024
"""Largest size of the queue, in bytes."""

UPLOAD_SECONDS = 10.0
"""Timeout of one upload with its retries, in seconds."""

FLUSH_SECONDS = 5.0
"""Timeout of the flush at exit, in seconds. Cloud Run kills the process 10 seconds after SIGTERM."""


class UploadQueue:
    """A queue of uploads to one bucket. The first object starts its thread, which is therefore never forked."""

    def __init__(self, open_bucket: Callable[[], Bucket], max_bytes: int = MAX_BYTES) -> None:
        self._open_bucket, self._max_bytes = open_bucket, max_bytes
        self._queue: deque[tuple[str, bytes, str]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._flush_deadline = float("inf")

    def put(self, name: str, content: bytes, media_type: str) -> bool:
        """Queue an object. Never blocks.

        Args:
            name: name of the object, unique in the bucket.
            content: its content.
            media_type: its Content-Type.

        Returns:
            False if the queue is full or its thread cannot start: the object is lost.
        """
        with self._changed:
            if self._bytes + len(content) > self._max_bytes or not self._ensure_thread():
                return False
            self._bytes += len(content)
            self._queue.append((name, content, media_type))
            self._changed.notify_all()
        return True

    def _ensure_thread(self) -> bool:
        """Start the thread if it does not run yet. Returns whether it runs."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # too many threads, or the interpreter is shutting down
                return False
            self._thread = thread
            atexit.register(self.flush)
        return True

    def flush(self, timeout: float = FLUSH_SECONDS) -> None:
        """Wait until the queue is empty, for `timeout` seconds at most, then drop and report what is left."""
        timeout = flush_timeout(timeout)
        end = time.monotonic() + timeout
        with self._changed:
            self._flush_deadline = end
            self._changed.wait_for(lambda: self._bytes == 0, timeout)
            self._flush_deadline = float("inf")
            while self._queue:
                name, content, _ = self._queue.popleft()
                self._bytes -= len(content)
                report("ERROR", f"{name} not kept: the process ends")

    def wait(self, timeout: float) -> None:
        """Wait until the queue is empty, for `timeout` seconds at most. What is left stays queued."""
        with self._changed:
            self._changed.wait_for(lambda: self._bytes == 0, timeout)

    def _run(self) -> None:
        bucket = self._open_bucket()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                entry = self._queue[0]
                deadline = min(time.monotonic() + UPLOAD_SECONDS, self._flush_deadline)
            failure = _create(bucket, *entry, deadline)
            with self._changed:
                if not self._queue or self._queue[0] is not entry:
                    continue  # dropped and reported by flush meanwhile
                self._queue.popleft()
                self._bytes -= len(entry[1])
                if failure:
                    report("ERROR", f"gs://{bucket.name} has not kept {failure}")
                self._changed.notify_all()


def _create(bucket: Bucket, name: str, content: bytes, media_type: str, deadline: float) -> str:
    """Upload one object. Returns the text of a failure, else an empty string. Never raises: the thread must survive."""
    try:
        bucket.create(name, content, media_type, deadline)
    except BucketError as error:
        return f"{error} ({error.__cause__})" if error.__cause__ else str(error)
    except Exception as error:  # noqa: BLE001
        return f"{name}: {type(error).__name__}: {error}"
    return ""
