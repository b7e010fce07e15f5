"""The parts that any function may have, with a model or without: each maker gives a part, which becomes routes."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shared import i18n
from shared.errors import Text
from shared.settings import Settings, addresses
from shared.web.app import Response, Route, json_response
from shared.web.parameters import parse
from shared.web.request import Request

P = TypeVar("P", bound=msgspec.Struct)

HTML = "text/html"


class Function(msgspec.Struct, frozen=True):
    """One running function, as its routes see it.

    Attributes:
        routes: all of its routes, known once every part has given its own.
    """

    name: str
    title: Text
    folder: Path
    settings: Settings
    routes: list[Route] = []

    def version(self) -> str:
        """What its OpenAPI document calls its version."""
        return "1"


RouteFactory = Callable[[Function], Sequence[Route]]


def text(path: str, content: str, summary: Text) -> RouteFactory:
    """`GET path`: always the same words, as text/plain."""
    response = Response(content.encode(), "text/plain; charset=utf-8")

    async def handler(_: Request) -> Response:
        return response

    return lambda _: [Route("GET", path, handler, summary, media_type="text/plain")]


def json_data(path: str, read: Callable[[], object], summary: Text) -> RouteFactory:
    """`GET path`: what `read` finds at that moment, as JSON."""
    return lambda _: [Route("GET", path, lambda _: json_response(read()), summary)]


def json_query(
    path: str, parameters: type[P], find: Callable[[P], Response], summary: Text, response: Any
) -> RouteFactory:
    """`GET path`: what `find` has for these parameters, as JSON.

    Args:
        path: `<name>` and `<path:name>`, which may hold slashes, are arguments.
        parameters: the struct of the arguments and of the query string's parameters.
        find: makes the response.
        summary: for OpenAPI.
        response: the msgspec type of the response's body, for OpenAPI.
    """

    def handler(request: Request) -> Response:
        return find(parse(parameters, request.arguments, request.query))

    return lambda _: [Route("GET", path, handler, summary, response=response, parameters=parameters)]


def page(path: str, file: str, summary: Text) -> RouteFactory:
    """`GET path`: an HTML file of the function's folder, read when it is first asked for.

    It page_language the language of the request; `?lang=fr` or `?lang=en` decides otherwise.
    """

    def routes(function: Function) -> list[Route]:
        @functools.cache
        def response(*, english: bool) -> Response:
            from shared.web.pages import read_page  # noqa: PLC0415  # not before the first prediction

            urls = addresses(function.settings.service_urls)
            return html_response(*read_page(function.folder / file, function.name, urls, english=english))

        return [Route("GET", path, lambda request: response(english=speaks_english(request)), summary, media_type=HTML)]

    return routes


def speaks_english(request: Request) -> bool:
    """Whether a page page_language English: `lang` decides, else the request's language."""
    from shared.web.pages import page_language  # noqa: PLC0415  # not before the first prediction

    return page_language(request.query, request.language)[0] == i18n.ENGLISH


def html_response(content: bytes, policy: str) -> Response:
    """A page under its Content-Security-Policy."""
    headers = (("Content-Security-Policy", policy), ("Vary", "Accept-Language"))
    return Response(content, f"{HTML}; charset=utf-8", headers=headers)


def template(
    path: str, file: str, parameters: type[P], find: Callable[[P], Mapping[str, object]], summary: Text
) -> RouteFactory:
    """`GET path`: a Jinja template of the function's folder, filled with what `find` has for these parameters."""

    def routes(function: Function) -> list[Route]:
        def handler(request: Request) -> Response:
            from shared.web.templates import Templates, render  # noqa: PLC0415  # not before the first response

            values = find(parse(parameters, request.arguments, request.query))
            own = Templates(function.folder, function.name, function.settings.service_urls)
            return html_response(*render(own, file, request, values))

        return [Route("GET", path, handler, summary, media_type=HTML, parameters=parameters)]

    return routes


def common_routes(function: Function) -> list[Route]:
    """The part that every function has beside its `/health/ready`: it lives, and OpenAPI."""
    return [
        Route("GET", "/health/live", _live, ("Le processus répond", "The process answers")),
        Route(
            "GET", "/openapi.json", functools.partial(_openapi, function), ("Description OpenAPI", "OpenAPI document")
        ),
    ]


async def _live(_: Request) -> Response:
    return json_response({"status": "live"})


def _openapi(function: Function, request: Request) -> Response:
    from shared.web.openapi import document  # noqa: PLC0415  # not before the first prediction

    return json_response(
        document(function.title, function.version(), function.routes, function.folder, request.language)
    )
