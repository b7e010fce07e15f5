"""The page of a model that reads a table. It is the same for every function: a form made from `/openapi.json`."""

import functools
import html
from pathlib import Path

from shared.settings import addresses
from shared.web.app import Response, Route
from shared.web.request import Request
from shared.web.routes import HTML, Function, RouteFactory, html_response, speaks_english

PAGE = Path(__file__).with_name("site") / "table.html"
"""The source of the page, with placeholders; its scripts are beside it."""

SUMMARY = ("Essayer dans une page web", "Try it in a web page")


def table_page(path: str) -> RouteFactory:
    """`GET path`: the page, in the language of `?lang=fr`, `?lang=en`, or else of the request."""

    def routes(function: Function) -> list[Route]:
        @functools.cache
        def response(*, english: bool) -> Response:
            return html_response(*read_table_page(function, english=english))

        def handler(request: Request) -> Response:
            return response(english=speaks_english(request))

        return [Route("GET", path, handler, SUMMARY, media_type=HTML)]

    return routes


def read_table_page(function: Function, *, english: bool) -> tuple[bytes, str]:
    """The page of a function and its Content-Security-Policy.

    Args:
        function: its name, title and the URLs of other services are in the page.
        english: whether the page is in English, else in French.
    """
    from shared.web.pages import read_page, substitute  # noqa: PLC0415  # saves time at the start

    content, policy = read_page(PAGE, function.name, addresses(function.settings.service_urls), english=english)
    french, in_english = (html.escape(title).encode() for title in function.title)
    return substitute(content, french=french, english=in_english), policy
