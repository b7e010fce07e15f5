"""`shared.web.server.Connection` without a socket. With a real server: tests/e2e/test_connections.py."""

import asyncio
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from shared.web.request import read_head
from shared.web.server import BROKEN_BODY, CYCLE, Connection, _send

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


class RecordingTransport(asyncio.Transport):
    """A transport that records the bytes sent, `close` and `write_eof`."""

    def __init__(self) -> None:
        super().__init__()
        self.sent, self.closed, self.eof_written = b"", False, False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def write_eof(self) -> None:
        self.eof_written = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def echo(scope: Scope, receive: Receive, _: Send) -> None:
    """Respond with the path, the body and whether it is broken; `/early` responds before reading the body."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = scope["path"].encode() + b" " + body + (b" broken" if BROKEN_BODY in scope else b"")
    response = Response(text)
    response.raw_headers = [(b"content-length", b"%d" % len(text))]
    _send(scope[CYCLE], response)


def transport_after(*events: bytes | str) -> RecordingTransport:
    """The transport after these events in turn: received bytes, `eof` or `stop`."""

    async def run() -> RecordingTransport:
        config = Config(echo, http=Connection, interface="asgi3", ws="none", lifespan="off", log_config=None)
        config.load()
        protocol, transport = Connection(config, ServerState(), {}, asyncio.get_running_loop()), RecordingTransport()
        protocol.connection_made(transport)
        for event in events:
            actions: dict[Any, Any] = {"eof": protocol.eof_received, "stop": protocol.shutdown}
            actions[event]() if isinstance(event, str) else protocol.data_received(event)
            for _ in range(5):
                await asyncio.sleep(0)
        return transport

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("events", "body", "closed", "eof_written"),
    [
        ((GET + b"\r\n",), b"/a ", False, False),
        ((POST + b"\r\nbody",), b"/a body", False, False),
        ((POST + b"\r\nbo", b"dy"), b"/a body", False, False),
        ((POST + b"\r\nbo", "eof"), b"/a bo broken", True, False),
        (
            (POST.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"\r\nzz\r\n",),
            b"/a  broken",
            True,
            False,
        ),
        ((POST + b"Connection: close\r\n\r\nbody",), b"/a body", True, False),
        ((POST.replace(b"/a", b"/early") + b"Connection: close\r\n\r\n",), b"/early ", False, True),
        ((POST.replace(b"/a", b"/early") + b"Connection: close\r\n\r\n", b"body"), b"/early ", True, True),
        ((POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nbody",), b"/a body", False, False),
        ((GET.replace(b"/a", "/é".encode()) + b"\r\n",), "/é ".encode(), False, False),
        ((GET, "stop", b"\r\n"), b"/a ", True, False),
        ((GET + b"\r\n", "stop"), b"/a ", True, False),
    ],
)
def test_a_request_is_answered_and_the_connection_kept_or_closed(
    events: tuple[bytes | str, ...],
    body: bytes,
    closed: bool,  # noqa: FBT001
    eof_written: bool,  # noqa: FBT001
) -> None:
    transport = transport_after(*events)
    head, _, rest = transport.sent.partition(b"\r\n\r\n")
    assert (head.partition(b"\r\n")[0], rest) == (b"HTTP/1.1 200 OK", body)
    assert (transport.closed, transport.eof_written) == (closed, eof_written)


def test_a_response_to_head_has_no_body() -> None:
    assert (
        transport_after(GET.replace(b"GET", b"HEAD") + b"\r\n").sent == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"
    )


@pytest.mark.parametrize("sent", [b"GARBAGE\r\n\r\n", GET.replace(b"GET /a", b"CONNECT a:80") + b"\r\n"])
def test_invalid_http_is_400(sent: bytes) -> None:
    transport = transport_after(sent)
    assert transport.sent.startswith(b"HTTP/1.1 400 Bad Request")
    assert transport.closed


def test_an_unread_body_is_drained_up_to_a_limit() -> None:
    head = POST.replace(b"/a", b"/early").replace(b"4", b"99999999") + b"\r\n"
    assert not transport_after(head, b" " * 1000).closed
    assert transport_after(head, b" " * (33 * 1024 * 1024)).closed


def test_the_drain_limit_applies_to_each_request() -> None:
    size = 20 * 1024 * 1024
    head = POST.replace(b"/a", b"/early").replace(b"4", b"%d" % size) + b"\r\n"
    transport = transport_after(*[head, b" " * size] * 3, GET + b"\r\n")
    assert not transport.closed
    assert transport.sent.endswith(b"/a ")


def test_repeated_headers_are_joined() -> None:
    headers = [(b"accept-language", b"de"), (b"x", b"1"), (b"accept-language", b"en;q=0.5")]
    scope = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": headers}
    request = read_head(scope)
    assert (request.header(b"accept-language"), request.header(b"x"), request.language) == ("de, en;q=0.5", "1", "en")
