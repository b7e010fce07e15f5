"""Matching of methods and paths to routes."""

from dataclasses import dataclass

import pytest

from shared.web.routing import RouteTable


@dataclass(frozen=True)
class Route:
    """A method and a path."""

    method: str
    path: str


ROUTES = [
    Route("GET", "/"),
    Route("GET", "/livres"),
    Route("POST", "/livres"),
    Route("GET", "/livres/<id>"),
    Route("GET", "/livres/<path:id>"),
    Route("GET", "/livres/titre/<path:titre>"),
    Route("GET", "/a.b/<x>/fin"),
]
TABLE = RouteTable(ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "route", "arguments"),
    [
        ("GET", "/", ROUTES[0], {}),
        ("HEAD", "/livres", ROUTES[1], {}),
        ("GET", "/livres/", ROUTES[1], {}),
        ("POST", "/livres", ROUTES[2], {}),
        ("GET", "/livres/7", ROUTES[3], {"id": "7"}),
        ("GET", "/livres/7/", ROUTES[3], {"id": "7"}),
        ("GET", "/livres/a/b", ROUTES[4], {"id": "a/b"}),
        ("GET", "/livres/titre/Les Misérables", ROUTES[5], {"titre": "Les Misérables"}),
        ("GET", "/livres/titre/a\nb", ROUTES[5], {"titre": "a\nb"}),
        ("GET", "/a.b/1/fin", ROUTES[6], {"x": "1"}),
    ],
)
def test_a_path_matches_its_route_and_arguments(
    method: str, path: str, route: Route, arguments: dict[str, str]
) -> None:
    assert TABLE.find(method, path) == (route, arguments)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/livres"),
        ("POST", "/livres/7"),
        ("GET", "/livre"),
        ("GET", "/livres//7"),
        ("GET", "//livres"),
        ("GET", "/aXb/1/fin"),
        ("GET", "*"),
    ],
)
def test_an_unknown_path_or_method_matches_no_route(method: str, path: str) -> None:
    assert TABLE.find(method, path) is None


def test_allowed_lists_the_methods_of_a_path() -> None:
    assert TABLE.allowed("/livres") == ("GET", "HEAD", "OPTIONS", "POST")
    assert TABLE.allowed("/livres/7") == ("GET", "HEAD", "OPTIONS")
    assert RouteTable([Route("POST", "/p")]).allowed("/p") == ("OPTIONS", "POST")
    assert TABLE.allowed("/nulle/part") == ()
