"""A client of a function in this process: ASGI requests, all on one event loop."""

import asyncio
import functools
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope


@functools.cache
def event_loop() -> asyncio.AbstractEventLoop:
    """The event loop of all requests. Its thread starts with the first request, so that coverage traces it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="event loop of the tests", daemon=True).start()
    return loop


@dataclass(frozen=True)
class Reply:
    """A complete response."""

    status_code: int
    headers: Headers
    content: bytes

    @property
    def content_type(self) -> str:
        """The media type with its parameters, or an empty string."""
        return self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def get_json(self) -> Any:
        """The body as a JSON value, or None for another media type."""
        return json.loads(self.content) if "json" in self.content_type else None


@dataclass
class Exchange:
    """One request and the messages that the application sends for it.

    The application receives `body` piece by piece. After the last piece of an incomplete body the client disconnects
    (`leaves`) or sends nothing more (`waits`).
    """

    scope: Scope
    body: Iterable[bytes]
    leaves: bool = False
    waits: bool = False
    taken: int = 0
    sent: list[Message] = field(default_factory=list)

    async def run(self, app: ASGIApp) -> Reply:
        """Send the request and return the complete response."""
        pieces = iter(self.body)
        following: bytes | None = next(pieces, b"")

        async def receive() -> Message:
            nonlocal following
            piece, following = following, next(pieces, None)
            if piece is None and self.waits:
                await asyncio.Event().wait()
            if piece is None:
                return {"type": "http.disconnect"}
            self.taken += len(piece)
            more = self.leaves or self.waits or following is not None
            return {
                "type": "http.request",
                "body": piece,
                "more_body": more,
            }

        async def send(message: Message) -> None:
            self.sent.append(message)

        await app(self.scope, receive, send)
        start, *bodies = self.sent
        content = b"" if self.scope["method"] == "HEAD" else b"".join(message.get("body", b"") for message in bodies)
        return Reply(start["status"], Headers(raw=start["headers"]), content)


@dataclass(frozen=True)
class Client:
    """A client of an ASGI application. Thread-safe."""

    app: ASGIApp

    def open(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        data: bytes | str | Iterable[bytes] = b"",
        json: object = None,
        content_type: str = "",
        protocol: str = "1.1",
    ) -> Reply:
        """The response to one request. An iterable body is sent in pieces, without a Content-Length.

        Args:
            path: the path, with its query string.
            method: GET, POST, ...
            headers: in addition to those that the other arguments imply.
            data: the body.
            json: JSON body; replaces `data`.
            content_type: the body's media type.
            protocol: HTTP version.
        """
        if json is not None:
            data, content_type = _dumps(json), "application/json"
        body = data.encode() if isinstance(data, str) else data
        head = {"host": "localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
        if content_type:
            head["content-type"] = content_type
        if isinstance(body, bytes) and (body or method == "POST"):
            head["content-length"] = str(len(body))
        pieces = [body] if isinstance(body, bytes) else body
        return self.exchange(Exchange(scope(method, path, head, protocol), pieces))

    def exchange(self, exchange: Exchange) -> Reply:
        """Run one exchange, with a timeout of 60 seconds."""
        return asyncio.run_coroutine_threadsafe(exchange.run(self.app), event_loop()).result(60)

    def get(self, path: str, **options: Any) -> Reply:
        """GET."""
        return self.open(path, **options)

    def post(self, path: str, **options: Any) -> Reply:
        """POST."""
        return self.open(path, method="POST", **options)

    def head(self, path: str, **options: Any) -> Reply:
        """HEAD."""
        return self.open(path, method="HEAD", **options)

    def options(self, path: str, **options: Any) -> Reply:
        """OPTIONS."""
        return self.open(path, method="OPTIONS", **options)

    def delete(self, path: str, **options: Any) -> Reply:
        """DELETE."""
        return self.open(path, method="DELETE", **options)


def scope(method: str, path: str, head: Mapping[str, str], protocol: str = "1.1") -> Scope:
    """The ASGI scope of a request, as uvicorn builds it."""
    address, _, query = (path if path.startswith("/") else f"/{path}").partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": protocol,
        "method": method,
        "scheme": "http",
        "root_path": "",
        "path": unquote_to_bytes(address).decode("utf-8", "replace"),
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.items()],
    }


_dumps: Callable[[object], str] = json.dumps
