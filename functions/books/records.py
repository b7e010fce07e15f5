"""One record of a catalogue found in the wild: other names of fields, MongoDB's types, wrong types.

Source: MongoDB documentation, "MongoDB Extended JSON (v2)": `{"$oid"}`, `{"$date"}`, `{"$numberInt"}` and their like.
"""

import functools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from .folding import clean, fold

LONGEST = 1000
"""Characters of a title, a name or a subject."""

LONGEST_SHORT = 200
"""Characters of an identifier, which stands in an address, or of a language."""

MOST = 20
"""Authors or subjects of one book."""

DEPTH = 4
"""Lists and objects inside each other in which a text is looked for."""

EARLIEST, LATEST = -3000, 2200
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
"""What a key stands for, by its letters alone; of several keys for one field the first that says something counts."""

_NAMES = ("name", "nom", "label", "value")
_SEVERAL = re.compile(r"[;|]")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|^-?\d{1,4}$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Draft(msgspec.Struct, frozen=True, gc=False):
    """What a record says of a book.

    Attributes:
        own_id: its identifier in the catalogue; empty where it has none.
        year: of publication; negative before our era.
        unusable: the fields that say something which nobody can use.
    """

    own_id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    language: str
    subjects: tuple[str, ...]
    unusable: tuple[str, ...]


def has_title(record: object) -> bool:
    """Whether a value is a record of a book, and not something that holds records."""
    return isinstance(record, dict) and "title" in _given(record)


def read(record: object) -> Draft | str:
    """The book of a record, or why there is none: `not_an_object`, `no_title` or `wrong_title`."""
    if not isinstance(record, dict):
        return "not_an_object"
    given = _given(record)
    if "title" not in given:
        return "no_title"
    title = _first(given["title"])
    if not title or len(title) > LONGEST:
        return "wrong_title"
    values = {field: convert(given[field]) for field, convert in _READERS.items() if field in given}
    return Draft(
        own_id=values.get("id", ""),
        title=title,
        authors=values.get("author", ()),
        year=values.get("year"),
        language=values.get("language", ""),
        subjects=values.get("subject", ()),
        unusable=tuple(field for field, value in values.items() if not value and value != 0),
    )


def _given(record: dict[str, Any]) -> dict[str, Any]:
    """The record's values by field, those that say nothing left out; or those of an object in it that has the title."""
    given = _direct(record)
    if "title" in given:
        return given
    inner = (_direct(value) for value in record.values() if isinstance(value, dict))
    return next(({**given, **found} for found in inner if "title" in found), given)


def _direct(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, tuple[int, Any]] = {}
    for key, value in record.items():
        place = _field(key)
        if place is None or value is None or value == [] or (isinstance(value, str) and not value.strip()):
            continue
        rank, field = place
        if field not in found or rank < found[field][0]:
            found[field] = (rank, value)
    return {field: value for field, (_, value) in found.items()}


@functools.lru_cache(maxsize=4096)
def _field(key: str) -> tuple[int, str] | None:
    return _FIELDS.get(key) or _FIELDS.get(fold(key[:LONGEST]).replace(" ", ""))


def _words(value: Any, depth: int = DEPTH) -> Iterator[str]:
    """The texts in a value: of a list each, of an object its name or what MongoDB wraps in it."""
    if isinstance(value, str):
        if text := clean(value):
            yield text
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _words(item, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _words(_unwrapped(value), depth - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(int(value) if value == value // 1 else value)


def _unwrapped(value: dict[str, Any]) -> Any:
    if len(value) == 1 and (key := next(iter(value))).startswith("$"):
        return value[key]
    return next((value[name] for name in _NAMES if name in value), None)


def _first(value: Any) -> str:
    return next(_words(value), "")


def _short(value: Any) -> str:
    text = _first(value)
    return text if len(text) <= LONGEST_SHORT else ""


def _identifier(value: Any) -> str:
    """What can stand behind `/api/books/`, and is neither another address nor taken for one."""
    text = _short(value).strip("/")
    return "" if {".", ".."} & {*text.split("/")} or text.startswith("titre/") else text


def _list(value: Any) -> tuple[str, ...]:
    """Every name in a value, each once; `Jacob Grimm; Wilhelm Grimm` is two."""
    names = (name.strip() for text in _words(value) for name in _SEVERAL.split(text))
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= LONGEST))[:MOST]


def _year(value: Any) -> int | None:
    year = _moment(value["$date"]) if isinstance(value, dict) and "$date" in value else _digits(_first(value))
    return year if year is not None and EARLIEST <= year <= LATEST else None


def _digits(text: str) -> int | None:
    found = _YEAR.search(text)
    return int(found[0]) if found else None


def _moment(value: Any) -> int | None:
    """The year of a date of MongoDB's: ISO 8601, or milliseconds since 1970."""
    text = _first(value)
    if not text.lstrip("-").isdecimal():
        return _digits(text)
    try:
        return (_EPOCH + timedelta(milliseconds=int(text))).year
    except (OverflowError, ValueError):
        return None


_READERS: dict[str, Callable[[Any], Any]] = {
    "id": _identifier,
    "author": _list,
    "year": _year,
    "language": _short,
    "subject": _list,
}
