"""A connection by itself: what it makes of bytes, and what it sends. The real server: tests/e2e/test_connections.py."""

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


class Recorded(asyncio.Transport):
    """What was sent, and whether the connection was closed, for writing or altogether."""

    def __init__(self) -> None:
        super().__init__()
        self.sent, self.closed, self.ended = b"", False, False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def echo(scope: Scope, receive: Receive, _: Send) -> None:
    """Answer the path and the body, or what is wrong with it; `/early` without a look at it."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = scope["path"].encode() + b" " + body + (b" broken" if BROKEN_BODY in scope else b"")
    response = Response(text)
    response.raw_headers = [(b"content-length", b"%d" % len(text))]
    _send(scope[CYCLE], response)


def connection(*events: bytes | str) -> Recorded:
    """The transport after some bytes, or `eof` or `stop`, each followed by whatever they set off."""

    async def run() -> Recorded:
        config = Config(echo, http=Connection, interface="asgi3", ws="none", lifespan="off", log_config=None)
        config.load()
        made, transport = Connection(config, ServerState(), {}, asyncio.get_running_loop()), Recorded()
        made.connection_made(transport)
        for event in events:
            act: dict[Any, Any] = {"eof": made.eof_received, "stop": made.shutdown}
            act[event]() if isinstance(event, str) else made.data_received(event)
            for _ in range(5):
                await asyncio.sleep(0)
        return transport

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("events", "body", "closed", "ended"),
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
def test_a_request_is_answered_in_one_piece(
    events: tuple[bytes | str, ...],
    body: bytes,
    closed: bool,  # noqa: FBT001
    ended: bool,  # noqa: FBT001
) -> None:
    transport = connection(*events)
    head, _, rest = transport.sent.partition(b"\r\n\r\n")
    assert (head.partition(b"\r\n")[0], rest) == (b"HTTP/1.1 200 OK", body)
    assert (transport.closed, transport.ended) == (closed, ended)


def test_an_answer_to_head_has_no_body() -> None:
    assert connection(GET.replace(b"GET", b"HEAD") + b"\r\n").sent == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"


@pytest.mark.parametrize("sent", [b"GARBAGE\r\n\r\n", GET.replace(b"GET /a", b"CONNECT a:80") + b"\r\n"])
def test_what_is_no_http_is_refused(sent: bytes) -> None:
    transport = connection(sent)
    assert transport.sent.startswith(b"HTTP/1.1 400 Bad Request")
    assert transport.closed


def test_what_comes_after_an_answer_is_read_up_to_a_limit() -> None:
    head = POST.replace(b"/a", b"/early").replace(b"4", b"99999999") + b"\r\n"
    assert not connection(head, b" " * 1000).closed
    assert connection(head, b" " * (33 * 1024 * 1024)).closed


def test_that_limit_is_of_each_request_and_not_of_the_connection() -> None:
    size = 20 * 1024 * 1024
    refused = POST.replace(b"/a", b"/early").replace(b"4", b"%d" % size) + b"\r\n"
    transport = connection(*[refused, b" " * size] * 3, GET + b"\r\n")
    assert not transport.closed
    assert transport.sent.endswith(b"/a ")


def test_a_header_that_comes_several_times_is_one_list() -> None:
    headers = [(b"accept-language", b"de"), (b"x", b"1"), (b"accept-language", b"en;q=0.5")]
    scope = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": headers}
    call = read_head(scope)
    assert (call.header(b"accept-language"), call.header(b"x"), call.language) == ("de, en;q=0.5", "1", "en")
