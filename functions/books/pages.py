"""Values of the templates of the web pages."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from .catalogue import Catalogue
from .json_api import page_count, page_of
from .schema import MAX_LENGTH, Book, HelloParameters, HomeParameters, SearchParameters

PAGE_SIZE = 20
"""Number of books on a page of results."""

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
"""Names of languages by ISO 639-1 code, French then English; other values are shown unchanged."""


def home(catalogue: Catalogue, _: HomeParameters) -> Mapping[str, object]:
    """The values of `home.html`, whose example searches come from the catalogue."""
    books = catalogue.books
    quarters = [books[len(books) * quarter // 4] for quarter in (1, 2, 3)]
    title, authors, subjects = quarters[0].titre[:MAX_LENGTH], quarters[1].auteurs, quarters[2].sujets
    return {"total": len(books), "title": title, "examples": [title, *authors[:1], *subjects[:1]], "query": _query}


def hello(parameters: HelloParameters) -> Mapping[str, object]:
    """The values of `hello.html`."""
    return {"name": parameters.name}


def search(catalogue: Catalogue, parameters: SearchParameters) -> Mapping[str, object]:
    """The values of `search.html`."""
    words, page = parameters.q, parameters.page
    positions = catalogue.search("", words)
    last = page_count(len(positions), PAGE_SIZE)
    return {
        "q": words,
        "total": len(positions),
        "books": page_of(catalogue, positions, page, PAGE_SIZE),
        "page": page,
        "last": last,
        "previous": _query(words, min(page - 1, last)) if page > 1 else "",
        "following": _query(words, page + 1) if page < last else "",
        "languages": LANGUAGES,
        "facts": _year_and_language,
        "query": _query,
    }


def _year_and_language(book: Book, say: Callable[[str, str], str]) -> list[str]:
    """Year and language, if known."""
    year = [] if book.annee is None else [str(book.annee)]
    if book.annee is not None and book.annee < 0:
        year = [say(f"{-book.annee} av. J.-C.", f"{-book.annee} BC")]
    language = book.langue or ""
    return [*year, *([say(*LANGUAGES.get(language, (language, language)))] if language else [])]


def _query(words: str, page: int = 1) -> str:
    """The query string of a page of results; long words are cut: a prefix still finds them."""
    return "?" + urlencode({"q": words[:MAX_LENGTH]} | ({"page": page} if page > 1 else {}))
