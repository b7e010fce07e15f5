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
    connections: list[socket.socket | None] = [None] * clients
    done = threading.Event()

    def send_bytes() -> None:
        begun = time.monotonic()
        for tick in itertools.count():
            if done.wait(max(0.0, begun + tick / clients - time.monotonic())):
                return
            client = tick % clients
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

    thread = threading.Thread(target=send_bytes)
    thread.start()
    try:
        yield sent
    finally:
        done.set()
        thread.join()
        for connection in connections:
            if connection is not None:
                connection.close()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
