"""Changes the server that the Functions Framework starts: gunicorn with a uvicorn worker.

The framework passes no options to either. It takes the worker class from `uvicorn_worker`, where `install` puts ours,
and keeps gunicorn's defaults, which `install` changes.
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
"""Key in the ASGI scope of a request whose body ended early or is no valid HTTP."""

CYCLE = "augure.cycle"
"""Key in the ASGI scope of uvicorn's `RequestResponseCycle`."""

MAX_DRAIN_BYTES = 32 * 1024 * 1024
"""Largest part of a body that is read and dropped after the response, in bytes: Cloud Run's limit of a request.

Otherwise the client would see a reset connection instead of the response.
"""

_PRINTABLE = bytes(range(0x20, 0x7F)).decode()


class Connection(HttpToolsProtocol):
    """A connection that sends a response in cases where uvicorn only closes it."""

    drained_bytes = 0
    """Bytes of the body that arrived after the response."""

    body_complete = True
    """Whether the body of the latest request has ended."""

    close_after_response = False
    """Whether the latest request has a body and asks to close the connection."""

    head_started = False
    """Whether a head has started and is not complete."""

    stop_after_head = False
    """Whether to close the connection after the request whose head has started: the server stops."""

    def data_received(self, data: bytes) -> None:
        """Parse data. An `Upgrade` header, such as `h2c`, is ignored, as HTTP allows."""
        self._unset_keepalive_if_required()
        if self.body_complete and not data.isascii():
            data = _percent_encoded(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            self.data_received(head + data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _head_without_upgrade(self) -> bytes:
        headers = [(name, value) for name, value in self.headers if name not in {b"connection", b"upgrade"}]
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url), *(b"%s: %s" % pair for pair in headers)]
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """Note that a head has started."""
        super().on_message_begin()
        self.head_started = True

    def on_headers_complete(self) -> None:
        """Keep the connection open until the body is read: uvicorn would close it while the client is still sending."""
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise httptools.HttpParserInvalidMethodError
            return  # `data_received` parses the head again, without `Upgrade`
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
        """Close the connection if it is idle. A request whose head has started is served first."""
        if self.head_started:
            self.stop_after_head = True
        else:
            super().shutdown()

    def on_message_complete(self) -> None:
        """Note the end of the body, and close the connection if the response is sent."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self.body_complete = True
        if self.close_after_response and self.cycle.response_complete:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Close the connection if the body is complete, else the sending side only: the client may still be sending."""
        super().on_response_complete()
        if self.close_after_response and self.body_complete:
            self.transport.close()
        elif self.close_after_response:
            self.transport.write_eof()

    def on_body(self, body: bytes) -> None:
        """Drop what arrives after the response, up to `MAX_DRAIN_BYTES`."""
        if self.cycle.response_complete:
            self.drained_bytes += len(body)
            if self.drained_bytes > MAX_DRAIN_BYTES:
                self.transport.close()
        super().on_body(body)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio.Protocol returns bool | None
        """Serve a request that has started: the client may still read after it has stopped sending."""
        return self._end_body()

    def send_400_response(self, msg: str) -> None:
        """Respond to invalid HTTP. If it is in a body, the function responds."""
        if not self._end_body():
            super().send_400_response(msg)

    def _end_body(self) -> bool:
        """Mark the body as broken. Returns whether a request is waiting for its response."""
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
    """Send a response with one system call. uvicorn takes two."""
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
    """Percent-encode the target of a request that a client sent raw (`/titre/misérables`)."""
    line, end, rest = data.partition(b"\r\n")
    return quote_from_bytes(line, _PRINTABLE).encode() + end + rest


class FunctionServer(Server):
    """uvicorn's server, which notes the time of SIGTERM."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle SIGTERM or Ctrl+C."""
        begin_shutdown()
        super().handle_exit(sig, frame)


class FunctionWorker(uvicorn_worker.UvicornWorker):  # type: ignore[misc]  # it has no types
    """gunicorn's worker. It exits by itself and in time, so that `atexit` functions run."""

    CONFIG_KWARGS = {  # noqa: RUF012 - the base class declares it so
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
        """Serve until a signal stops the worker.

        Requests go straight to the function, not through the framework's application (docs/adr/0012), unless
        LOG_EXECUTION_ID asks for what that application adds to printed lines.
        """
        self.config.app = self.wsgi if os.environ.get("LOG_EXECUTION_ID") else self._answer
        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(self._serve())

    async def _answer(self, scope: Scope, receive: Receive, _: Send) -> None:
        _send(scope[CYCLE], await self.function(scope, receive))

    async def _serve(self) -> None:
        """Ignore the signals that uvicorn raises again after its shutdown; treat gunicorn's SIGQUIT as SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGQUIT, lambda *_: _stop())
        await FunctionServer(self.config).serve(sockets=self.sockets)

    async def callback_notify(self) -> None:
        """Called each second. Stops the worker if its parent process was killed."""
        if os.getppid() != self.ppid:
            _stop()
        await super().callback_notify()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def install(function: Serve) -> None:
    """Make the framework's server use `FunctionWorker` and stop within `KILL_DEADLINE_SECONDS`.

    Without requests in flight it stops at once.
    """
    FunctionWorker.function = staticmethod(function)
    ControlSocketDisable.default = True  # its shutdown delays the worker's by up to four seconds
    GracefulTimeout.default = KILL_DEADLINE_SECONDS
    uvicorn_worker.UvicornWorker = FunctionWorker
