"""Parameters and responses of `books`. Knows JSON, not HTTP."""

from typing import Annotated, Any

from msgspec import Meta, Struct

MAX_LENGTH = 200
"""Maximum length of a text parameter, in characters."""


def _text(french: str, english: str) -> Any:
    return Meta(max_length=MAX_LENGTH, title=french, extra_json_schema={"x-title-en": english})


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


class ListParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of `/api/books`; a book must match both `titre` and `q`."""

    titre: Title = ""
    q: Words = ""
    page: Page = 1
    par_page: PerPage = 20


class TitleParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of `/api/books/titre/<titre>`."""

    titre: Title
    page: Page = 1
    par_page: PerPage = 20


class BookParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of `/api/books/<id>`."""

    id: Annotated[str, _text("Identifiant", "Identifier")]


class SearchParameters(Struct, frozen=True):
    """Parameters of the search page; unknown ones are ignored, since links may add some."""

    q: Words = ""
    page: Page = 1


class HomeParameters(Struct, frozen=True):
    """Parameters of the home page: none."""


class HelloParameters(Struct, frozen=True):
    """Parameters of `/hello/<name>`."""

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
