"""What the addresses below `/api` answer: one book, or a page of those that were asked for, with links to more."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from shared.errors import NotFound
from shared.i18n import fill
from shared.web.app import Response

from .catalogue import Catalogue
from .folding import fold
from .schema import Book, Books, ById, ByTitle, Listing

NO_BOOK = ("aucun livre n'a cet identifiant : {id}", "no book has this identifier: {id}")
NO_TITLE = ("aucun livre n'a ce titre : {titre}", "no book has this title: {titre}")


def book(catalogue: Catalogue, asked: ById) -> Response:
    """One book.

    Raises:
        NotFound: none has this identifier.
    """
    found = catalogue.get(asked.id)
    if found is None:
        raise NotFound(fill(NO_BOOK, id=asked.id), code="no_such_book")
    return Response(msgspec.json.encode(found))


def books(catalogue: Catalogue, asked: Books) -> Response:
    """A page of the books that have the title and the words that were asked for: of all where nothing was."""
    found = catalogue.search(asked.titre, asked.q)
    given = {"titre": asked.titre, "q": asked.q}
    return _listing(catalogue, found, asked, {name: value for name, value in given.items() if value})


def by_title(catalogue: Catalogue, asked: ByTitle) -> Response:
    """A page of the books whose title is what was asked for, then of those whose title has it.

    Raises:
        NotFound: there is none.
    """
    found = catalogue.search(asked.titre, "") if fold(asked.titre) else ()
    if not found:
        raise NotFound(fill(NO_TITLE, titre=asked.titre), code="no_such_book")
    return _listing(catalogue, found, asked, {})


def page_of(catalogue: Catalogue, found: Sequence[int], page: int, size: int) -> list[Book]:
    """The books on a page, the first being 1."""
    return [catalogue.books[at] for at in found[(page - 1) * size : page * size]]


def pages(total: int, size: int) -> int:
    """How many pages there are: one at least."""
    return max(1, -(-total // size))


def _listing(catalogue: Catalogue, found: Sequence[int], asked: Books | ByTitle, given: dict[str, str]) -> Response:
    page, size = asked.page, asked.par_page
    body = Listing(len(found), page, size, page_of(catalogue, found, page, size))
    return Response(msgspec.json.encode(body), headers=(("Link", _links(given, page, size, pages(len(found), size))),))


def _links(given: dict[str, str], page: int, size: int, last: int) -> str:
    """The pages around this one (RFC 8288), by references that are relative to it."""
    places = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    return ", ".join(
        f'<?{urlencode({**given, "page": place, "par_page": size})}>; rel="{name}"'
        for name, place in places.items()
        if 1 <= place <= last
    )
