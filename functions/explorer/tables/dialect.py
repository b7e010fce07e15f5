"""How a text file of columns is written: its encoding, what separates its cells, its decimal point."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from functions.explorer import texts
from functions.explorer.errors import Refused
from shared.i18n import fill

HEAD = 256 * 1024
"""Bytes at the beginning of a file that decide."""
ROWS = 100
"""Rows at the beginning that decide."""

ENCODINGS = ("utf-8", "cp1252", "latin-1")
"""Tried in turn where there is no mark: what is no UTF-8 is Windows' Western European, and Latin-1 reads any byte."""
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = (";", "\t", ",", "|")

MISSING = frozenset({"", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"})
"""What stands for a value that is not there."""

SPACES = " \u00a0\u202f"
"""What may stand between thousands."""
_WHOLE = rf"[-+]?(?:\d{{1,3}}(?:[{SPACES}]\d{{3}})+|\d+)"
WITH_COMMA = _WHOLE + r"(?:,\d+)?"
"""A number as French writes it: `1 234,5`."""
WITH_POINT = _WHOLE + r"(?:\.\d+)?"
"""The same with a point."""
_THOUSANDS = r"[-+]?[1-9]\d{0,2},\d{3}"
"""Where commas separate cells, what English writes for a whole number."""


class Dialect(msgspec.Struct, frozen=True):
    """How a file is written. `decimal` is `,` or `.`."""

    encoding: str
    separator: str
    decimal: str


def detect(head: bytes, name: str) -> Dialect:
    """Find out how a file is written from its first bytes.

    Raises:
        Refused: it is no text.
    """
    encoding = encoding_of(head, name)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    whole = text[: text.rfind("\n") + 1] or text
    separator = separator_of(whole)
    return Dialect(encoding, separator, decimal_of(rows_of(whole, separator)[1:], separator))


def encoding_of(head: bytes, name: str) -> str:
    """The encoding of the text that begins so. Raises Refused: it is no text."""
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise Refused(fill(texts.NOT_TEXT, name=name))
    return next(encoding for encoding in ENCODINGS if _decodes(head, encoding))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return True


def rows_of(text: str, separator: str) -> list[list[str]]:
    """The first rows, without empty ones, as far as they can be read."""
    found = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=separator):
            if row:
                found.append(row)
            if len(found) == ROWS:
                break
    except csv.Error:
        pass
    return found


def separator_of(text: str) -> str:
    """What separates the cells: what cuts the most rows into as many cells as the first one, more than one.

    Where nothing does there is one column, of whose cells none is cut.
    """
    rows = {separator: rows_of(text, separator) for separator in SEPARATORS}
    scores = {separator: _score(found) for separator, found in rows.items()}
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    if scores[best] > (0, 0):
        return best
    return next((one for one in (",", *SEPARATORS) if all(len(row) <= len(rows[one][0]) for row in rows[one])), ",")


def _score(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The share of rows of the usual width, and that width; nothing where the header is of another width."""
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    if width == 1 or len(rows[0]) != width:
        return 0, 0
    return count / len(rows), width


def decimal_of(rows: Sequence[Sequence[str]], separator: str) -> str:
    """The decimal point: a comma where some column is of numbers with commas only."""
    width = max(map(len, rows), default=0)
    columns = ([row[at].strip() for row in rows if at < len(row)] for at in range(width))
    return "," if any(_is_french(cells, separator) for cells in columns) else "."


def _is_french(cells: Sequence[str], separator: str) -> bool:
    commas = [cell for cell in cells if "," in cell]
    if separator == "," and all(re.fullmatch(_THOUSANDS, cell) for cell in commas):
        return False
    return bool(commas) and all(re.fullmatch(WITH_COMMA, cell) for cell in cells if cell not in MISSING)
