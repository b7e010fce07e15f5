"""The text of a CSV file as a table: its separator, its decimal mark, and the lines that have too many cells."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shared.errors import Text
from shared.i18n import fill
from training.new.conversion.refusal import Refusal

SEPARATORS = (",", ";", "\t", "|")

_SNIFFED = 500
"""Records that the separator is sniffed from, count."""
_ALIKE = 0.9
"""Share of these that must have as many cells as the first."""

ENCODING = (
    "le fichier n'est pas en UTF-8 : il est lu comme du cp1252 (Windows).",
    "the file is not UTF-8: it is read as cp1252 (Windows).",
)
LONG_LINE = (
    (
        "« {path} », ligne {line} : {found} cellules au lieu de {expected} ; un texte qui contient « "
        "{separator} » doit "
        "être entre guillemets."
    ),
    "`{path}`, line {line}: {found} cells instead of {expected}; a text that contains `{separator}` must be quoted.",
)
SHORT_LINES = (
    "{count} ligne(s) ont moins de {expected} cellules (la première : ligne {line}) : la fin est lue comme manquante.",
    "{count} line(s) have fewer than {expected} cells (the first: line {line}): the end is read as missing.",
)
REPEATED = (
    "plusieurs colonnes s'appellent « {name} » : renommez-les, chaque colonne doit avoir son nom.",
    "several columns are called `{name}`: rename them, each column needs its own name.",
)
MALFORMED = (
    "« {path} » ne se lit pas comme du CSV ({error}).",
    "`{path}` cannot be read as CSV ({error}).",
)
COMMA = (
    "virgule décimale : {names}.",
    "decimal comma: {names}.",
)
THOUSANDS = (
    (
        "la colonne « {name} » a des séparateurs de milliers (« {example} ») : elle est lue comme du texte ; "
        "ôtez-les pour "
        "en faire un nombre."
    ),
    "the column `{name}` has thousands separators (`{example}`): it is read as text; remove them to make it a number.",
)

_WITH_COMMA = re.compile(r"\s*[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?\s*")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([ .,'\u00a0\u202f]\d{3})+([.,]\d+)?")


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A table parsed from CSV.

    Attributes:
        frame: the rows.
        separator: of the cells.
        decimal: `,` if at least one column has decimal commas, else `.`.
        notes: what to tell the user.
    """

    frame: pd.DataFrame
    separator: str
    decimal: str
    notes: tuple[Text, ...]


def parse(text: str, path: str) -> ParsedText:
    """Parse the text of a CSV file; its first line names the columns, after an optional `sep=;`.

    Raises:
        Refusal: a line has too many cells, or two columns have one name.
    """
    announced = re.match(r'"?sep=(.)"?\r?\n', text, re.IGNORECASE)
    text = text[announced.end() :] if announced else text
    separator = announced[1] if announced else sniff(text)
    notes = _check_lines(text, separator, path, skipped=1 if announced else 0)
    frame = _read(text, separator, ".", path)
    commas = [str(name) for name in frame if separator != "," and _has_commas(frame[name])]
    if commas:
        converted = _read(text, separator, ",", path)
        frame = frame.assign(**{name: converted[name] for name in commas})
        notes.append(fill(COMMA, names=", ".join(commas)))
    notes += [note for name in frame if (note := _thousands(frame[name]))]
    return ParsedText(frame, separator, "," if commas else ".", tuple(notes))


def sniff(text: str) -> str:
    """The separator: the one that gives most cells a record, the same number in nearly all of them.

    A file of one column has none: the first of SEPARATORS that it does not contain.
    """
    best, width = "", 1
    for separator in SEPARATORS:
        widths = _widths(text, separator)
        alike = sum(found == widths[0] for found in widths) / len(widths) if widths else 0.0
        if alike >= _ALIKE and widths[0] > width:
            best, width = separator, widths[0]
    return best or next((each for each in SEPARATORS if each not in text), _in_header(text))


def _in_header(text: str) -> str:
    """The separator that the header has most often."""
    header = text.partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _widths(text: str, separator: str) -> list[int]:
    """The number of cells of the first records that are not blank."""
    widths = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if record:
                widths.append(len(record))
            if len(widths) == _SNIFFED:
                break
    except csv.Error:  # a quote that is never closed makes one long cell
        return []
    return widths


def _check_lines(text: str, separator: str, path: str, *, skipped: int) -> list[Text]:
    """Check the names and the number of cells of each record; what to say of short ones."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] = []
    short: list[int] = []
    try:
        for record in reader:
            if not header:
                header = record
            elif len(record) > len(header):
                values = {"found": len(record), "expected": len(header), "separator": separator}
                raise Refusal(LONG_LINE, path=path, line=reader.line_num + skipped, **values)
            elif record and len(record) < len(header):
                short.append(reader.line_num + skipped)
    except csv.Error as error:
        raise Refusal(MALFORMED, path=path, error=error) from error
    _check_header(header)
    return [fill(SHORT_LINES, count=len(short), expected=len(header), line=short[0])] if short else []


def _check_header(header: list[str]) -> None:
    for name, count in Counter(header).items():
        if count > 1 and name.strip():
            raise Refusal(REPEATED, name=name)


def _read(text: str, separator: str, decimal: str, path: str) -> pd.DataFrame:
    """As `pandas.read_csv`, but a column is read whole: one dtype, however long the file."""
    try:
        return pd.read_csv(io.StringIO(text), sep=separator, decimal=decimal, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise Refusal(MALFORMED, path=path, error=str(error).strip().splitlines()[-1]) from error


def _has_commas(column: "pd.Series[Any]") -> bool:
    """Whether every value is a number, and at least one has a decimal comma."""
    if column.dtype != "str":
        return False
    known = column.dropna()
    return bool(known.str.contains(",").any()) and bool(known.map(lambda cell: bool(_WITH_COMMA.fullmatch(cell))).all())


def _thousands(column: "pd.Series[Any]") -> Text | None:
    if column.dtype != "str":
        return None
    known = column.dropna()
    marked = known.map(lambda cell: bool(_THOUSANDS.fullmatch(cell.strip())))
    numbers = pd.to_numeric(known[~marked], errors="coerce").notna()
    if not len(known) or not marked.any() or not numbers.all():
        return None
    return fill(THOUSANDS, name=column.name, example=known[marked].iloc[0])
