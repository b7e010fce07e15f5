"""HTTP, and nothing else: limits, routes, languages, CORS, problem bodies. The only file that sees the framework."""

import secrets
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import flask
import msgspec
import werkzeug.exceptions
from werkzeug.routing import Map, MapAdapter, Rule

from shared import i18n
from shared.errors import (
    AugureError,
    InternalError,
    InvalidJson,
    MethodNotAllowed,
    NotFound,
    Text,
    TooLarge,
    UnsupportedMediaType,
)
from shared.request_log import report

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON = "application/json"
PROBLEM = "application/problem+json"
MAX_DRAIN = 32 * 1024 * 1024
"""Bytes of an unwanted body that are read before the connection is given up: what Cloud Run lets through at most."""

DRAIN_CHUNK = 64 * 1024
Extra = tuple[tuple[str, str], ...]


class Call(msgspec.Struct):
    """One request on its way. Its line in the log has `route`, `payload`, `model`, `prediction` and `error`.

    `environ` is WSGI's: reading a header there costs a tenth of what the framework's own mapping asks.
    `arguments` are the parts of the path that the route names, by name.
    `received` says that the whole body has been read.
    """

    method: str
    path: str
    language: str
    request_id: str
    environ: "WSGIEnvironment"
    route: str = ""
    arguments: dict[str, str] = {}
    body: bytes = b""
    received: bool = False
    payload: object = None
    model: Mapping[str, str] | None = None
    prediction: object = None
    error: AugureError | None = None


class Answer(msgspec.Struct, frozen=True):
    """What a handler returns: bytes of one media type."""

    content: bytes
    media_type: str = JSON
    status: int = 200
    headers: Extra = ()


class Route(msgspec.Struct, frozen=True):
    """One method of one path. A `prediction` leaves a line in the log.

    For OpenAPI: `request` and `response` are the types of the bodies; `parameters` is a struct of the path's arguments
    and of the query string's.
    """

    method: str
    path: str
    handler: Callable[[Call], Answer]
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


Finished = Callable[[Call, Answer, float, str], None]
View = Callable[[flask.Request], flask.Response]


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer whose body is `value` as JSON."""
    return Answer(msgspec.json.encode(value), status=status)


def application(routes: Sequence[Route], limits: Limits, finished: Finished) -> View:
    """One function of Flask's request, as the Functions Framework wants it.

    Args:
        routes: what it answers.
        limits: what it refuses unread.
        finished: told of each prediction request when its answer is ready: call, answer, seconds, protocol.
    """
    exact = {(route.method, route.path): route for route in routes if "<" not in route.path}
    rules = [Rule(route.path, methods=[route.method], endpoint=route) for route in routes]
    urls = Map(rules, strict_slashes=False, merge_slashes=False).bind("")

    def view(request: flask.Request) -> flask.Response:
        started = time.perf_counter()
        call = Call(request.method, request.path, _language(request), secrets.token_hex(8), request.environ)
        route: Route | None = None
        try:
            route = exact.get((call.method, call.path)) or _match(urls, call)
            call.route = route.path
            answer = _answer(route, urls, call, request, limits)
        except AugureError as error:
            answer = _problem(error, call)
        except Exception as error:  # noqa: BLE001  # the framework would send its text to the client
            report("ERROR", f"request {call.request_id}\n{_cause(error, limits)}")
            answer = _problem(InternalError(i18n.INTERNAL), call)
        if route is not None and route.prediction and call.method == route.method:
            finished(call, answer, time.perf_counter() - started, request.environ.get("SERVER_PROTOCOL", ""))
        return _response(answer, call, limits, whole=_drained(request, call))

    return view


def _answer(route: Route, urls: MapAdapter, call: Call, request: flask.Request, limits: Limits) -> Answer:
    if call.method == "OPTIONS":
        return _options(urls, call, limits)
    if route.method == "POST":
        call.body = _body(request, limits.max_body_bytes)
        call.received = True
    return route.handler(call)


def _language(request: flask.Request) -> str:
    if "HTTP_ACCEPT_LANGUAGE" not in request.environ:
        return i18n.FRENCH
    return request.accept_languages.best_match(i18n.LANGUAGES, i18n.FRENCH)


def _match(urls: MapAdapter, call: Call) -> Route:
    method = None if call.method == "OPTIONS" else call.method
    try:
        route: Route
        route, arguments = urls.match(call.path, method or _first_method(urls, call.path))
    except werkzeug.exceptions.MethodNotAllowed:
        allowed = _allowed(urls, call.path)
        text = i18n.fill(i18n.METHOD_NOT_ALLOWED, path=call.path, allowed=allowed, method=call.method)
        raise MethodNotAllowed(text, headers=(("Allow", allowed),)) from None
    except werkzeug.exceptions.HTTPException:
        raise NotFound(i18n.fill(i18n.NOT_FOUND, path=call.path)) from None
    call.arguments = {name: value.removesuffix("/") for name, value in arguments.items()}
    return route


def _first_method(urls: MapAdapter, path: str) -> str:
    return next(iter(urls.allowed_methods(path)), "GET")


def _allowed(urls: MapAdapter, path: str) -> str:
    return ", ".join(sorted({*urls.allowed_methods(path), "OPTIONS"}))


def _options(urls: MapAdapter, call: Call, limits: Limits) -> Answer:
    allowed = _allowed(urls, call.path)
    headers: Extra = (("Allow", allowed),)
    if limits.cors_origins and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in call.environ:
        headers += (
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type"),
            ("Access-Control-Max-Age", "600"),
        )
    return Answer(b"", status=204, headers=headers)


def _body(request: flask.Request, limit: int) -> bytes:
    if request.environ.get("CONTENT_TYPE") != JSON and request.mimetype != JSON:
        raise UnsupportedMediaType(i18n.fill(i18n.NOT_JSON_TYPE, got=request.mimetype[:80] or i18n.NOTHING))
    if encoding := request.environ.get("HTTP_CONTENT_ENCODING"):
        raise UnsupportedMediaType(i18n.fill(i18n.ENCODED, got=encoding[:80]))
    length = request.content_length
    if length is not None and length > limit:
        raise _too_large(limit, length)
    try:
        body = request.get_data() if length is not None else request.stream.read(limit + 1)
    except Exception as error:  # gunicorn and werkzeug each have classes of their own for a broken body
        raise InvalidJson(i18n.BODY_INCOMPLETE, code="incomplete_body") from error
    if length is not None and len(body) < length:
        raise InvalidJson(i18n.BODY_INCOMPLETE, code="incomplete_body")
    if len(body) > limit:
        raise _too_large(limit, i18n.MORE_THAN)
    return body


def _too_large(limit: int, got: int | Text) -> TooLarge:
    return TooLarge(i18n.fill(i18n.BODY_TOO_LARGE, limit=limit, got=got))


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


def _drained(request: flask.Request, call: Call) -> bool:
    """Read and forget what is left of the body, so that the client reads our answer and not a broken connection.

    Returns:
        False where the client sends on and on, or has gone. The answer must then look like a stream: the Functions
        Framework reads the whole rest of a body into memory before it sends an answer of known length.
    """
    if call.received or not (request.content_length or "HTTP_TRANSFER_ENCODING" in request.environ):
        return True
    left = MAX_DRAIN
    try:
        while left > 0 and (chunk := request.stream.read(min(left, DRAIN_CHUNK))):
            left -= len(chunk)
    except Exception:  # noqa: BLE001  # a body so broken that gunicorn or werkzeug gives it up, each in its own way
        return False
    return left > 0


def _response(answer: Answer, call: Call, limits: Limits, *, whole: bool) -> flask.Response:
    headers = [
        ("Content-Type", answer.media_type),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", call.request_id),
        *answer.headers,
        *_cross_origin(call, limits),
    ]
    return flask.Response(answer.content if whole else iter((answer.content,)), answer.status, headers)


def _cross_origin(call: Call, limits: Limits) -> Extra:
    origin = call.environ.get("HTTP_ORIGIN")
    if origin is None or not limits.cors_origins:
        return ()
    allowed = "*" if "*" in limits.cors_origins else origin if origin in limits.cors_origins else None
    if allowed is None:
        return (("Vary", "Origin"),)
    exposed = ("Access-Control-Expose-Headers", "Link, X-Request-Id")
    return ("Access-Control-Allow-Origin", allowed), exposed, ("Vary", "Origin")
