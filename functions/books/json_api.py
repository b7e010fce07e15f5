"""JSON responses of the `/api` routes: one book, or one page of a list with links to the other pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from shared.errors import NotFound
from shared.i18n import fill
from shared.web.app import Response

from .catalogue import Catalogue
from .normalisation import normalise
from .schema import Book, BookParameters, Listing, ListParameters, TitleParameters

NO_BOOK = ("aucun livre n'a cet identifiant : {id}", "no book has this identifier: {id}")
NO_TITLE = ("aucun livre n'a ce titre : {titre}", "no book has this title: {titre}")


def get_book(catalogue: Catalogue, parameters: BookParameters) -> Response:
    """One book, by its identifier.

    Raises:
        NotFound: no book has this identifier.
    """
    book = catalogue.get(parameters.id)
    if book is None:
        raise NotFound(fill(NO_BOOK, id=parameters.id), code="no_such_book")
    return Response(msgspec.json.encode(book))


def list_books(catalogue: Catalogue, parameters: ListParameters) -> Response:
    """One page of the books that match `titre` and `q`; without either, of all books."""
    positions = catalogue.search(parameters.titre, parameters.q)
    filters = {"titre": parameters.titre, "q": parameters.q}
    return _listing(catalogue, positions, parameters, {name: value for name, value in filters.items() if value})


def list_by_title(catalogue: Catalogue, parameters: TitleParameters) -> Response:
    """One page of the books of this title, then of those whose title contains it.

    Raises:
        NotFound: no title matches.
    """
    positions = catalogue.search(parameters.titre, "") if normalise(parameters.titre) else ()
    if not positions:
        raise NotFound(fill(NO_TITLE, titre=parameters.titre), code="no_such_book")
    return _listing(catalogue, positions, parameters, {})


def page_of(catalogue: Catalogue, positions: Sequence[int], page: int, size: int) -> list[Book]:
    """The books on one page of a search result.

    Args:
        catalogue: holds the books.
        positions: the result, as `Catalogue.search` returns it.
        page: number of the page, from 1.
        size: books per page.
    """
    return [catalogue.books[position] for position in positions[(page - 1) * size : page * size]]


def page_count(total: int, size: int) -> int:
    """Number of pages, at least 1."""
    return max(1, -(-total // size))


def _listing(
    catalogue: Catalogue,
    positions: Sequence[int],
    parameters: ListParameters | TitleParameters,
    filters: dict[str, str],
) -> Response:
    page, size = parameters.page, parameters.par_page
    body = Listing(len(positions), page, size, page_of(catalogue, positions, page, size))
    link = _link_header(filters, page, size, page_count(len(positions), size))
    return Response(msgspec.json.encode(body), headers=(("Link", link),))


def _link_header(filters: dict[str, str], page: int, size: int, last: int) -> str:
    """Links to the other pages (RFC 8288), relative to the request's URL."""
    targets = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    return ", ".join(
        f'<?{urlencode({**filters, "page": target, "par_page": size})}>; rel="{relation}"'
        for relation, target in targets.items()
        if 1 <= target <= last
    )
