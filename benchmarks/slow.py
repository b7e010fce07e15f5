"""Clients that send one byte a second, and a normal request beside them."""

import itertools
import math
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.client import ask

CLIENTS = 200
BYTES = 3
"""Bytes that every slow client has sent before anything is measured."""
PATIENCE = 5.0
"""Time after which a normal request is given up, seconds."""
GIVEN_UP = 3
"""Requests given up one after the other, after which no more are sent."""


def beside(port: int, request: bytes, count: int = 60) -> float:
    """The median seconds of normal requests, each on a connection of its own, beside the slow clients.

    `inf` where most were given up.
    """
    with dripping(port, request, CLIENTS) as sent:
        limit = time.monotonic() + 10 * BYTES
        while min(sent) < BYTES and time.monotonic() < limit:
            time.sleep(0.05)
        taken: list[float] = []
        while len(taken) < count and taken[-GIVEN_UP:] != [math.inf] * GIVEN_UP:
            taken.append(_seconds(port, request))
    return statistics.median(taken)


def _seconds(port: int, request: bytes) -> float:
    begun = time.perf_counter()
    try:
        ask(port, request, PATIENCE)
    except OSError:
        return math.inf
    return time.perf_counter() - begun


@contextmanager
def dripping(port: int, request: bytes, clients: int) -> Iterator[list[int]]:
    """Let clients send the request, one byte a second each, their moments spread over the second.

    Gives how many bytes each has sent, while it goes on. A client whose connection ends begins again.
    """
    sent = [0] * clients
    connections: list[socket.socket | None] = [None] * clients
    done = threading.Event()

    def drip() -> None:
        begun = time.monotonic()
        for turn in itertools.count():
            if done.wait(max(0.0, begun + turn / clients - time.monotonic())):
                return
            place = turn % clients
            try:
                connection = connections[place] or _connected(port)
                connections[place] = connection
                at = sent[place] % len(request)
                connection.send(request[at : at + 1])
                sent[place] += 1
            except OSError:
                if (ended := connections[place]) is not None:
                    ended.close()
                connections[place], sent[place] = None, 0

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield sent
    finally:
        done.set()
        thread.join()
        for connection in connections:
            if connection is not None:
                connection.close()


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
