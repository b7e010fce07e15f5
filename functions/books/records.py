"""One record of a public catalogue to a book: aliases of field names, MongoDB's types, wrong types.

Source: MongoDB documentation, "MongoDB Extended JSON (v2)": `{"$oid"}`, `{"$date"}`, `{"$numberInt"}` and similar.
"""

import functools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from .normalisation import clean, normalise

MAX_LENGTH = 1000
"""Maximum length of a title, a name or a subject, in characters."""

MAX_SHORT_LENGTH = 200
"""Maximum length of a language, or of an identifier, which is part of a URL, in characters."""

MAX_NAMES = 20
"""Maximum number of authors or subjects of one book."""

DEPTH = 4
"""Maximum nesting of lists and objects in which a text is searched for."""

EARLIEST, LATEST = -3000, 2200
"""Range of a year of publication."""

_ALIASES = {
    "id": "id _id identifiant identifier bookid livreid idlivre noticeid recordid",
    "title": "titre title titrepropre titredulivre booktitle maintitle intitule",
    "author": "auteur auteurs author authors auteurprincipal nomauteur nomdelauteur authorname creator creators writer",
    "year": "annee year anneedepublication anneepublication anneededition publicationyear publishyear firstpublishyear "
    "datedepublication datepublication publicationdate publisheddate pubdate issued date",
    "language": "langue langues language languages lang codelangue languagecode",
    "subject": "sujet sujets subject subjects genre genres categorie categories category theme themes matieres tags",
}
_FIELDS = {alias: (rank, field) for field, names in _ALIASES.items() for rank, alias in enumerate(names.split())}
"""Rank and field of each normalised alias; if a record has several aliases of one field, the lowest rank wins."""

_NAME_KEYS = ("name", "nom", "label", "value")
_LIST_SEPARATOR = re.compile(r"[;|]")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|^-?\d{1,4}$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BookRecord(msgspec.Struct, frozen=True, gc=False):
    """The usable values of one record.

    Attributes:
        source_id: identifier in the catalogue; empty if missing or unusable.
        year: year of publication, negative before our era.
        unusable_fields: fields whose value cannot be used.
    """

    source_id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    language: str
    subjects: tuple[str, ...]
    unusable_fields: tuple[str, ...]


def has_title(record: object) -> bool:
    """Whether a value is the record of a book rather than a container of records."""
    return isinstance(record, dict) and "title" in _fields(record)


def parse_record(record: object) -> BookRecord | str:
    """The book of a record, or the reason to skip it: `not_an_object`, `no_title` or `wrong_title`."""
    if not isinstance(record, dict):
        return "not_an_object"
    fields = _fields(record)
    if "title" not in fields:
        return "no_title"
    title = _first_text(fields["title"])
    if not title or len(title) > MAX_LENGTH:
        return "wrong_title"
    values = {field: convert(fields[field]) for field, convert in _CONVERTERS.items() if field in fields}
    return BookRecord(
        source_id=values.get("id", ""),
        title=title,
        authors=values.get("author", ()),
        year=values.get("year"),
        language=values.get("language", ""),
        subjects=values.get("subject", ()),
        unusable_fields=tuple(field for field, value in values.items() if not value and value != 0),
    )


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """The record's non-empty values by field; without a title, completed from the first nested object that has one."""
    fields = _top_level_fields(record)
    if "title" in fields:
        return fields
    nested = (_top_level_fields(value) for value in record.values() if isinstance(value, dict))
    return next(({**fields, **inner} for inner in nested if "title" in inner), fields)


def _top_level_fields(record: dict[str, Any]) -> dict[str, Any]:
    ranked: dict[str, tuple[int, Any]] = {}
    for key, value in record.items():
        match = _field_of(key)
        if match is None or value is None or value == [] or (isinstance(value, str) and not value.strip()):
            continue
        rank, field = match
        if field not in ranked or rank < ranked[field][0]:
            ranked[field] = (rank, value)
    return {field: value for field, (_, value) in ranked.items()}


@functools.lru_cache(maxsize=4096)
def _field_of(key: str) -> tuple[int, str] | None:
    return _FIELDS.get(key) or _FIELDS.get(normalise(key[:MAX_LENGTH]).replace(" ", ""))


def _texts(value: Any, depth: int = DEPTH) -> Iterator[str]:
    """The texts in a value: each item of a list; of an object, its name or the value that MongoDB wraps in it."""
    if isinstance(value, str):
        if text := clean(value):
            yield text
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _texts(item, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _texts(_unwrap(value), depth - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(int(value) if value == value // 1 else value)


def _unwrap(value: dict[str, Any]) -> Any:
    if len(value) == 1 and (key := next(iter(value))).startswith("$"):
        return value[key]
    return next((value[name] for name in _NAME_KEYS if name in value), None)


def _first_text(value: Any) -> str:
    return next(_texts(value), "")


def _short(value: Any) -> str:
    text = _first_text(value)
    return text if len(text) <= MAX_SHORT_LENGTH else ""


def _identifier(value: Any) -> str:
    """The identifier if it can follow `/api/books/` in a URL without leading to another route; else empty."""
    text = _short(value).strip("/")
    return "" if {".", ".."} & {*text.split("/")} or text.startswith("titre/") else text


def _names(value: Any) -> tuple[str, ...]:
    """The names in a value, without duplicates; `Jacob Grimm; Wilhelm Grimm` is two names."""
    names = (name.strip() for text in _texts(value) for name in _LIST_SEPARATOR.split(text))
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= MAX_LENGTH))[:MAX_NAMES]


def _year(value: Any) -> int | None:
    is_date = isinstance(value, dict) and "$date" in value
    year = _year_of_date(value["$date"]) if is_date else _year_in(_first_text(value))
    return year if year is not None and EARLIEST <= year <= LATEST else None


def _year_in(text: str) -> int | None:
    match = _YEAR.search(text)
    return int(match[0]) if match else None


def _year_of_date(value: Any) -> int | None:
    """The year of a MongoDB date: ISO 8601, or milliseconds since 1970."""
    text = _first_text(value)
    if not text.lstrip("-").isdecimal():
        return _year_in(text)
    try:
        return (_EPOCH + timedelta(milliseconds=int(text))).year
    except (OverflowError, ValueError):
        return None


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "id": _identifier,
    "author": _names,
    "year": _year,
    "language": _short,
    "subject": _names,
}
