"""Messages about invalid values, and strict JSON parsing."""

import time
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from shared.errors import Invalid, InvalidJson
from shared.validation import convert, expectation, find_faults, parse_json


class Inner(Struct, forbid_unknown_fields=True):
    """A part of a request."""

    size: Annotated[float, Meta(ge=0, le=20)]


class Outer(Struct, forbid_unknown_fields=True):
    """A request."""

    rows: Annotated[list[Inner], Meta(min_length=1)]
    note: str | None = None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, "\xc3\xa9", null, true]}', {"a": [1, 2.5, "é", None, True]}),
        (b"\xef\xbb\xbf[]", []),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'["[[[[[[", "}}}}\\"{{{{"]', ["[[[[[[", '}}}}"{{{{']),
        (b"[[[[]]]]", [[[[]]]]),
        (b'[{"a": [{}]}, [[[]]]]', [{"a": [{}]}, [[[]]]]),
        (b"[[],[],[],[],[],[]]", [[], [], [], [], [], []]),
    ],
)
def test_valid_json_is_parsed(body: bytes, value: object) -> None:
    assert parse_json(body, 4) == value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[[[[[]]]]]", "json_too_deep"),
        (b'{"a": {"a": {"a": {"a": {}}}}}', "json_too_deep"),
        (b'[[[[{"a": 1}]]]]', "json_too_deep"),
        (b"[[[[[", "invalid_json"),
        (b"]]]]][[[[[", "invalid_json"),
        (b"[1,]", "invalid_json"),
        (b"{'a': 1}", "invalid_json"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'{"\\u0061": 1, "a": 1}', "duplicate_key"),
        (b"NaN", "invalid_json"),
        (b'{"\\udc00": 1}', "invalid_json"),
    ],
)
def test_invalid_json_is_400(body: bytes, code: str) -> None:
    with pytest.raises(InvalidJson) as excinfo:
        parse_json(body, 4)
    assert excinfo.value.code == code
    assert excinfo.value.status == 400


def test_nesting_beyond_the_decoders_own_limit_is_refused() -> None:
    with pytest.raises(InvalidJson) as excinfo:
        parse_json(b"[" * 200_000, 500)
    assert excinfo.value.code in {"json_too_deep", "invalid_json"}


def test_an_unclosed_string_is_refused_in_linear_time() -> None:
    """A quadratic scan once took one second per kilobyte, with the GIL held."""

    def seconds(pairs: int) -> float:
        body = b"[" * 33 + b'"' + b'\\"' * pairs
        start = time.perf_counter()
        with pytest.raises(InvalidJson):
            parse_json(body, 32)
        return time.perf_counter() - start

    short, long = (min(seconds(pairs) for _ in range(5)) for pairs in (2_000, 8_000))
    assert long < 10 * short


def test_the_search_for_faults_stops_after_20() -> None:
    with pytest.raises(Invalid) as excinfo:
        convert({"rows": [{"size": "x"}] * 100_000}, Outer)
    assert [pointer for pointer, _ in excinfo.value.faults] == [f"/rows/{i}/size" for i in range(20)]
    assert excinfo.value.detail[0].endswith("; et au moins 19 autre(s) erreur(s)")


def test_convert_reports_every_fault_with_its_pointer() -> None:
    value = {"rows": [{"size": 3}, {"size": "big"}, {"size": 21}, {}, {"size": 1, "colour": "red"}], "note": 5}
    with pytest.raises(Invalid) as excinfo:
        convert(value, Outer, "/data")
    assert excinfo.value.faults == (
        (
            "/data/rows/1/size",
            ('attendu : nombre entre 0 et 20, reçu : "big"', 'expected: number between 0 and 20, got: "big"'),
        ),
        (
            "/data/rows/2/size",
            ("attendu : nombre entre 0 et 20, reçu : 21", "expected: number between 0 and 20, got: 21"),
        ),
        ("/data/rows/3/size", ("champ obligatoire absent", "required field missing")),
        ("/data/rows/4/colour", ("champ inconnu", "unknown field")),
        ("/data/note", ("attendu : texte, reçu : 5", "expected: text, got: 5")),
    )
    assert excinfo.value.detail == (
        'attendu : nombre entre 0 et 20, reçu : "big" (/data/rows/1/size) ; et 4 autre(s) erreur(s)',
        'expected: number between 0 and 20, got: "big" (/data/rows/1/size); and 4 more error(s)',
    )


def test_convert_returns_a_valid_value() -> None:
    assert convert({"rows": [{"size": 3}]}, Outer) == Outer([Inner(3.0)])
    assert find_faults({"rows": [{"size": 3}]}, Outer, "", {}) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int, "entier"),
        (bool, "true ou false"),
        (Annotated[int, Meta(ge=1)], "entier d'au moins 1"),
        (Annotated[float, Meta(gt=0)], "nombre plus grand que 0"),
        (Annotated[float, Meta(le=0.5)], "nombre d'au plus 0.5"),
        (Annotated[int, Meta(ge=1, le=9)] | None, "entier entre 1 et 9"),
        (Literal["a", "b"], "une valeur parmi a, b"),
        (Annotated[str, Meta(pattern="^x$")], "texte de la forme ^x$"),
        (list[int], "tableau"),
        (dict[str, int], "objet"),
        (Inner, "un objet"),
        (Any, "une valeur"),
    ],
)
def test_an_expectation_describes_the_type(kind: object, expected: str) -> None:
    assert expectation(kind)[0] == expected


def test_long_values_are_cut_in_messages() -> None:
    [(_, (french, _))] = find_faults("x" * 1000, int, "", {})
    assert french == f'attendu : entier, reçu : "{"x" * 56}...'


def test_a_valid_value_is_converted_as_by_msgspec() -> None:
    assert msgspec.convert({"size": 1}, Inner) == convert({"size": 1}, Inner)
