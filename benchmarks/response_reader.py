"""Finds the end of HTTP responses on one connection, without parsing those that are shaped like the last one."""

import re
from collections.abc import Callable

from shared.terminal import say

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_BLANK = b"\r\n\r\n"
OK = b"HTTP/1.1 200"

CLOSED = ("connexion fermée avant la fin de la réponse", "connection closed before the end of the response")
TOO_MUCH = ("reçu plus d'une réponse", "more was received than one response")
NOT_OK = ("le statut n'est pas 200 : {head!r}", "not a 200: {head!r}")
NO_LENGTH = ("réponse sans longueur : {head!r}", "a response without its length: {head!r}")


class ResponseReader:
    """Takes chunks, and tells which one ends a response. One response at a time: no pipelining."""

    __slots__ = ("_is_whole", "_length", "_received")

    def __init__(self) -> None:
        self._received = b""
        self._length = 0
        self._is_whole: Callable[[bytes], bool] = _never

    def feed(self, chunk: bytes) -> bool:
        """Take what was received; True if it ends the response.

        Raises:
            ConnectionError: the connection ended too early, the status is not 200, or more than one response came.
        """
        if not self._received and self._is_whole(chunk):
            return True
        if not chunk:
            raise ConnectionError(say(CLOSED))
        self._received += chunk
        if not self._length:
            self._length, self._is_whole = _shape(self._received)
        if not self._length or len(self._received) < self._length:
            return False
        if len(self._received) > self._length:
            raise ConnectionError(say(TOO_MUCH))
        self._received, self._length = b"", 0
        return True


def _never(_: bytes) -> bool:
    return False


def _shape(received: bytes) -> tuple[int, Callable[[bytes], bool]]:
    """From the beginning of a response: its length in bytes, and a test for whole responses of the same shape.

    The length is 0 while the head is incomplete. The same shape: the same size, status 200, and the same Content-Length
    header and end of the head at the same places.
    """
    end = received.find(_BLANK)
    if end < 0:
        return 0, _never
    if not received.startswith(OK):
        raise ConnectionError(say(NOT_OK, head=received[:300]))
    match = _LENGTH.search(received, 0, end + 2)
    if match is None:
        raise ConnectionError(say(NO_LENGTH, head=received[:300]))
    start, stop, header = match.start(), match.end(), match[0]
    body = end + len(_BLANK)
    size = body + int(match[1])

    def is_whole(chunk: bytes) -> bool:
        return len(chunk) == size and chunk[start:stop] == header and chunk[end:body] == _BLANK and chunk.startswith(OK)

    return size, is_whole
