"""How a text file of columns is written: its encoding, its cell separator and its decimal point."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from shared.i18n import fill

HEAD_BYTES = 256 * 1024
"""Size of the file's beginning that is examined, in bytes."""
HEAD_ROWS = 100
"""Rows of the file's beginning that are examined."""

ENCODINGS = ("utf-8", "cp1252", "latin-1")
"""Encodings tried in turn on a file without a byte order mark. Latin-1 decodes any byte."""
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = (";", "\t", ",", "|")

MISSING = frozenset({"", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"})
"""Cells that count as missing values."""

SPACES = " \u00a0\u202f"
"""Characters that may separate thousands."""
_WHOLE = rf"[-+]?(?:\d{{1,3}}(?:[{SPACES}]\d{{3}})+|\d+)"
WITH_COMMA = _WHOLE + r"(?:,\d+)?"
"""Pattern of a French number: `1 234,5`."""
WITH_POINT = _WHOLE + r"(?:\.\d+)?"
"""Pattern of the same number with a decimal point: `1 234.5`."""
_ENGLISH_THOUSANDS = r"[-+]?[1-9]\d{0,2},\d{3}"
"""Pattern of an English whole number with a thousands separator: `1,234`."""


class Dialect(msgspec.Struct, frozen=True):
    """How a file is written. `decimal` is `,` or `.`."""

    encoding: str
    separator: str
    decimal: str


def detect(head: bytes, name: str) -> Dialect:
    """Detect how the file `name` is written from its first bytes.

    Raises:
        ExplorerError: it is not text.
    """
    encoding = detect_encoding(head, name)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    whole_lines = text[: text.rfind("\n") + 1] or text
    separator = detect_separator(whole_lines)
    return Dialect(encoding, separator, detect_decimal(parse_rows(whole_lines, separator)[1:], separator))


def detect_encoding(head: bytes, name: str) -> str:
    """The encoding of the file `name` from its first bytes. Raises ExplorerError: it is not text."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise ExplorerError(fill(messages.NOT_TEXT, name=name))
    return next(encoding for encoding in ENCODINGS if _decodes(head, encoding))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def parse_rows(text: str, separator: str) -> list[list[str]]:
    """The first rows that are not empty, at most `HEAD_ROWS`, up to the first row that does not parse."""
    rows = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) == HEAD_ROWS:
                break
    except csv.Error:
        pass
    return rows


def detect_separator(text: str) -> str:
    """The separator that gives the most rows the width of the header, if that is more than one cell.

    If no separator does so, the file has one column, and the result is a separator that splits no cell.
    """
    rows = {separator: parse_rows(text, separator) for separator in SEPARATORS}
    scores = {separator: _score(parsed) for separator, parsed in rows.items()}
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    if scores[best] > (0, 0):
        return best
    return next((one for one in (",", *SEPARATORS) if all(len(row) <= len(rows[one][0]) for row in rows[one])), ",")


def _score(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The share of rows that have the most frequent width, and that width; zeros if the header has another width."""
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    if width == 1 or len(rows[0]) != width:
        return 0, 0
    return count / len(rows), width


def detect_decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    """The decimal point: a comma if at least one column holds only numbers that are written with one, else a point."""
    width = max(map(len, rows), default=0)
    columns = ([row[at].strip() for row in rows if at < len(row)] for at in range(width))
    return "," if any(_has_decimal_commas(cells, separator) for cells in columns) else "."


def _has_decimal_commas(cells: Sequence[str], separator: str) -> bool:
    commas = [cell for cell in cells if "," in cell]
    if separator == "," and all(re.fullmatch(_ENGLISH_THOUSANDS, cell) for cell in commas):
        return False
    return bool(commas) and all(re.fullmatch(WITH_COMMA, cell) for cell in cells if cell not in MISSING)
