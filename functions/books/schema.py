"""Parameters and answers of `books`. Knows JSON, not HTTP."""

from typing import Annotated, Any

from msgspec import Meta, Struct

LONGEST = 200
"""Characters of a title, a name or words that are searched for."""


def _text(french: str, english: str) -> Any:
    return Meta(max_length=LONGEST, title=french, extra_json_schema={"x-title-en": english})


Page = Annotated[
    int, Meta(ge=1, le=999_999, title="Page, à partir de 1", extra_json_schema={"x-title-en": "Page, from 1"})
]
PerPage = Annotated[
    int, Meta(ge=1, le=100, title="Livres par page", extra_json_schema={"x-title-en": "Books per page"})
]
Title = Annotated[str, _text("Titre, ou une partie", "Title, or a part of it")]
Words = Annotated[
    str, _text("Mots du titre, des auteurs, des sujets, année", "Words of title, authors, subjects; year")
]


class Books(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the list: where both a title and words are given, a book must have both."""

    titre: Title = ""
    q: Words = ""
    page: Page = 1
    par_page: PerPage = 20


class ByTitle(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the books of a title."""

    titre: Title
    page: Page = 1
    par_page: PerPage = 20


class ById(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of one book."""

    id: Annotated[str, _text("Identifiant", "Identifier")]


class Search(Struct, frozen=True):
    """Parameters of the search page; a link may bring others along, which say nothing."""

    q: Words = ""
    page: Page = 1


class Home(Struct, frozen=True):
    """The welcoming page has no parameters."""


class Hello(Struct, frozen=True):
    """Parameters of the greeting."""

    name: Annotated[str, _text("Nom", "Name")]


class Book(Struct, frozen=True, gc=False):
    """A book. `annee` is the year of publication, negative before our era."""

    id: str
    titre: str
    auteurs: tuple[str, ...]
    annee: int | None
    langue: str | None
    sujets: tuple[str, ...]


class Listing(Struct, frozen=True):
    """One page of the `total` books that were asked for."""

    total: int
    page: int
    par_page: int
    livres: list[Book]
