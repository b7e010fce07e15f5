"""Factories of routes that any function may have, with a model or without."""

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
    """A function, as its routes see it.

    Attributes:
        name: name of the function.
        title: what it does.
        folder: folder of its pages, templates and `examples/`.
        routes: all of its routes; complete once every factory has run.
    """

    name: str
    title: Text
    folder: Path
    settings: Settings
    routes: list[Route] = []

    def version(self) -> str:
        """The version in its OpenAPI document."""
        return "1"


RouteFactory = Callable[[Function], Sequence[Route]]


def text(path: str, content: str, summary: Text) -> RouteFactory:
    """`GET path`: a constant text, as text/plain.

    Args:
        path: path of the route.
        content: the text.
        summary: for OpenAPI.
    """
    response = Response(content.encode(), "text/plain; charset=utf-8")

    async def handler(_: Request) -> Response:
        return response

    return lambda _: [Route("GET", path, handler, summary, media_type="text/plain")]


def json_data(path: str, read: Callable[[], object], summary: Text) -> RouteFactory:
    """`GET path`: the current value of `read`, as JSON.

    Args:
        path: path of the route.
        read: returns the value; called for each request.
        summary: for OpenAPI.
    """
    return lambda _: [Route("GET", path, lambda _: json_response(read()), summary)]


def json_query(
    path: str, parameters: type[P], find: Callable[[P], Response], summary: Text, response: Any
) -> RouteFactory:
    """`GET path` with parameters.

    Args:
        path: path of the route. `<name>` is a parameter; `<path:name>` may contain slashes.
        parameters: struct of the path and query parameters.
        find: makes the JSON response.
        summary: for OpenAPI.
        response: msgspec type of the response body, for OpenAPI.
    """

    def handler(request: Request) -> Response:
        return find(parse(parameters, request.arguments, request.query))

    return lambda _: [Route("GET", path, handler, summary, response=response, parameters=parameters)]


def page(path: str, file: str, summary: Text) -> RouteFactory:
    """`GET path`: an HTML page, in the language of `?lang=fr`, `?lang=en`, or else of the request.

    Args:
        path: path of the route.
        file: a file in the function's folder, read on the first request.
        summary: for OpenAPI.
    """

    def routes(function: Function) -> list[Route]:
        @functools.cache
        def response(*, english: bool) -> Response:
            from shared.web.pages import read_page  # noqa: PLC0415  # saves time at the start

            urls = addresses(function.settings.service_urls)
            return html_response(*read_page(function.folder / file, function.name, urls, english=english))

        return [Route("GET", path, lambda request: response(english=speaks_english(request)), summary, media_type=HTML)]

    return routes


def speaks_english(request: Request) -> bool:
    """Whether a page is sent in English: `?lang=` decides, else the language of the request."""
    from shared.web.pages import page_language  # noqa: PLC0415  # saves time at the start

    return page_language(request.query, request.language)[0] == i18n.ENGLISH


def html_response(content: bytes, policy: str) -> Response:
    """A response with a page and its Content-Security-Policy."""
    headers = (("Content-Security-Policy", policy), ("Vary", "Accept-Language"))
    return Response(content, f"{HTML}; charset=utf-8", headers=headers)


def template(
    path: str, file: str, parameters: type[P], find: Callable[[P], Mapping[str, object]], summary: Text
) -> RouteFactory:
    """`GET path`: a Jinja template.

    Args:
        path: path of the route. `<name>` is a parameter; `<path:name>` may contain slashes.
        file: a template in the function's folder.
        parameters: struct of the path and query parameters.
        find: returns the values of the template.
        summary: for OpenAPI.
    """

    def routes(function: Function) -> list[Route]:
        def handler(request: Request) -> Response:
            from shared.web.templates import Templates, render  # noqa: PLC0415  # saves time at the start

            values = find(parse(parameters, request.arguments, request.query))
            templates = Templates(function.folder, function.name, function.settings.service_urls)
            return html_response(*render(templates, file, request, values))

        return [Route("GET", path, handler, summary, media_type=HTML, parameters=parameters)]

    return routes


def common_routes(function: Function) -> list[Route]:
    """Routes of every function: `/health/live` and OpenAPI. Each function adds its `/health/ready`."""
    return [
        Route("GET", "/health/live", _live, ("Le processus répond", "The process answers")),
        Route(
            "GET", "/openapi.json", functools.partial(_openapi, function), ("Description OpenAPI", "OpenAPI document")
        ),
    ]


async def _live(_: Request) -> Response:
    return json_response({"status": "live"})


def _openapi(function: Function, request: Request) -> Response:
    from shared.web.openapi import document  # noqa: PLC0415  # saves time at the start

    return json_response(
        document(function.title, function.version(), function.routes, function.folder, request.language)
    )
