"""A client that costs little: whole requests written to sockets, whole answers read, no parsing beyond the length."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.answers import Answers

CHUNK = 1 << 18
"""Most bytes read at once."""


@dataclass(frozen=True)
class Load:
    """What a server did under load: answers a second, and the seconds that each answer took, sorted."""

    rate: float
    taken: list[float]


def ask(port: int, request: bytes, timeout: float = 10.0) -> bytes:
    """Send one request on a new connection, and return the whole answer. `timeout`: seconds for each wait.

    Raises:
        OSError: no connection, no answer in time, or one that is not a 200.
    """
    with _connected(port, timeout) as connection:
        connection.sendall(request)
        received, answers = b"", Answers()
        while True:
            chunk = connection.recv(CHUNK)
            received += chunk
            if answers.ended(chunk):
                return received


def latencies(port: int, request: bytes, count: int, longest: float = 30.0) -> list[float]:
    """Send requests one after the other on one connection: the seconds that each took.

    Args:
        port: the server's.
        request: a whole HTTP request.
        count: how many, where they take less than `longest` seconds together.
        longest: seconds after which no other is sent.
    """
    taken: list[float] = []
    answers = Answers()
    with _connected(port) as connection:
        limit = time.perf_counter() + longest
        while len(taken) < count and time.perf_counter() < limit:
            begun = time.perf_counter()
            connection.sendall(request)
            while not answers.ended(connection.recv(CHUNK)):
                pass
            taken.append(time.perf_counter() - begun)
    return taken


def loaded(port: int, request: bytes, clients: int, count: int, longest: float = 10.0) -> Load:
    """Ask with `clients` connections that each wait for their answer before they ask again.

    The first `clients` answers are not counted: the server's threads start and its connections open.

    Args:
        port: the server's.
        request: a whole HTTP request.
        clients: connections.
        count: answers, where they come within `longest` seconds.
        longest: seconds after which the measure ends all the same.

    Raises:
        OSError: a connection ended, an answer was not a 200, or hardly any came.
    """
    with _connections(port, clients) as connections, select.epoll() as poll:
        for descriptor in connections:
            poll.register(descriptor, select.EPOLLIN)
        moments, taken = _cycle(poll, connections, request, clients + count, longest)
    counted = len(taken) - clients
    if counted < 2:
        raise TimeoutError(f"{len(taken)} answers to {clients} clients in {longest} seconds")
    return Load(counted / (moments[-1] - moments[clients - 1]), sorted(taken[clients:]))


def _cycle(
    poll: select.epoll, connections: dict[int, socket.socket], request: bytes, count: int, longest: float
) -> tuple[list[float], list[float]]:
    """Ask on every connection, and again after each answer: the moment of each answer, and the seconds it took."""
    now = time.perf_counter
    ended = {descriptor: Answers().ended for descriptor in connections}
    sent: dict[int, float] = {}
    moments: list[float] = []
    taken: list[float] = []
    moment = now()
    limit = moment + longest
    for descriptor, connection in connections.items():
        sent[descriptor] = now()
        connection.sendall(request)
    while len(taken) < count and moment < limit:
        for descriptor, _ in poll.poll(longest):
            connection = connections[descriptor]
            if ended[descriptor](connection.recv(CHUNK)):
                moment = now()
                taken.append(moment - sent[descriptor])
                moments.append(moment)
                sent[descriptor] = moment
                connection.sendall(request)
        moment = now()
    return moments, taken


@contextmanager
def _connections(port: int, count: int) -> Iterator[dict[int, socket.socket]]:
    connections: dict[int, socket.socket] = {}
    try:
        for _ in range(count):
            connection = _connected(port)
            connections[connection.fileno()] = connection
        yield connections
    finally:
        for connection in connections.values():
            connection.close()


def _connected(port: int, timeout: float = 10.0) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
