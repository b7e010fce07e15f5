"""HTTP: routes, limits, languages, CORS, problem bodies. No module below this one imports the framework.

A coroutine handler runs in the event loop and must be quick; any other handler runs in a thread.
"""

import asyncio
import inspect
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import functions_framework.aio
import msgspec
import starlette.requests
import starlette.responses
from starlette.types import Receive, Scope

from shared import i18n
from shared.diagnostics import report
from shared.errors import (
    AugureError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    NotReady,
    Text,
)
from shared.web.request import JSON, Request, read_body, read_head
from shared.web.routing import RouteTable
from shared.web.server import install
from shared.web.threads import in_thread

PROBLEM = "application/problem+json"
INLINE_BYTES = 16 * 1024
"""Largest body whose rows are computed in the event loop (about a millisecond), in bytes. Threads do larger ones."""

_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
Headers = tuple[tuple[str, str], ...]
RawHeaders = list[tuple[bytes, bytes]]


class LogFields(msgspec.Struct):
    """The part of a request line that only the handler knows.

    Attributes:
        model: name and version of the model that answered.
        payload: the request, as far as REQUEST_LOG_PAYLOAD allows.
        prediction: the prediction; None if the request was refused before one was made.
    """

    model: Mapping[str, str] | None = None
    payload: object = None
    prediction: object = None


class Response(msgspec.Struct, frozen=True):
    """What a handler returns.

    Attributes:
        logged: for the request line of a prediction.
        error: the error that `content` describes.
    """

    content: bytes
    media_type: str = JSON
    status: int = 200
    headers: Headers = ()
    logged: LogFields | None = None
    error: AugureError | None = None


Handler = Callable[[Request], Any]
"""Returns a `Response` or a coroutine of one."""


class Route(msgspec.Struct, frozen=True):
    """One method of one path.

    Attributes:
        prediction: whether its requests leave a line in the request log.
        request: type of the request body, for OpenAPI.
        response: type of the response body, for OpenAPI.
        media_type: of the response, for OpenAPI.
        parameters: struct of the path and query parameters, for OpenAPI.
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
    """What is checked before a body is parsed, and which origins may call.

    Attributes:
        max_body_bytes: largest request body, in bytes.
        cors_origins: origins whose pages may read answers; `*`: all.
        private: keep the text of internal errors off stderr, because it may quote the request.
    """

    max_body_bytes: int
    cors_origins: frozenset[str] = frozenset()
    private: bool = False


View = Callable[[starlette.requests.Request], Awaitable[starlette.responses.Response]]
OnResponse = Callable[[Request, Response, float], None]


class _RawResponse(starlette.responses.Response):
    """A response to which Starlette adds no header."""

    def __init__(self, content: bytes, status: int, headers: RawHeaders) -> None:
        self.body, self.status_code, self.raw_headers, self.background = content, status, headers, None


def json_response(value: object, status: int = 200, logged: LogFields | None = None) -> Response:
    """A JSON response.

    Args:
        value: what msgspec encodes as the body.
        status: HTTP status.
        logged: for the request line of a prediction.
    """
    return Response(msgspec.json.encode(value), status=status, logged=logged)


def application(name: str, routes: Sequence[Route], limits: Limits, on_response: OnResponse) -> View:
    """Register the target `name` in the Functions Framework's ASGI mode.

    Args:
        name: the target.
        routes: all of its routes.
        limits: what is checked before a body is parsed.
        on_response: called with request, response and seconds once the response of a prediction is ready.
    """
    table = RouteTable([msgspec.structs.replace(route, handler=_as_coroutine(route.handler)) for route in routes])

    async def serve(scope: Scope, receive: Receive) -> starlette.responses.Response:
        started = time.perf_counter()
        request = read_head(scope)
        route: Route | None = None
        try:
            route = table.exact.get((request.method, request.path)) or _match(table, request)
            if route is None:
                return _encode(_options(table, request, limits), request, limits)
            request.route = route.path
            if route.method == "POST":
                request.body = await read_body(request, scope, receive, limits.max_body_bytes)
            response = await route.handler(request)
        except asyncio.CancelledError:  # shutdown: the grace period of requests in flight is over
            response = error_response(NotReady(i18n.STOPPING, code="stopping"), request, private=limits.private)
        except Exception as error:  # noqa: BLE001  # the framework would send its text to the client
            response = error_response(error, request, private=limits.private)
        if route is not None and route.prediction:
            if len(request.body) <= INLINE_BYTES:
                on_response(request, response, time.perf_counter() - started)
            else:
                await in_thread(on_response, request, response, time.perf_counter() - started)
        return _encode(response, request, limits)

    async def view(request: starlette.requests.Request) -> starlette.responses.Response:
        return await serve(request.scope, request.receive)

    view.__name__ = name
    functions_framework.aio.http(view)
    install(serve)
    return view


def error_response(error: Exception, request: Request, *, private: bool, logged: LogFields | None = None) -> Response:
    """The problem body of an error. An error that is no `AugureError` is reported on stderr and answered by a 500.

    Args:
        error: what a handler raised.
        request: the request that failed.
        private: keep the error's text off stderr.
        logged: for the request line of a prediction.
    """
    if isinstance(error, AugureError):
        return _problem(error, request, logged)
    report("ERROR", f"request {request.request_id}\n{_traceback(error, private=private)}")
    return _problem(InternalError(i18n.INTERNAL), request, logged)


def _as_coroutine(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    if inspect.iscoroutinefunction(handler):
        return handler

    async def threaded(request: Request) -> Response:
        response = await in_thread(handler, request)
        assert isinstance(response, Response)  # noqa: S101  # for mypy: the handler is not a coroutine function
        return response

    return threaded


def _match(table: RouteTable[Route], request: Request) -> Route | None:
    """Find the route of a request and set its path parameters. None: OPTIONS."""
    if match := table.find(request.method, request.path):
        route, arguments = match
        request.arguments = {name: value.removesuffix("/") for name, value in arguments.items()}
        return route
    allowed = ", ".join(table.allowed(request.path))
    if not allowed:
        raise NotFound(i18n.fill(i18n.NOT_FOUND, path=request.path))
    if request.method == "OPTIONS":
        return None
    text = i18n.fill(i18n.METHOD_NOT_ALLOWED, path=request.path, allowed=allowed, method=request.method)
    raise MethodNotAllowed(text, headers=(("Allow", allowed),))


def _options(table: RouteTable[Route], request: Request, limits: Limits) -> Response:
    allowed = ", ".join(table.allowed(request.path))
    headers: Headers = (("Allow", allowed),)
    if limits.cors_origins and b"access-control-request-method" in request.headers:
        headers += (
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type"),
            ("Access-Control-Max-Age", "600"),
        )
    return Response(b"", status=204, headers=headers)


def _problem(error: AugureError, request: Request, logged: LogFields | None) -> Response:
    """RFC 9457, with `error` for clients of the original programs."""
    detail = i18n.pick(error.detail, request.language)
    body = {
        **error.details,
        "type": "about:blank",
        "title": i18n.pick(i18n.TITLES[error.status], request.language),
        "status": error.status,
        "detail": detail,
        "code": error.code,
        "request_id": request.request_id,
        "errors": [{"pointer": at, "detail": i18n.pick(text, request.language)} for at, text in error.faults],
        "error": detail,
    }
    return Response(msgspec.json.encode(body), PROBLEM, error.status, error.headers, logged, error)


def _traceback(error: BaseException, *, private: bool) -> str:
    """The traceback; if `private`, without the text of the errors."""
    if not private:
        return "".join(traceback.format_exception(error))
    before = error.__cause__ or error.__context__
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{_traceback(before, private=True) if before else ''}{frames}{type(error).__name__}\n"


def _encode(response: Response, request: Request, limits: Limits) -> starlette.responses.Response:
    return _RawResponse(
        response.content,
        response.status,
        [
            (b"content-type", response.media_type.encode()),
            *_ALWAYS,
            (b"x-request-id", request.request_id.encode()),
            *_raw(_length(response, request)),
            *_raw(response.headers),
            *_raw(_cross_origin(request, limits)),
        ],
    )


def _raw(headers: Headers) -> RawHeaders:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _length(response: Response, request: Request) -> Headers:
    """Content-Length, except for a 204.

    An error closes a connection whose client waits for `100 Continue`: that client may or may not send the body.
    """
    length = () if response.status == 204 else (("content-length", str(len(response.content))),)
    return (*length, ("connection", "close")) if response.error and b"expect" in request.headers else length


def _cross_origin(request: Request, limits: Limits) -> Headers:
    if b"origin" not in request.headers or not limits.cors_origins:
        return ()
    origin = request.header(b"origin")
    allowed = "*" if "*" in limits.cors_origins else origin if origin in limits.cors_origins else None
    if allowed is None:
        return (("Vary", "Origin"),)
    exposed = ("Access-Control-Expose-Headers", "Link, X-Request-Id")
    return ("Access-Control-Allow-Origin", allowed), exposed, ("Vary", "Origin")
