"""What the web pages show: the values of their templates."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from .answers import page_of, pages
from .catalogue import Catalogue
from .schema import LONGEST, Book, Hello, Home, Search

SIZE = 20
"""Books on a page of results."""

LANGUAGES = {
    "de": ("allemand", "German"),
    "en": ("anglais", "English"),
    "es": ("espagnol", "Spanish"),
    "fr": ("français", "French"),
    "it": ("italien", "Italian"),
    "la": ("latin", "Latin"),
    "nl": ("néerlandais", "Dutch"),
    "no": ("norvégien", "Norwegian"),
    "pl": ("polonais", "Polish"),
    "pt": ("portugais", "Portuguese"),
    "ru": ("russe", "Russian"),
}
"""Languages by their code (ISO 639-1), French then English; another is shown as the catalogue has it."""


def home(catalogue: Catalogue, _: Home) -> Mapping[str, object]:
    """The values of `home.html`; the title, the author and the subject that are tried there are the catalogue's own."""
    books = catalogue.books
    quarters = [books[len(books) * quarter // 4] for quarter in (1, 2, 3)]
    title, authors, subjects = quarters[0].titre[:LONGEST], quarters[1].auteurs, quarters[2].sujets
    return {"total": len(books), "title": title, "ideas": [title, *authors[:1], *subjects[:1]], "address": _address}


def hello(asked: Hello) -> Mapping[str, object]:
    """The values of `hello.html`."""
    return {"name": asked.name}


def search(catalogue: Catalogue, asked: Search) -> Mapping[str, object]:
    """The values of `search.html`."""
    found = catalogue.search("", asked.q)
    last = pages(len(found), SIZE)
    return {
        "q": asked.q,
        "total": len(found),
        "books": page_of(catalogue, found, asked.page, SIZE),
        "page": asked.page,
        "last": last,
        "previous": _address(asked.q, min(asked.page - 1, last)) if asked.page > 1 else "",
        "following": _address(asked.q, asked.page + 1) if asked.page < last else "",
        "languages": LANGUAGES,
        "facts": _facts,
        "address": _address,
    }


def _facts(book: Book, say: Callable[[str, str], str]) -> list[str]:
    """Year and language, as far as they are known."""
    year = [] if book.annee is None else [str(book.annee)]
    if book.annee is not None and book.annee < 0:
        year = [say(f"{-book.annee} av. J.-C.", f"{-book.annee} BC")]
    language = book.langue or ""
    return [*year, *([say(*LANGUAGES.get(language, (language, language)))] if language else [])]


def _address(words: str, page: int = 1) -> str:
    """The query of a page of results; the beginning of long words finds what they find."""
    return "?" + urlencode({"q": words[:LONGEST]} | ({"page": page} if page > 1 else {}))
