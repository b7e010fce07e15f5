"""Which route answers an address."""

from dataclasses import dataclass

import pytest

from shared.web.routing import RouteTable


@dataclass(frozen=True)
class Way:
    """A method of a path."""

    method: str
    path: str


WAYS = [
    Way("GET", "/"),
    Way("GET", "/livres"),
    Way("POST", "/livres"),
    Way("GET", "/livres/<id>"),
    Way("GET", "/livres/<path:id>"),
    Way("GET", "/livres/titre/<path:titre>"),
    Way("GET", "/a.b/<x>/fin"),
]
TABLE = RouteTable(WAYS)


@pytest.mark.parametrize(
    ("method", "path", "way", "arguments"),
    [
        ("GET", "/", WAYS[0], {}),
        ("HEAD", "/livres", WAYS[1], {}),
        ("GET", "/livres/", WAYS[1], {}),
        ("POST", "/livres", WAYS[2], {}),
        ("GET", "/livres/7", WAYS[3], {"id": "7"}),
        ("GET", "/livres/7/", WAYS[3], {"id": "7"}),
        ("GET", "/livres/a/b", WAYS[4], {"id": "a/b"}),
        ("GET", "/livres/titre/Les Misérables", WAYS[5], {"titre": "Les Misérables"}),
        ("GET", "/livres/titre/a\nb", WAYS[5], {"titre": "a\nb"}),
        ("GET", "/a.b/1/fin", WAYS[6], {"x": "1"}),
    ],
)
def test_the_route_of_an_address(method: str, path: str, way: Way, arguments: dict[str, str]) -> None:
    assert TABLE.find(method, path) == (way, arguments)


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
def test_an_address_or_a_method_that_there_is_not(method: str, path: str) -> None:
    assert TABLE.find(method, path) is None


def test_the_methods_of_an_address() -> None:
    assert TABLE.allowed("/livres") == ("GET", "HEAD", "OPTIONS", "POST")
    assert TABLE.allowed("/livres/7") == ("GET", "HEAD", "OPTIONS")
    assert RouteTable([Way("POST", "/p")]).allowed("/p") == ("OPTIONS", "POST")
    assert TABLE.allowed("/nulle/part") == ()
