"""The catalogue: the books of a file without duplicates, each with an identifier, and the count of skipped records."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import msgspec

from shared.errors import AugureError
from shared.i18n import fill

from . import formats, records
from .normalisation import normalise, normalise_all
from .records import BookRecord
from .schema import Book
from .search_index import SearchIndex, build_index

COUNTED_WORDS = 3
"""Number of words, the longest of a search, that are counted so that the rarest is searched first."""


class CatalogueError(AugureError):
    """A catalogue that cannot be served."""

    code = "invalid_catalogue"


class Catalogue(msgspec.Struct, frozen=True):
    """The books, in the order of their file, and their search indexes.

    Attributes:
        titles: the normalised title of each book.
        texts: the normalised title, authors, subjects and year of each book.
        by_id: position of each book in `books`, by identifier.
        version: the first 12 hexadecimal digits of the SHA-256 of the file.
        skipped: number of records left out, by reason.
        repaired: number of values dropped or generated, by field; `mended` in the API.
    """

    books: Sequence[Book]
    titles: SearchIndex
    texts: SearchIndex
    by_id: dict[str, int]
    version: str
    skipped: dict[str, int]
    repaired: dict[str, int]

    def get(self, identifier: str) -> Book | None:
        """The book of this identifier."""
        position = self.by_id.get(identifier)
        return None if position is None else self.books[position]

    def search(self, title: str, words: str) -> Sequence[int]:
        """Positions of the books whose title contains `title` and whose text contains each of `words`; empty: all.

        Exact titles come first, then titles that contain the search, then the others, each in the file's order.
        """
        title, words = normalise(title), normalise(words)
        matches = self.titles.matching(title) if title else None
        for word in self._rarest_first(set(words.split())):
            matches = self.texts.matching(word, matches)
        if matches is None:
            return range(len(self.books))
        in_title = matches if title else self.titles.matching(words, matches)
        exact = self.titles.equal(title or words, in_title)
        if not exact and in_title is matches:
            return matches
        return list(dict.fromkeys(chain(exact, in_title, matches)))

    def _rarest_first(self, words: set[str]) -> list[str]:
        """The words, longest first, the rarest of the longest at the front: it leaves the fewest books to search."""
        longest = sorted(words, key=len, reverse=True)
        if len(longest) > 1:
            longest[:COUNTED_WORDS] = sorted(longest[:COUNTED_WORDS], key=self.texts.occurrences)
        return longest


def parse(content: bytes) -> Catalogue:
    """The catalogue of a file.

    Raises:
        CatalogueError: the file has no book.
    """
    book_records: list[BookRecord] = []
    skipped: Counter[str] = Counter()
    for value in formats.read_records(content, records.has_title):
        record = "unreadable" if value is formats.UNREADABLE else records.parse_record(value)
        if isinstance(record, str):
            skipped[record] += 1
        else:
            book_records.append(record)
    if not book_records:
        raise CatalogueError(fill(_NO_BOOK, records=skipped.total()))
    return _build(book_records, hashlib.sha256(content).hexdigest()[:12], skipped)


_NO_BOOK = (
    "aucun livre dans ce catalogue, sur {records} enregistrement(s)",
    "no book in this catalogue, of {records} record(s)",
)


class _Builder:
    """Collects the books of a catalogue, without duplicates."""

    def __init__(self) -> None:
        self.books: list[Book] = []
        self.titles: list[str] = []
        self.texts: list[str] = []
        self.by_id: dict[str, int] = {}
        self.repaired: Counter[str] = Counter()
        self._keys: set[str] = set()

    def add(self, record: BookRecord, title: str, authors: str, subjects: str) -> bool:
        """Append a book.

        Args:
            record: the book.
            title: its normalised title.
            authors: its normalised authors.
            subjects: its normalised subjects.

        Returns:
            False if the book is a duplicate, which is left out.
        """
        key = f"{title}\n{authors}\n{record.year}\n{record.language}"
        identifier = record.source_id
        if self._is_duplicate(key, identifier, title, authors):
            return False
        if not identifier or identifier in self.by_id:
            identifier = hashlib.sha256(key.encode()).hexdigest()[:12]
            self.repaired["id"] += 1
        self.repaired.update(field for field in record.unusable_fields if field != "id")
        self._keys.add(key)
        self.by_id[identifier] = len(self.books)
        self.books.append(_book(record, identifier))
        self.titles.append(title)
        self.texts.append(f"{title}  {authors}  {subjects}  {record.year or ''}")
        return True

    def _is_duplicate(self, key: str, identifier: str, title: str, authors: str) -> bool:
        """Same identifier and title, or same key.

        If the author is unknown, the same key under a different identifier counts as another book.
        """
        position = self.by_id.get(identifier)
        if position is not None and self.titles[position] == title:
            return True
        return key in self._keys and bool(authors or not identifier)


def _build(book_records: Sequence[BookRecord], version: str, skipped: Counter[str]) -> Catalogue:
    titles = normalise_all(record.title for record in book_records)
    authors = normalise_all(" ".join(record.authors) for record in book_records)
    subjects = normalise_all(" ".join(record.subjects) for record in book_records)
    builder = _Builder()
    for book in zip(book_records, titles, authors, subjects, strict=True):
        if not builder.add(*book):
            skipped["duplicate"] += 1
    return Catalogue(
        books=builder.books,
        titles=build_index(builder.titles),
        texts=build_index(builder.texts),
        by_id=builder.by_id,
        version=version,
        skipped=dict(sorted(skipped.items())),
        repaired=dict(sorted(builder.repaired.items())),
    )


def _book(record: BookRecord, identifier: str) -> Book:
    return Book(identifier, record.title, record.authors, record.year, record.language or None, record.subjects)
