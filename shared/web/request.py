"""Reads requests: the head, and the body within the limits."""

from collections.abc import Mapping

import msgspec
from starlette.types import Receive, Scope
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shared import i18n
from shared.errors import InvalidJson, Text, TooLarge, UnsupportedMediaType
from shared.ids import unique
from shared.web.server import BROKEN_BODY

JSON = "application/json"


class Request(msgspec.Struct):
    """One HTTP request.

    Attributes:
        query: query string, still percent-encoded.
        headers: raw values by lower-case name; `header` decodes one.
        language: `fr` or `en`, from Accept-Language.
        route: path of the matched route.
        arguments: path parameters by name.
    """

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    language: str
    request_id: str
    protocol: str
    route: str = ""
    arguments: dict[str, str] = {}
    body: bytes = b""

    def header(self, name: bytes) -> str:
        """The value of a header; empty if the request does not have it."""
        return self.headers[name].decode("latin-1") if name in self.headers else ""


def read_head(scope: Scope) -> Request:
    """A request from its head. `read_body` reads the body."""
    headers = dict(scope["headers"])
    if len(headers) < len(scope["headers"]):
        headers = _merge_headers(scope["headers"])
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("utf-8", "replace"),
        headers=headers,
        language=_preferred_language(headers[b"accept-language"]) if b"accept-language" in headers else i18n.FRENCH,
        request_id=unique(16),
        protocol=f"HTTP/{scope['http_version']}",
    )


def _preferred_language(accepted: bytes) -> str:
    """The language of an Accept-Language header (RFC 9110, 12.5.4); French if it prefers neither."""
    return parse_accept_header(accepted.decode("latin-1"), LanguageAccept).best_match(i18n.LANGUAGES, i18n.FRENCH)


def _merge_headers(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Join repeated headers with commas (RFC 9110, 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        headers[name] = b"%s, %s" % (headers[name], value) if name in headers else value
    return headers


async def read_body(request: Request, scope: Scope, receive: Receive, limit: int) -> bytes:
    """Read the body of a request, at most `limit` bytes of it.

    Args:
        request: its head.
        scope: its ASGI scope.
        receive: its ASGI channel.
        limit: largest body, in bytes.

    Raises:
        UnsupportedMediaType: Content-Type or Content-Encoding announces something else than plain JSON.
        TooLarge: the body has more than `limit` bytes.
        InvalidJson: the client disconnected, or the body is shorter than announced.
    """
    length = _check_head(request, limit)
    message = await receive()
    body = message.get("body", b"")
    if message.get("more_body"):
        chunks, size = [body], len(body)
        while message.get("more_body") and size <= limit:
            message = await receive()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
        body = b"".join(chunks)
    if len(body) > limit:
        raise _too_large(limit, i18n.MORE_THAN)
    if message["type"] == "http.disconnect" or BROKEN_BODY in scope or (length is not None and len(body) < length):
        raise InvalidJson(i18n.BODY_INCOMPLETE, code="incomplete_body")
    return bytes(body)


def _check_head(request: Request, limit: int) -> int | None:
    """Check the headers of a body. Returns Content-Length; None without one."""
    media_type = request.header(b"content-type")
    if media_type != JSON and (mimetype := media_type.partition(";")[0].strip().lower()) != JSON:
        raise UnsupportedMediaType(i18n.fill(i18n.NOT_JSON_TYPE, got=mimetype[:80] or i18n.NOTHING))
    if encoding := request.header(b"content-encoding"):
        raise UnsupportedMediaType(i18n.fill(i18n.ENCODED, got=encoding[:80]))
    if b"content-length" not in request.headers:
        return None
    length = int(request.headers[b"content-length"])
    if length > limit:
        raise _too_large(limit, length)
    return length


def _too_large(limit: int, got: int | Text) -> TooLarge:
    return TooLarge(i18n.fill(i18n.BODY_TOO_LARGE, limit=limit, got=got))
