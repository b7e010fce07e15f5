"""Values of a request that the training data do not have: answered, and said."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from shared.errors import Text
from shared.i18n import fill, pick
from shared.model.table import CATEGORY, CODE, DATE, NUMBER, Column, Table
from shared.model.tabular.cells import MAX_LISTED
from shared.model.tabular.contract import Contract
from shared.model.tabular.rows import Rows
from shared.validation import MAX_SHOWN, join

MAX_UNUSUAL = 20
"""Most values that an answer names."""

OUTSIDE: Text = (
    "{value} est hors de ce que l'apprentissage a vu : de {low} à {high}",
    "{value} is outside what the training data had: from {low} to {high}",
)
NEVER_SEEN: Text = ("« {value} » n'est pas dans les données d'apprentissage", "`{value}` is not in the training data")
NO_WORD: Text = ("aucun mot que le modèle connaisse", "no word that the model knows")
OTHERS: Text = ("et d'autres valeurs inhabituelles", "and other unusual values")

Found = tuple[int, Column, Text, list[Any]]
"""Row, column, sentence, what was seen."""


class Unusual(Struct, frozen=True):
    """An unusual value.

    Attributes:
        pointer: its place in the request, a JSON pointer.
        detail: a sentence.
        seen: the range seen in training, as two values; else the first known values.
    """

    pointer: str
    detail: str
    seen: list[Any]


def unusual_values(contract: Contract, rows: Rows, feeds: Mapping[str, NDArray[Any]], language: str) -> list[Unusual]:
    """The unusual values of a request, by column, at most `MAX_UNUSUAL` of them and a last one for the others.

    Args:
        contract: of the table: what the training data had.
        rows: the rows of the request.
        feeds: the inputs made from them: texts without a known word have no counts.
        language: of the sentences.
    """
    found = list(islice(_found(contract, rows, feeds), MAX_UNUSUAL + 1))
    unusual = [
        Unusual(join(f"/data/{row}", column.name), pick(text, language), seen)
        for row, column, text, seen in found[:MAX_UNUSUAL]
    ]
    return [*unusual, Unusual("/data", pick(OTHERS, language), [])] if len(found) > MAX_UNUSUAL else unusual


def _found(contract: Contract, rows: Rows, feeds: Mapping[str, NDArray[Any]]) -> Iterator[Found]:
    in_range = contract.reader.in_range(rows)
    for column in contract.table.columns:
        if column.kind == NUMBER and not in_range:
            yield from _outside(column, rows.numbers[column.name])
        elif column.kind == CODE:
            yield from _unknown_codes(column, rows.numbers[column.name])
        elif column.kind == CATEGORY:
            yield from _unknown_texts(column, rows.texts[column.name])
        elif column.kind == DATE:
            yield from _outside_dates(column, rows.texts[column.name])
    if contract.table.words:
        yield from _without_words(contract.table, rows, feeds)


def _outside(column: Column, numbers: NDArray[np.float64]) -> Iterator[Found]:
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return
    for row in np.flatnonzero((numbers < low) | (numbers > high)).tolist():
        shown = {"value": f"{numbers[row]:.10g}", "low": f"{low:.10g}", "high": f"{high:.10g}"}
        yield row, column, fill(OUTSIDE, **shown), [low, high]


def _unknown_codes(column: Column, codes: NDArray[np.float64]) -> Iterator[Found]:
    known = {*(column.values or ()), None}
    cells = [None if code != code else int(code) for code in codes.tolist()]  # noqa: PLR0124  # NaN
    if column.values and not known.issuperset(cells):
        yield from _unknown(column, cells, known)


def _unknown_texts(column: Column, texts: Sequence[str | None]) -> Iterator[Found]:
    known = {*(column.values or ()), None}
    if column.values and not known.issuperset(texts):
        yield from _unknown(column, texts, known)


def _unknown(column: Column, cells: Sequence[int | str | None], known: set[Any]) -> Iterator[Found]:
    seen = list((column.values or ())[:MAX_LISTED])
    for row, cell in enumerate(cells):
        if cell not in known:
            yield row, column, fill(NEVER_SEEN, value=str(cell)[:MAX_SHOWN]), seen


def _outside_dates(column: Column, dates: Sequence[str | None]) -> Iterator[Found]:
    low, high = (column.first or "")[:10], (column.last or "")[:10]
    if not low or not high:
        return
    for row, date in enumerate(dates):
        if date is not None and not low <= date[:10] <= high:
            yield row, column, fill(OUTSIDE, value=date, low=low, high=high), [low, high]


def _without_words(table: Table, rows: Rows, feeds: Mapping[str, NDArray[Any]]) -> Iterator[Found]:
    counts: dict[str, NDArray[Any]] = {}
    for feed in table.feeds:
        if feed.form == "counts":
            counts[feed.column] = counts.get(feed.column, False) | feeds[feed.input].any(axis=1)
    described = {column.name: column for column in table.columns}
    for name, known in counts.items():
        for row in np.flatnonzero(~known).tolist():
            if rows.texts[name][row] is not None:
                yield row, described[name], NO_WORD, []
