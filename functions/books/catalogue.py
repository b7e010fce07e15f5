"""The catalogue: the books of a file, each once and with an identifier, and how many of its records are none."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import msgspec

from shared.errors import AugureError
from shared.i18n import fill

from . import formats, records
from .folding import fold, fold_all
from .index import Index, index
from .records import Draft
from .schema import Book

COUNTED = 3
"""The longest words of a search, of which the rarest is looked for first."""


class CatalogueError(AugureError):
    """A catalogue that cannot be served."""

    code = "invalid_catalogue"


class Catalogue(msgspec.Struct, frozen=True):
    """The books, in the order of their file, and the texts by which they are found.

    Attributes:
        titles: each book's title, folded.
        texts: each book's title, authors, subjects and year, folded.
        by_id: where each book stands.
        version: the first 12 hexadecimal digits of the SHA-256 of the file.
        skipped: how many records are no book, by reason.
        mended: how many values were left out or made, by field.
    """

    books: Sequence[Book]
    titles: Index
    texts: Index
    by_id: dict[str, int]
    version: str
    skipped: dict[str, int]
    mended: dict[str, int]

    def get(self, identifier: str) -> Book | None:
        """The book of this identifier."""
        at = self.by_id.get(identifier)
        return None if at is None else self.books[at]

    def search(self, title: str, words: str) -> Sequence[int]:
        """Where the books stand whose title has `title` and whose text has each of `words`; empty: all of them.

        First those whose title is what is asked, then those whose title has it, then the others, in the file's order.
        """
        wanted, asked = fold(title), fold(words)
        found = self.titles.matching(wanted) if wanted else None
        for word in self._in_turn(set(asked.split())):
            found = self.texts.matching(word, found)
        if found is None:
            return range(len(self.books))
        inside = found if wanted else self.titles.matching(asked, found)
        exact = self.titles.equal(wanted or asked, inside)
        return list(dict.fromkeys(chain(exact, inside, found))) if exact or inside is not found else found

    def _in_turn(self, words: set[str]) -> list[str]:
        """The rarest of the longest words first: what few books have leaves few to look into."""
        longest = sorted(words, key=len, reverse=True)
        if len(longest) > 1:
            longest[:COUNTED] = sorted(longest[:COUNTED], key=self.texts.hits)
        return longest


def parse(content: bytes) -> Catalogue:
    """The catalogue of a file.

    Raises:
        CatalogueError: there is no book in it.
    """
    drafts: list[Draft] = []
    skipped: Counter[str] = Counter()
    for record in formats.records(content, records.has_title):
        draft = "unreadable" if record is formats.UNREADABLE else records.read(record)
        if isinstance(draft, str):
            skipped[draft] += 1
        else:
            drafts.append(draft)
    if not drafts:
        raise CatalogueError(fill(_NO_BOOK, records=skipped.total()))
    return _collect(drafts, hashlib.sha256(content).hexdigest()[:12], skipped)


_NO_BOOK = (
    "aucun livre dans ce catalogue, sur {records} enregistrement(s)",
    "no book in this catalogue, of {records} record(s)",
)


class _Shelf:
    """A catalogue while it is filled."""

    def __init__(self) -> None:
        self.books: list[Book] = []
        self.titles: list[str] = []
        self.texts: list[str] = []
        self.by_id: dict[str, int] = {}
        self.mended: Counter[str] = Counter()
        self._seen: set[str] = set()

    def add(self, draft: Draft, title: str, authors: str, subjects: str) -> bool:
        """Put a book behind the others, with its folded texts; False where it is there already."""
        key = f"{title}\n{authors}\n{draft.year}\n{draft.language}"
        identifier = draft.own_id
        if self._is_there(key, identifier, title, authors):
            return False
        if not identifier or identifier in self.by_id:
            identifier = hashlib.sha256(key.encode()).hexdigest()[:12]
            self.mended["id"] += 1
        self.mended.update(field for field in draft.unusable if field != "id")
        self._seen.add(key)
        self.by_id[identifier] = len(self.books)
        self.books.append(_book(draft, identifier))
        self.titles.append(title)
        self.texts.append(f"{title}  {authors}  {subjects}  {draft.year or ''}")
        return True

    def _is_there(self, key: str, identifier: str, title: str, authors: str) -> bool:
        """The same title under the same identifier; or the same book, unless two identifiers say that it is not.

        They are not believed where the author is known too.
        """
        same = self.by_id.get(identifier)
        if same is not None and self.titles[same] == title:
            return True
        return key in self._seen and bool(authors or not identifier)


def _collect(drafts: Sequence[Draft], version: str, skipped: Counter[str]) -> Catalogue:
    titles = fold_all(draft.title for draft in drafts)
    authors = fold_all(" ".join(draft.authors) for draft in drafts)
    subjects = fold_all(" ".join(draft.subjects) for draft in drafts)
    shelf = _Shelf()
    for each in zip(drafts, titles, authors, subjects, strict=True):
        if not shelf.add(*each):
            skipped["duplicate"] += 1
    return Catalogue(
        books=shelf.books,
        titles=index(shelf.titles),
        texts=index(shelf.texts),
        by_id=shelf.by_id,
        version=version,
        skipped=dict(sorted(skipped.items())),
        mended=dict(sorted(shelf.mended.items())),
    )


def _book(draft: Draft, identifier: str) -> Book:
    return Book(identifier, draft.title, draft.authors, draft.year, draft.language or None, draft.subjects)
