"""HTTP, and nothing else: limits, routes, languages, CORS, problem bodies. No module below it sees the framework.

A handler that is a coroutine function runs in the event loop, beside every other request, and so must be quick; any
other one runs in a thread.
"""

import asyncio
import inspect
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import functions_framework.aio
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from shared import i18n
from shared.errors import (
    AugureError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    NotReady,
    Text,
)
from shared.request import JSON, Call, read_body, read_head
from shared.request_log import report
from shared.routing import Table
from shared.server import prepare
from shared.threads import in_thread

PROBLEM = "application/problem+json"
QUICK_BYTES = 16 * 1024
"""Up to this size, in bytes, a body's rows are computed in the event loop: a millisecond. Beyond it a thread does."""

_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
Extra = tuple[tuple[str, str], ...]
Headers = list[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True):
    """What a handler returns: bytes of one media type."""

    content: bytes
    media_type: str = JSON
    status: int = 200
    headers: Extra = ()


Handler = Callable[[Call], Any]
"""Gives an `Answer`, at once or as a coroutine."""


class Route(msgspec.Struct, frozen=True):
    """One method of one path. A `prediction` leaves a line in the log.

    For OpenAPI: `request` and `response` are the types of the bodies; `parameters` is a struct of the path's arguments
    and of the query string's.
    """

    method: str
    path: str
    handler: Handler
    summary: Text
    prediction: bool = False
    request: Any = None
    response: Any = None
    media_type: str = JSON
    parameters: Any = None


class Limits(msgspec.Struct, frozen=True):
    """What protects the process before anything is parsed, and which other origins may call.

    `private` keeps the words of an internal error off stderr: they may quote the request.
    """

    max_body_bytes: int
    cors_origins: frozenset[str] = frozenset()
    private: bool = False


View = Callable[[Request], Awaitable[Response]]
Finished = Callable[[Call, Answer, float], None]


class _Bare(Response):
    """An answer whose headers are all there: Starlette adds none."""

    def __init__(self, content: bytes, status: int, headers: Headers) -> None:
        self.body, self.status_code, self.raw_headers, self.background = content, status, headers, None


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer whose body is `value` as JSON."""
    return Answer(msgspec.json.encode(value), status=status)


def application(name: str, routes: Sequence[Route], limits: Limits, finished: Finished) -> View:
    """A function of Starlette's request, registered as the target `name` of the Functions Framework's ASGI mode.

    Args:
        name: the target.
        routes: what it answers.
        limits: what it refuses unread.
        finished: told of each prediction request when its answer is ready: call, answer, seconds.
    """
    table = Table([msgspec.structs.replace(route, handler=_in_the_loop(route.handler)) for route in routes])

    async def serve(scope: Scope, receive: Receive) -> Response:
        started = time.perf_counter()
        call = read_head(scope)
        route: Route | None = None
        try:
            route = table.exact.get((call.method, call.path)) or _match(table, call)
            if route is None:
                return _response(_options(table, call, limits), call, limits)
            call.route = route.path
            if route.method == "POST":
                call.body = await read_body(call, scope, receive, limits.max_body_bytes)
            answer = await route.handler(call)
        except AugureError as error:
            answer = _problem(error, call)
        except asyncio.CancelledError:  # the process ends, and has waited for this request as long as it may
            answer = _problem(NotReady(i18n.STOPPING, code="stopping"), call)
        except Exception as error:  # noqa: BLE001  # the framework would send its text to the client
            report("ERROR", f"request {call.request_id}\n{_cause(error, limits)}")
            answer = _problem(InternalError(i18n.INTERNAL), call)
        if route is not None and route.prediction:
            if len(call.body) <= QUICK_BYTES:
                finished(call, answer, time.perf_counter() - started)
            else:
                await in_thread(finished, call, answer, time.perf_counter() - started)
        return _response(answer, call, limits)

    async def view(request: Request) -> Response:
        return await serve(request.scope, request.receive)

    view.__name__ = name
    functions_framework.aio.http(view)
    prepare(serve)
    return view


def _in_the_loop(handler: Handler) -> Callable[[Call], Awaitable[Answer]]:
    if inspect.iscoroutinefunction(handler):
        return handler

    async def threaded(call: Call) -> Answer:
        answer = await in_thread(handler, call)
        assert isinstance(answer, Answer)  # noqa: S101  # narrows the type: it is no coroutine function
        return answer

    return threaded


def _match(table: Table[Route], call: Call) -> Route | None:
    """The route of a request, with its arguments; None where it only asks what there is."""
    if found := table.find(call.method, call.path):
        route, arguments = found
        call.arguments = {name: value.removesuffix("/") for name, value in arguments.items()}
        return route
    allowed = ", ".join(table.allowed(call.path))
    if not allowed:
        raise NotFound(i18n.fill(i18n.NOT_FOUND, path=call.path))
    if call.method == "OPTIONS":
        return None
    text = i18n.fill(i18n.METHOD_NOT_ALLOWED, path=call.path, allowed=allowed, method=call.method)
    raise MethodNotAllowed(text, headers=(("Allow", allowed),))


def _options(table: Table[Route], call: Call, limits: Limits) -> Answer:
    allowed = ", ".join(table.allowed(call.path))
    headers: Extra = (("Allow", allowed),)
    if limits.cors_origins and b"access-control-request-method" in call.headers:
        headers += (
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type"),
            ("Access-Control-Max-Age", "600"),
        )
    return Answer(b"", status=204, headers=headers)


def _problem(error: AugureError, call: Call) -> Answer:
    """The error as RFC 9457 writes it, with `error` for clients of the original programs."""
    call.error = error
    detail = i18n.pick(error.detail, call.language)
    body = {
        **error.details,
        "type": "about:blank",
        "title": i18n.pick(i18n.TITLES[error.status], call.language),
        "status": error.status,
        "detail": detail,
        "code": error.code,
        "request_id": call.request_id,
        "errors": [{"pointer": at, "detail": i18n.pick(text, call.language)} for at, text in error.faults],
        "error": detail,
    }
    return Answer(msgspec.json.encode(body), PROBLEM, error.status, error.headers)


def _cause(error: BaseException, limits: Limits) -> str:
    """The traceback; without the words of its errors where those are private."""
    if not limits.private:
        return "".join(traceback.format_exception(error))
    before = error.__cause__ or error.__context__
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{_cause(before, limits) if before else ''}{frames}{type(error).__name__}\n"


def _response(answer: Answer, call: Call, limits: Limits) -> Response:
    return _Bare(
        answer.content,
        answer.status,
        [
            (b"content-type", answer.media_type.encode()),
            *_ALWAYS,
            (b"x-request-id", call.request_id.encode()),
            *_encoded(_length(answer, call)),
            *_encoded(answer.headers),
            *_encoded(_cross_origin(call, limits)),
        ],
    )


def _encoded(headers: Extra) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _length(answer: Answer, call: Call) -> Extra:
    """A 204 has none. Who waits for `100 Continue` may send the refused body or not: only a new connection tells."""
    length = () if answer.status == 204 else (("content-length", str(len(answer.content))),)
    return (*length, ("connection", "close")) if call.error and b"expect" in call.headers else length


def _cross_origin(call: Call, limits: Limits) -> Extra:
    if b"origin" not in call.headers or not limits.cors_origins:
        return ()
    origin = call.header(b"origin")
    allowed = "*" if "*" in limits.cors_origins else origin if origin in limits.cors_origins else None
    if allowed is None:
        return (("Vary", "Origin"),)
    exposed = ("Access-Control-Expose-Headers", "Link, X-Request-Id")
    return ("Access-Control-Allow-Origin", allowed), exposed, ("Vary", "Origin")
