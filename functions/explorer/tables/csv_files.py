"""CSV and TSV files, whatever their separator, encoding and decimal point."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.tables import column_types
from functions.explorer.tables.dialect import ENCODINGS, HEAD_BYTES, Dialect, detect, detect_decimal
from functions.explorer.tables.files import Source
from functions.explorer.tables.sampling import Reservoir
from functions.explorer.tables.table import Limits, Table
from shared.i18n import fill

if TYPE_CHECKING:
    from _csv import Reader

CHECK_INTERVAL = 10_000
"""Rows between two checks of the size limit."""
MAX_LINE_LENGTH = 4 * 1024 * 1024
"""Longest line that is read into memory, in characters."""

Row = list[str]


def read(source: Source, limits: Limits) -> Table:
    """Read a CSV or TSV file whose first row has the column names.

    Raises:
        ExplorerError: it is not text, or a row is wider than the first.
        OSError: it cannot be opened.
    """
    with source.open() as file:
        dialect = detect(file.read(HEAD_BYTES), source.name)
    encodings = ENCODINGS[ENCODINGS.index(dialect.encoding) :] if dialect.encoding in ENCODINGS else (dialect.encoding,)
    for encoding in encodings:
        try:
            return _read(source, limits, Dialect(encoding, dialect.separator, dialect.decimal))
        except UnicodeDecodeError:  # behind the bytes that `detect` has read
            continue
    raise ExplorerError(fill(messages.NOT_TEXT, name=source.name))


def _read(source: Source, limits: Limits, dialect: Dialect) -> Table:
    with source.open() as file:
        text = io.TextIOWrapper(file, dialect.encoding, newline="")
        reader = csv.reader(_lines(text, source.name), delimiter=dialect.separator, strict=True)
        try:
            header = next((row for row in reader if row), [])
            limits.check_columns(source.name, len(header))
            sample: Reservoir[Row] = Reservoir(limits.rows_of(len(header)))
            for row in _rows(reader, len(header), source.name):
                sample.offer(row)
                if not sample.offered % CHECK_INTERVAL and file.tell() > limits.bytes:
                    break
        except csv.Error as error:
            values = {"name": source.name, "line": reader.line_num, "reason": _reason(error)}
            raise ExplorerError(fill(messages.LINE_ERROR, **values)) from error
        exact = file.tell() >= source.size
        count = sample.offered if exact else round(sample.offered * source.size / file.tell())
    rows = sample.items()
    if dialect.decimal == ".":  # `detect` knows the file's beginning only
        dialect = Dialect(dialect.encoding, dialect.separator, detect_decimal(rows, dialect.separator))
    names = column_types.unique_names(header)
    cells = {name: [row[at] if at < len(row) else None for row in rows] for at, name in enumerate(names)}
    return Table(source.name, column_types.from_text(cells, dialect.decimal), count, exact, (_note(dialect),))


def _rows(reader: "Reader", width: int, name: str) -> Iterator[Row]:
    """Rows with a cell. A row may be wider than the header if the additional cells are empty."""
    for row in reader:
        if len(row) > width and any(row[width:]):
            values = {"line": reader.line_num, "expected": width, "got": len(row)}
            raise ExplorerError(fill(messages.ROW_TOO_WIDE, name=name, **values))
        if row:
            yield row


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE_LENGTH):
        number += 1
        if len(line) == MAX_LINE_LENGTH:
            raise ExplorerError(fill(messages.LINE_TOO_LONG, name=name, line=number, limit=MAX_LINE_LENGTH))
        yield line


def _reason(error: csv.Error) -> tuple[str, str]:
    """The parser's message in both languages, or its own words if they are not known here."""
    words = str(error)
    if "unexpected end of data" in words or "field larger" in words:
        return messages.OPEN_QUOTE
    return messages.STRAY_QUOTE if "expected after" in words else (words, words)


def _note(dialect: Dialect) -> tuple[str, str]:
    separator = "tab" if dialect.separator == "\t" else dialect.separator
    return fill(messages.DIALECT, separator=separator, encoding=dialect.encoding, decimal=dialect.decimal)
