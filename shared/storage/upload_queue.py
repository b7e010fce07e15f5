"""Objects on their way to a bucket, written by a thread of their own: nobody waits for a bucket.

What may wait is bounded in bytes. What does not fit, and what the bucket does not take, is reported and lost.
"""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable

from shared.diagnostics import report
from shared.errors import BucketError
from shared.shutdown import seconds_left
from shared.storage.bucket import Bucket

MOST_BYTES = 32 * 1024 * 1024
SECONDS = 10.0
"""How long one object may take, all attempts together."""

LAST_SECONDS = 5.0
"""How long the end of the process waits for what is still here: Cloud Run ends it 10 seconds after SIGTERM."""


class Outbox:
    """A queue in front of one bucket. Its thread starts with the first object: in a worker, and not before the fork."""

    def __init__(self, open_bucket: Callable[[], Bucket], most_bytes: int = MOST_BYTES) -> None:
        self._open, self._most_bytes = open_bucket, most_bytes
        self._waiting: deque[tuple[str, bytes, str]] = deque()
        self._bytes = 0
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._end = float("inf")

    def put(self, name: str, content: bytes, media_type: str) -> bool:
        """Hand an object over. Never waits.

        Args:
            name: the object's name, which no other object has.
            content: its content.
            media_type: its Content-Type.

        Returns:
            False where too much is waiting already, or no thread is to be had: the object will not be written.
        """
        with self._change:
            if self._bytes + len(content) > self._most_bytes or not self._works():
                return False
            self._bytes += len(content)
            self._waiting.append((name, content, media_type))
            self._change.notify_all()
        return True

    def _works(self) -> bool:
        """Whether there is a thread to write with; the first object starts it."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread is to be had
                return False
            self._thread = thread
            atexit.register(self.flush)
        return True

    def flush(self, seconds: float = LAST_SECONDS) -> None:
        """Wait until everything is written, `seconds` at most; what is not is reported, once, and given up."""
        seconds = seconds_left(seconds)
        end = time.monotonic() + seconds
        with self._change:
            self._end = end
            self._change.wait_for(lambda: self._bytes == 0, seconds)
            self._end = float("inf")
            while self._waiting:
                name, content, _ = self._waiting.popleft()
                self._bytes -= len(content)
                report("ERROR", f"{name} not kept: the process ends")

    def settle(self, seconds: float) -> None:
        """Wait until everything is written, `seconds` at most; what is not goes on waiting."""
        with self._change:
            self._change.wait_for(lambda: self._bytes == 0, seconds)

    def _run(self) -> None:
        bucket = self._open()
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting)
                entry = self._waiting[0]
                deadline = min(time.monotonic() + SECONDS, self._end)
            failure = _create(bucket, *entry, deadline)
            with self._change:
                if not self._waiting or self._waiting[0] is not entry:
                    continue  # given up meanwhile, and reported, by flush
                self._waiting.popleft()
                self._bytes -= len(entry[1])
                if failure:
                    report("ERROR", f"gs://{bucket.name} has not kept {failure}")
                self._change.notify_all()


def _create(bucket: Bucket, name: str, content: bytes, media_type: str, deadline: float) -> str:
    """Write one object. Whatever happens to it, the thread must outlive it: the failure's text, or nothing."""
    try:
        bucket.create(name, content, media_type, deadline)
    except BucketError as error:
        return f"{error} ({error.__cause__})" if error.__cause__ else str(error)
    except Exception as error:  # noqa: BLE001
        return f"{name}: {type(error).__name__}: {error}"
    return ""
