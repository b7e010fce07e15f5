"""Latency of normal requests while many clients send one byte per second."""

import itertools
import math
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.client import fetch

CLIENTS = 200
"""Number of slow clients."""

BYTES = 3
"""Bytes that every slow client sends before the measurement begins."""

TIMEOUT = 5.0
"""Timeout of a normal request, seconds."""

MAX_TIMEOUTS = 3
"""Consecutive timeouts after which no more requests are sent."""


def latency_beside_slow_clients(port: int, request: bytes, count: int = 60) -> float:
    """The median latency of normal requests, each on a new connection, seconds; `inf` if most timed out.

    Args:
        port: of the server, on this machine.
        request: a whole HTTP request.
        count: normal requests at most.
    """
    with slow_clients(port, request, CLIENTS) as sent:
        deadline = time.monotonic() + 10 * BYTES
        while min(sent) < BYTES and time.monotonic() < deadline:
            time.sleep(0.05)
        taken: list[float] = []
        while len(taken) < count and taken[-MAX_TIMEOUTS:] != [math.inf] * MAX_TIMEOUTS:
            taken.append(_seconds(port, request))
    return statistics.median(taken)


def _seconds(port: int, request: bytes) -> float:
    begun = time.perf_counter()
    try:
        fetch(port, request, TIMEOUT)
    except OSError:
        return math.inf
    return time.perf_counter() - begun


@contextmanager
def slow_clients(port: int, request: bytes, clients: int) -> Iterator[list[int]]:
    """Clients that send the request at one byte per second, spread evenly over the second.

    Yields the live list of how many bytes each has sent. A client whose connection ends starts again.

    Args:
        port: of the server, on this machine.
        request: a whole HTTP request.
        clients: their number.
    """
    sent = [0] * clients
    stop = threading.Event()
    thread = threading.Thread(target=_send_slowly, args=(port, request, sent, stop))
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


def _send_slowly(port: int, request: bytes, sent: list[int], stop: threading.Event) -> None:
    """Send one byte per second and client until `stop` is set; counts the bytes in `sent`."""
    connections: list[socket.socket | None] = [None] * len(sent)
    begun = time.monotonic()
    for tick in itertools.count():
        if stop.wait(max(0.0, begun + tick / len(sent) - time.monotonic())):
            break
        client = tick % len(sent)
        try:
            connection = connections[client] or _connect(port)
            connections[client] = connection
            position = sent[client] % len(request)
            connection.send(request[position : position + 1])
            sent[client] += 1
        except OSError:
            if (ended := connections[client]) is not None:
                ended.close()
            connections[client], sent[client] = None, 0
    for connection in filter(None, connections):
        connection.close()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
