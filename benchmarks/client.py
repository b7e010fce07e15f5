"""A cheap HTTP client: writes whole requests to sockets, and reads whole responses without parsing them."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.response_reader import ResponseReader
from shared.terminal import say

CHUNK = 1 << 18
"""Size of one read, bytes."""


@dataclass(frozen=True)
class Load:
    """A server under load: responses per second, and the sorted latencies in seconds."""

    rate: float
    latencies: list[float]


def fetch(port: int, request: bytes, timeout: float = 10.0) -> bytes:
    """Send one request on a new connection, and return the whole response.

    Args:
        port: of the server, on this machine.
        request: a whole HTTP request.
        timeout: of connecting and of each read, seconds.

    Raises:
        OSError: no connection, no response in time, or a status other than 200.
    """
    with _connect(port, timeout) as connection:
        connection.sendall(request)
        received, reader = b"", ResponseReader()
        while True:
            chunk = connection.recv(CHUNK)
            received += chunk
            if reader.feed(chunk):
                return received


def latencies(port: int, request: bytes, count: int, timeout: float = 30.0) -> list[float]:
    """Send requests one after the other on one connection: the latency of each, seconds.

    Args:
        port: of the server, on this machine.
        request: a whole HTTP request.
        count: requests at most.
        timeout: seconds after which no other request is sent.
    """
    taken: list[float] = []
    reader = ResponseReader()
    with _connect(port) as connection:
        deadline = time.perf_counter() + timeout
        while len(taken) < count and time.perf_counter() < deadline:
            begun = time.perf_counter()
            connection.sendall(request)
            while not reader.feed(connection.recv(CHUNK)):
                pass
            taken.append(time.perf_counter() - begun)
    return taken


def measure_load(port: int, request: bytes, clients: int, count: int, timeout: float = 10.0) -> Load:
    """Send requests on many connections; each sends its next request after the response to its last one.

    The first `clients` responses are not counted: the server still starts threads and opens connections.

    Args:
        port: of the server, on this machine.
        request: a whole HTTP request.
        clients: number of connections.
        count: responses that are counted, at most.
        timeout: seconds after which the measurement ends.

    Raises:
        OSError: a connection ended, a status was not 200, or fewer than two responses counted.
    """
    with _connections(port, clients) as connections, select.epoll() as poll:
        for descriptor in connections:
            poll.register(descriptor, select.EPOLLIN)
        moments, taken = _cycle(poll, connections, request, clients + count, timeout)
    counted = len(taken) - clients
    if counted < 2:
        text = (
            "{count} réponses à {clients} clients en {timeout} secondes",
            "{count} responses to {clients} clients in {timeout} seconds",
        )
        raise TimeoutError(say(text, count=len(taken), clients=clients, timeout=timeout))
    return Load(counted / (moments[-1] - moments[clients - 1]), sorted(taken[clients:]))


def _cycle(
    poll: select.epoll, connections: dict[int, socket.socket], request: bytes, count: int, timeout: float
) -> tuple[list[float], list[float]]:
    """Send requests on all connections until `count` responses came: their times and their latencies, seconds."""
    now = time.perf_counter
    feed = {descriptor: ResponseReader().feed for descriptor in connections}
    sent: dict[int, float] = {}
    moments: list[float] = []
    taken: list[float] = []
    moment = now()
    deadline = moment + timeout
    for descriptor, connection in connections.items():
        sent[descriptor] = now()
        connection.sendall(request)
    while len(taken) < count and moment < deadline:
        for descriptor, _ in poll.poll(timeout):
            connection = connections[descriptor]
            if feed[descriptor](connection.recv(CHUNK)):
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
            connection = _connect(port)
            connections[connection.fileno()] = connection
        yield connections
    finally:
        for connection in connections.values():
            connection.close()


def _connect(port: int, timeout: float = 10.0) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
