"""One connection's answers, cut at their length: no regular expression where an answer has the shape of the last."""

import re
from collections.abc import Callable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_BLANK = b"\r\n\r\n"
OK = b"HTTP/1.1 200"


class Answers:
    """Chunks in, whole answers counted. One answer at a time: whoever asks waits before asking again."""

    __slots__ = ("_fits", "_needed", "_received")

    def __init__(self) -> None:
        self._received = b""
        self._needed = 0
        self._fits: Callable[[bytes], bool] = _never

    def ended(self, chunk: bytes) -> bool:
        """Take what was received: True where it ends the answer.

        Raises:
            ConnectionError: the connection ended before, the status is not 200, or there is more than one answer.
        """
        if not self._received and self._fits(chunk):
            return True
        if not chunk:
            raise ConnectionError("connection closed before the end of the answer")
        self._received += chunk
        if not self._needed:
            self._needed, self._fits = _measured(self._received)
        if not self._needed or len(self._received) < self._needed:
            return False
        if len(self._received) > self._needed:
            raise ConnectionError("more was received than one answer")
        self._received, self._needed = b"", 0
        return True


def _never(_: bytes) -> bool:
    return False


def _measured(received: bytes) -> tuple[int, Callable[[bytes], bool]]:
    """The whole length in bytes of the answer that begins so, and what tells another of that shape.

    0 while the head is not there. The shape: as long, 200, the same length said at the same place, and a head that ends
    at the same place.
    """
    end = received.find(_BLANK)
    if end < 0:
        return 0, _never
    if not received.startswith(OK):
        raise ConnectionError(f"not a 200: {received[:300]!r}")
    length = _LENGTH.search(received, 0, end + 2)
    if length is None:
        raise ConnectionError(f"an answer without its length: {received[:300]!r}")
    start, stop, said = length.start(), length.end(), length[0]
    body = end + len(_BLANK)
    whole = body + int(length[1])

    def fits(chunk: bytes) -> bool:
        return len(chunk) == whole and chunk[start:stop] == said and chunk[end:body] == _BLANK and chunk.startswith(OK)

    return whole, fits
