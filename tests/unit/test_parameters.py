"""Parsing of path and query parameters."""

from typing import Annotated

import pytest
from msgspec import Meta, Struct

from shared.errors import InvalidParameter
from shared.web.parameters import parse


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters; unknown ones are errors."""

    name: str
    page: Annotated[int, Meta(ge=1)] = 1


class Lenient(Struct, frozen=True):
    """Parameters; unknown ones are ignored."""

    q: Annotated[str, Meta(max_length=5)] = ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=3", Strict("x", 3)),
        ("", Strict("x")),
        ("page=", Strict("x")),
        ("&&page=3&", Strict("x", 3)),
        ("%70age=%33", Strict("x", 3)),
    ],
)
def test_path_and_query_parameters_are_parsed(query: str, expected: Strict) -> None:
    assert parse(Strict, {"name": "x"}, query) == expected


def test_percent_encoded_and_raw_utf_8_are_decoded() -> None:
    assert parse(Lenient, {}, "q=%C3%A9t%C3%A9").q == "été"
    assert parse(Lenient, {}, "q=été").q == "été"
    assert parse(Lenient, {}, "q=%E9+%ff").q == "\ufffd \ufffd"


def test_unknown_parameters_are_ignored_unless_forbidden() -> None:
    assert parse(Lenient, {}, "utm=1&utm=2&q=a") == Lenient("a")


@pytest.mark.parametrize(
    ("arguments", "query", "faults"),
    [
        ({}, "", [("/name", "champ obligatoire absent")]),
        ({"name": "x"}, "page=0", [("/page", 'attendu : entier d\'au moins 1, reçu : "0"')]),
        ({"name": "x"}, "a=1&b=2", [("/a", "champ inconnu"), ("/b", "champ inconnu")]),
        ({"name": "x"}, "name=y", [("/name", "paramètre présent deux fois")]),
        ({"name": "x"}, "a~/b=1", [("/a~0~1b", "champ inconnu")]),
    ],
)
def test_each_invalid_parameter_is_named(arguments: dict[str, str], query: str, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidParameter) as excinfo:
        parse(Strict, arguments, query)
    assert [(pointer, text[0]) for pointer, text in excinfo.value.faults] == faults
    assert (excinfo.value.status, excinfo.value.code) == (400, "invalid_parameter")


def test_more_than_50_parameters_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="expected: at most 50 parameters"):
        parse(Lenient, {}, "&".join(["x=1"] * 51))
