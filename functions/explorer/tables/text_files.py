"""Text files of columns: CSV and TSV, however they are separated and encoded."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.tables import typed
from functions.explorer.tables.dialect import ENCODINGS, HEAD, Dialect, decimal_of, detect
from functions.explorer.tables.places import Source
from functions.explorer.tables.reading import Limits, Table
from functions.explorer.tables.sampling import Reservoir
from shared.i18n import fill

if TYPE_CHECKING:
    from _csv import Reader

CHECKED = 10_000
"""Rows after which the place in the file is looked at."""
LONGEST_LINE = 4 * 1024 * 1024
"""Characters. A longer line is no line of a data set, and is not read into memory."""

Row = list[str]


def read(source: Source, limits: Limits) -> Table:
    """Read a CSV or TSV file. Its first row has the names of the columns.

    Raises:
        Refused: it is no text, or a row is not as wide as the first.
        OSError: it cannot be opened.
    """
    with source.open() as file:
        dialect = detect(file.read(HEAD), source.name)
    encodings = ENCODINGS[ENCODINGS.index(dialect.encoding) :] if dialect.encoding in ENCODINGS else (dialect.encoding,)
    for encoding in encodings:
        try:
            return _read(source, limits, Dialect(encoding, dialect.separator, dialect.decimal))
        except UnicodeDecodeError:  # further on than the beginning that was looked at
            continue
    raise Refused(fill(texts.NOT_TEXT, name=source.name))


def _read(source: Source, limits: Limits, dialect: Dialect) -> Table:
    with source.open() as file:
        text = io.TextIOWrapper(file, dialect.encoding, newline="")
        reader = csv.reader(_lines(text, source.name), delimiter=dialect.separator, strict=True)
        try:
            header = next((row for row in reader if row), [])
            limits.check_columns(source.name, len(header))
            kept: Reservoir[Row] = Reservoir(limits.rows_of(len(header)))
            for row in _rows(reader, len(header), source.name):
                kept.offer(row)
                if not kept.offered % CHECKED and file.tell() > limits.bytes:
                    break
        except csv.Error as error:
            facts = {"name": source.name, "line": reader.line_num, "reason": _reason(error)}
            raise Refused(fill(texts.BROKEN_LINE, **facts)) from error
        exact = file.tell() >= source.size
        rows = kept.offered if exact else round(kept.offered * source.size / file.tell())
    found = kept.items()
    if dialect.decimal == ".":  # as far as the beginning goes
        dialect = Dialect(dialect.encoding, dialect.separator, decimal_of(found, dialect.separator))
    names = typed.names(header)
    cells = {name: [row[at] if at < len(row) else None for row in found] for at, name in enumerate(names)}
    return Table(source.name, typed.of_text(cells, dialect.decimal), rows, exact, (_note(dialect),))


def _rows(reader: "Reader", width: int, name: str) -> Iterator[Row]:
    """Rows that are not empty. More cells than the first row has are refused, unless they are empty ones at the end."""
    for row in reader:
        if len(row) > width and any(row[width:]):
            raise Refused(fill(texts.WIDER_ROW, name=name, line=reader.line_num, expected=width, got=len(row)))
        if row:
            yield row


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise Refused(fill(texts.LONG_LINE, name=name, line=number, limit=LONGEST_LINE))
        yield line


def _reason(error: csv.Error) -> tuple[str, str]:
    """What the parser says, in both languages."""
    words = str(error)
    if "unexpected end of data" in words or "field larger" in words:
        return texts.OPEN_QUOTE
    return texts.STRAY_QUOTE if "expected after" in words else (words, words)


def _note(dialect: Dialect) -> tuple[str, str]:
    separator = "tab" if dialect.separator == "\t" else dialect.separator
    return fill(texts.WRITTEN, separator=separator, encoding=dialect.encoding, decimal=dialect.decimal)
