"""Converts request bodies to typed values, and finds every fault of an invalid one.

A valid request costs two calls in C: the JSON decoder and msgspec. Only an invalid one is walked field by field.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec

from shared.errors import AugureError, Fault, Invalid, InvalidJson, Text, TooLarge
from shared.i18n import LEAST, MANY_FAULTS, fill

T = TypeVar("T")

MAX_FAULTS = 20
"""Most errors reported for a request. The search stops there."""

MAX_SHOWN = 60
"""Longest value or key that an error quotes, in characters."""

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""JSON strings. One without an end matches up to the end of the text: else the search would take O(n²)."""

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
MISSING: Text = ("champ obligatoire absent", "required field missing")
UNKNOWN: Text = ("champ inconnu", "unknown field")


def parse_json(body: bytes, max_depth: int) -> Any:
    """Decode JSON strictly.

    Args:
        body: UTF-8, with or without a byte order mark.
        max_depth: maximum nesting of arrays and objects.

    Raises:
        InvalidJson: not JSON, NaN or Infinity, a duplicate key, a lone surrogate, or nested too deep.
    """
    if _deeper_than(body, max_depth):
        raise _too_deep(max_depth)
    try:
        value = _DECODER.decode(body.removeprefix(codecs.BOM_UTF8).decode())
        if b"\\u" in body:
            msgspec.json.encode(value)  # raises for a lone surrogate, which a UTF-8 response cannot contain
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}", f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(_not_json(place, body)) from error
    except UnicodeError as error:
        raise InvalidJson(_not_json(("texte qui n'est pas de l'UTF-8", "text that is not UTF-8"), body)) from error
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    except ValueError as error:
        raise InvalidJson(_not_json(("nombre trop long", "number too long"), body)) from error
    return value


def convert(value: object, to: type[T], at: str = "") -> T:
    """Convert a decoded JSON value to a msgspec type.

    Args:
        value: the result of `parse_json`, or a part of it.
        to: the msgspec type.
        at: the JSON pointer of `value` in the document.

    Raises:
        Invalid: with one fault for each invalid place, at most `MAX_FAULTS`.
    """
    try:
        return msgspec.convert(value, to)
    except msgspec.ValidationError:
        reject(find_faults(value, to, at, {}))


def reject(faults: list[Fault], error: type[AugureError] = Invalid) -> NoReturn:
    """Raise the error of these faults. Its detail is the first fault and the number of the others.

    Raises:
        AugureError: always, of the class `error`.
    """
    pointer, detail = faults[0]
    first = fill(("{detail} ({at})", "{detail} ({at})"), detail=detail, at=pointer) if pointer else detail
    least = LEAST if len(faults) >= MAX_FAULTS else ("", "")
    text = fill(MANY_FAULTS, first=first, least=least, others=len(faults[:MAX_FAULTS]) - 1) if faults[1:] else first
    raise error(text, tuple(faults[:MAX_FAULTS]))


def find_faults(
    value: object,
    to: Any,
    at: str,
    names: dict[str, str],
    *,
    strict: bool = True,
) -> list[Fault]:
    """Find the faults of a value; none if msgspec accepts it. Slow, and called for invalid requests only.

    Args:
        value: a decoded JSON value.
        to: the msgspec type.
        at: the JSON pointer of `value` in the document.
        names: how the pointers of faults write the keys of `value`, by key.
        strict: whether msgspec refuses strings for numbers.
    """
    try:
        msgspec.convert(value, to, strict=strict)
    except msgspec.ValidationError:
        inside = islice(_nested_faults(value, _unwrap(to), at, names, strict=strict), MAX_FAULTS)
        return list(inside) or [mismatch(at, expectation(to), value)]
    return []


def _nested_faults(value: object, to: Any, at: str, names: dict[str, str], *, strict: bool) -> Iterator[Fault]:
    """The faults inside a value; none if the value itself has another type."""
    if isinstance(value, dict) and isinstance(to, type) and issubclass(to, msgspec.Struct):
        fields = {field.encode_name: field for field in msgspec.structs.fields(to)}
        yield from ((join(at, str(names.get(key, key))), UNKNOWN) for key in value if key not in fields)
        for name, field in fields.items():
            if name in value:
                yield from find_faults(value[name], field.type, join(at, names.get(name, name)), {}, strict=strict)
            elif field.required:
                yield join(at, name), MISSING
    elif isinstance(value, list) and get_origin(to) is list:
        for i, item in enumerate(value):
            yield from find_faults(item, get_args(to)[0], f"{at}/{i}", {}, strict=strict)


def _unwrap(to: Any) -> Any:
    """The type inside `Annotated` and `| None`."""
    while get_origin(to) in {Annotated, UnionType, Union}:
        to = get_args(to)[0]
    return to


def check_rows(rows: object, limit: int, at: str) -> None:
    """Refuse too many rows before any of them is read.

    Args:
        rows: a decoded JSON value. Anything but a list passes.
        limit: MAX_ROWS.
        at: the JSON pointer of `rows` in the document.

    Raises:
        TooLarge: there are more than `limit` rows.
    """
    if isinstance(rows, list) and len(rows) > limit:
        text = (
            f"attendu : {limit} lignes au plus, reçu : {len(rows)}",
            f"expected: at most {limit} rows, got: {len(rows)}",
        )
        raise TooLarge(text, ((at, text),), code="too_many_rows")


def mismatch(at: str, expected: Text, value: object, remark: Text | None = None) -> Fault:
    """The fault of an unexpected value.

    Args:
        at: the JSON pointer of the value.
        expected: the expected value, in words.
        value: the value that came.
        remark: what to know or to do about it.
    """
    template = ("attendu : {expected}, reçu : {got}", "expected: {expected}, got: {got}")
    if remark is not None:
        template = (template[0] + " ; {remark}", template[1] + "; {remark}")
    return at, fill(template, expected=expected, got=_shown(value), remark=remark)


def join(at: str, key: str) -> str:
    """The JSON pointer (RFC 6901) of `key` below `at`. A key longer than `MAX_SHOWN` is cut."""
    short = key if len(key) <= MAX_SHOWN else key[: MAX_SHOWN - 3] + "..."
    return f"{at}/{short.replace('~', '~0').replace('/', '~1')}"


def expectation(to: Any) -> Text:
    """A msgspec type in words: `nombre entre 0 et 20`, `number between 0 and 20`."""
    schema = msgspec.json.schema(to)
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        return "un objet", "an object"
    if "enum" in schema:
        values = ", ".join(map(str, schema["enum"]))
        return f"une valeur parmi {values}", f"one of {values}"
    french, english = _KINDS.get(schema.get("type", ""), ("une valeur", "a value"))
    low, high = _range(schema)
    return french + low[0] + high[0], english + low[1] + high[1]


_KINDS = {
    "integer": ("entier", "integer"),
    "number": ("nombre", "number"),
    "string": ("texte", "text"),
    "boolean": ("true ou false", "true or false"),
    "array": ("tableau", "array"),
    "object": ("objet", "object"),
}


def _range(schema: dict[str, Any]) -> tuple[Text, Text]:
    if "minimum" in schema and "maximum" in schema:
        low, high = schema["minimum"], schema["maximum"]
        return (f" entre {low:g}", f" between {low:g}"), (f" et {high:g}", f" and {high:g}")
    if "exclusiveMinimum" in schema and "maximum" in schema:
        low, high = schema["exclusiveMinimum"], schema["maximum"]
        return (
            (f" plus grand que {low:g}", f" greater than {low:g}"),
            (f" et d'au plus {high:g}", f" and at most {high:g}"),
        )
    for key, french, english in _BOUNDS:
        if key in schema:
            return (french.format(schema[key]), english.format(schema[key])), ("", "")
    return ("", ""), ("", "")


_BOUNDS = (
    ("exclusiveMinimum", " plus grand que {:g}", " greater than {:g}"),
    ("minimum", " d'au moins {:g}", " of at least {:g}"),
    ("maximum", " d'au plus {:g}", " of at most {:g}"),
    ("minItems", " d'au moins {} élément(s)", " of at least {} item(s)"),
    ("maxLength", " de {} caractères au plus", " of at most {} characters"),
    ("pattern", " de la forme {}", " like {}"),
)


def _shown(value: object) -> Text:
    if isinstance(value, list):
        return f"tableau de {len(value)} élément(s)", f"array of {len(value)} item(s)"
    if isinstance(value, dict):
        return f"objet de {len(value)} champ(s)", f"object of {len(value)} field(s)"
    text = json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
    return short, short


def _too_deep(limit: int) -> InvalidJson:
    text = (f"attendu : {limit} niveaux au plus, reçu : davantage", f"expected: at most {limit} levels, got: more")
    return InvalidJson(text, code="json_too_deep")


def _not_json(reason: Text, body: bytes) -> Text:
    if not body.strip():
        return "attendu : du JSON, reçu : un corps vide", "expected: JSON, got: an empty body"
    return f"attendu : du JSON valide, reçu : {reason[0]}", f"expected: valid JSON, got: {reason[1]}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        shown = json.dumps(key[:MAX_SHOWN], ensure_ascii=False)
        raise InvalidJson((f"clé présente deux fois : {shown}", f"key given twice: {shown}"), code="duplicate_key")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJson((f"attendu : un nombre fini, reçu : {name}", f"expected: a finite number, got: {name}"))


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)


def _deeper_than(body: bytes, limit: int) -> bool:
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    left = _STRINGS.sub(b"", body).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(limit):
        left = left.replace(b"[]", b"")
    return b"[]" in left
