"""The server that the Functions Framework starts, as a function wants it: gunicorn with a worker of uvicorn's.

The framework passes on no option of either. It names the worker by its place in `uvicorn_worker`, where `prepare` puts
ours, and leaves gunicorn's other settings at their defaults, which are set here before its server is made.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from urllib.parse import quote_from_bytes

import httptools
import uvicorn_worker
from gunicorn.config import ControlSocketDisable, GracefulTimeout
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server

from shared.shutdown import KILL_DEADLINE_SECONDS, REQUEST_GRACE_SECONDS, begin_shutdown

Serve = Callable[[Scope, Receive], Awaitable[Response]]

BROKEN_BODY = "augure.broken"
"""Key of a request's scope: its body ended early, or is no body at all. It is read as if it were whole."""

CYCLE = "augure.cycle"
"""Key of a request's scope: uvicorn's object for it."""

MAX_DRAIN_BYTES = 32 * 1024 * 1024
"""Part of an unwanted body that is still read after its answer, in bytes: what Cloud Run lets through at most.

It is read so that the client reads the answer and not a broken connection.
"""

_PRINTABLE = bytes(range(0x20, 0x7F)).decode()


class Connection(HttpToolsProtocol):
    """A client's connection, which answers where uvicorn's own would cut the client off."""

    drained_bytes = 0
    body_complete = True
    """Whether the body of the newest request has ended."""

    close_after_response = False
    """Whether the newest request, which has a body, asks for the connection to be closed after it."""

    head_started = False
    """Whether a part of a head has come, and not yet all of it."""

    stop_after_head = False
    """Whether the request whose head has begun is the last one, since the server stops."""

    def data_received(self, data: bytes) -> None:
        """Read on. An offer to speak another protocol (`Upgrade: h2c`) is passed over, as HTTP allows."""
        self._unset_keepalive_if_required()
        if self.body_complete and not data.isascii():
            data = _percent_encoded(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            self.data_received(head + data[offer.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _head_without_upgrade(self) -> bytes:
        kept = [(name, value) for name, value in self.headers if name not in {b"connection", b"upgrade"}]
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url), *(b"%s: %s" % pair for pair in kept)]
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.head_started = True

    def on_headers_complete(self) -> None:
        """Take note that the connection is to be closed: uvicorn would close it on what the client is still sending."""
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise httptools.HttpParserInvalidMethodError
            return  # the head comes again, without
        super().on_headers_complete()
        self.scope[CYCLE] = self.cycle  # type: ignore[literal-required]  # as for BROKEN_BODY
        self.body_complete = self.head_started = False
        self.drained_bytes = 0
        if not self.cycle.keep_alive and any(
            name in {b"content-length", b"transfer-encoding"} for name, _ in self.headers
        ):
            self.cycle.keep_alive = self.close_after_response = True
        if self.stop_after_head:
            self.cycle.keep_alive = self.close_after_response = False

    def shutdown(self) -> None:
        """The server stops: who asks nothing is closed, and whose head has begun is answered first."""
        if self.head_started:
            self.stop_after_head = True
        else:
            super().shutdown()

    def on_message_complete(self) -> None:
        """The body has ended."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self.body_complete = True
        if self.close_after_response and self.cycle.response_complete:
            self.transport.close()

    def on_response_complete(self) -> None:
        """The answer is sent. What the client is still sending is read, so that it comes to read the answer."""
        super().on_response_complete()
        if self.close_after_response and self.body_complete:
            self.transport.close()
        elif self.close_after_response:
            self.transport.write_eof()

    def on_body(self, body: bytes) -> None:
        """Forget what comes after the answer, up to `MAX_DRAIN_BYTES`."""
        if self.cycle.response_complete:
            self.drained_bytes += len(body)
            if self.drained_bytes > MAX_DRAIN_BYTES:
                self.transport.close()
        super().on_body(body)

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio.Protocol has it
        """The client sends no more, and may still read: a request that has begun is answered."""
        return self._end_body()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP. Where it is a body, the function says so, in its own words."""
        if not self._end_body():
            super().send_400_response(msg)

    def _end_body(self) -> bool:
        """No more of the body will come. Returns whether there is a request to answer."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        cycle.keep_alive = self.close_after_response = False
        if cycle.more_body:
            cycle.scope[BROKEN_BODY] = True  # type: ignore[literal-required]  # ASGI lets servers add keys
            cycle.more_body = False
            cycle.message_event.set()
        return True


def _send(cycle: RequestResponseCycle, response: Response) -> None:
    """Send an answer in one piece. uvicorn's own way is two messages, and two system calls."""
    if cycle.disconnected:
        return
    pieces: list[bytes | memoryview] = [STATUS_LINE[response.status_code]]
    for name, value in (*cycle.default_headers, *response.raw_headers):
        pieces += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        pieces.append(b"connection: close\r\n")
    pieces += (b"\r\n", b"" if cycle.scope["method"] == "HEAD" else response.body)
    cycle.transport.write(b"".join(pieces))
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive or (b"connection", b"close") in response.raw_headers:
        cycle.transport.close()
    cycle.on_response()


def _percent_encoded(data: bytes) -> bytes:
    """A request whose address a client sent as it is written (`/titre/misérables`), encoded per cent."""
    line, end, rest = data.partition(b"\r\n")
    return quote_from_bytes(line, _PRINTABLE).encode() + end + rest


class FunctionServer(Server):
    """uvicorn's server, which notes when it is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM, or Ctrl+C."""
        begin_shutdown()
        super().handle_exit(sig, frame)


class FunctionWorker(uvicorn_worker.UvicornWorker):  # type: ignore[misc]  # it has no types
    """gunicorn's worker, which ends in time and by itself, so that what waits for the end of the process is done."""

    CONFIG_KWARGS = {  # noqa: RUF012 - as uvicorn_worker has it
        "access_log": False,
        "http": Connection,
        "interface": "asgi3",
        "lifespan": "off",
        "loop": "auto",
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": REQUEST_GRACE_SECONDS,
        "ws": "none",
    }

    function: Serve

    def run(self) -> None:
        """Serve until a signal says stop.

        The function is served, and not the application that the framework has put around it: docs/adr/0012. Where the
        framework is asked to add the execution's identifier to what is printed, that application does.
        """
        self.config.app = self.wsgi if os.environ.get("LOG_EXECUTION_ID") else self._answer
        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(self._serve())

    async def _answer(self, scope: Scope, receive: Receive, _: Send) -> None:
        _send(scope[CYCLE], await self.function(scope, receive))

    async def _serve(self) -> None:
        """Outlive the signals that uvicorn sends again once it has stopped; stop gently when gunicorn is in a hurry."""
        for sent_again in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sent_again, lambda *_: None)
        signal.signal(signal.SIGQUIT, lambda *_: _stop())
        await FunctionServer(self.config).serve(sockets=self.sockets)

    async def callback_notify(self) -> None:
        """Called each second: a worker whose parent process was killed stops."""
        if os.getppid() != self.ppid:
            _stop()
        await super().callback_notify()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def install(function: Serve) -> None:
    """Let the server that is started after this be ours. It stops in `KILL_DEADLINE_SECONDS` seconds, at once if nothing is in flight."""
    FunctionWorker.function = staticmethod(function)
    ControlSocketDisable.default = True  # its end is waited for, up to four seconds, before a worker hears of the stop
    GracefulTimeout.default = KILL_DEADLINE_SECONDS
    uvicorn_worker.UvicornWorker = FunctionWorker
