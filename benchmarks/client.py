"""A client that costs little: whole requests written to sockets, whole answers read, no parsing beyond the length."""

import re
import selectors
import socket
import time

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def ask(port: int, request: bytes) -> bytes:
    """Send one request on a new connection, and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return _answer(connection)


def latencies(port: int, request: bytes, count: int) -> list[float]:
    """Send `count` requests one after the other on one connection: the seconds that each took."""
    taken = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            begun = time.perf_counter()
            connection.sendall(request)
            _answer(connection)
            taken.append(time.perf_counter() - begun)
    return taken


def throughput(port: int, request: bytes, clients: int, count: int) -> float:
    """Answers in a second with `clients` connections that each wait for their answer before they ask again.

    Raises:
        ConnectionError: the server closed a connection.
    """
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(request)
        begun = time.perf_counter()
        answered = 0
        while answered < count:
            for key, _ in selector.select():
                ready = key.fileobj
                assert isinstance(ready, socket.socket)  # noqa: S101  # narrows the type: only sockets are registered
                _answer(ready)
                ready.sendall(request)
                answered += 1
        elapsed = time.perf_counter() - begun
        for key in list(selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)  # noqa: S101  # as above
            key.fileobj.close()
    return answered / elapsed


def _answer(connection: socket.socket) -> bytes:
    """Read one answer whole.

    Raises:
        ConnectionError: the connection ended before it.
    """
    received = b""
    while True:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("connection closed before the end of the answer")
        received += chunk
        head, blank, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if blank and length and len(body) >= int(length[1]):
            return received
