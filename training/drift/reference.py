"""The drift reference: how the training data are distributed, as row counts per bin (`reference.json` of a bundle).

The counts identify no person; the rows themselves are not stored.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.log.redaction import DECIMALS

FILE = "reference.json"
FORMAT = 1

MOST_BINS = 10
"""Largest number of bins of a column of numbers."""
LEAST_ROWS = 30
"""Smallest number of reference rows in a bin; rarer codes share the last bin. Smaller bins make the index random."""
MOST_TEXTS = 30
"""Largest number of bins of a column of texts; rarer ones share the last bin."""
OTHER_CODES, WHOLE_RANGE, MISSING = "autres", "tout", "absent"
"""Names of the bin of rare codes or texts, of a column's only bin, and of the bin of null."""

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Numbers = Sequence[float] | NDArray[np.floating]
Value = bool | float | str | None
"""A logged value, as JSON has it."""


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """The distribution of one column.

    Attributes:
        counts: reference rows in each bin.
        edges: for numbers, ascending: bin i holds values in (edge i-1, edge i]; the first and last bins are unbounded.
        codes: for a column of few values, the value of each bin; the last bin holds all others.
        texts: for texts and booleans, the text of each bin (`text_of`); the next bin holds all others.
        missing: whether one more bin, the last, counts null. Otherwise null is one of the other texts, and no number.
        form: what is counted of a text: itself, its length in characters, or its month in days since 1970-01-01.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    codes: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    missing: bool = False
    form: Literal["value", "length", "date"] = "value"

    def count(self, values: Iterable[Value] | Values) -> Counts:
        """Count these values in each bin."""
        if self.texts:
            return self._count_texts(values)
        numbers = numbers_of(values, self.form)
        present = numbers[~np.isnan(numbers)]
        nulls = [len(numbers) - len(present)] if self.missing else []
        if self.codes:
            known = [int((present == code).sum()) for code in self.codes]
            return np.array([*known, len(present) - sum(known), *nulls])
        bins = len(self.counts) - len(nulls)
        counted = np.bincount(np.searchsorted(self.edges, present), minlength=bins)
        return np.concatenate([counted, np.array(nulls, dtype=np.int64)])

    def _count_texts(self, values: Iterable[Value] | Values) -> Counts:
        counter = Counter(map(text_of, values))
        nulls = [counter.pop(None, 0)] if self.missing else []
        known = [counter[text] for text in self.texts]
        return np.array([*known, sum(counter.values()) - sum(known), *nulls])

    def names(self) -> list[str]:
        """The names of the bins, for people."""
        return [*self._names(), *([MISSING] if self.missing else [])]

    def _names(self) -> list[str]:
        if self.texts or self.codes:
            return [*(self.texts or (f"{code:g}" for code in self.codes)), OTHER_CODES]
        if not self.edges:
            return [WHOLE_RANGE]
        write = _month if self.form == "date" else "{:g}".format
        return [f"≤ {write(self.edges[0])}", *(f"≤ {write(edge)}" for edge in self.edges[1:]),
                f"> {write(self.edges[-1])}"]  # fmt: skip


def _month(days: float) -> str:
    return str(np.datetime64("1970-01-01") + np.timedelta64(int(days), "D"))[:7]


def text_of(value: object) -> str | None:
    """The name of the bin of a value: `true` and `false`, whole numbers without a point; None for null and NaN."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    number = float(value)  # type: ignore[arg-type]  # a number of any library
    return None if math.isnan(number) else str(int(number)) if number.is_integer() else f"{number:g}"


def numbers_of(values: Iterable[Value] | Values, form: str = "value") -> Values:
    """The numbers that a column counts; NaN for null and for what it does not count."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values.astype(np.float64)
    return np.array([_number(value, form) for value in values], dtype=np.float64)


def _number(value: Value, form: str) -> float:
    if isinstance(value, str):
        return float(len(value)) if form == "length" else _days(value) if form == "date" else math.nan
    return math.nan if value is None else float(value)


def _days(text: str) -> float:
    """Days from 1970-01-01 to the first of the month of an ISO 8601 date; NaN if it is none.

    Redacted request lines keep no more than the month.
    """
    try:
        month = date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return math.nan
    return float((month - date(1970, 1, 1)).days)


class GraphReference(msgspec.Struct, frozen=True):
    """The reference of one graph: its logged inputs and predictions, by name."""

    inputs: dict[str, Column]
    predictions: dict[str, Column]


class Reference(msgspec.Struct, frozen=True):
    """The content of the file; `graphs` by role, as in the manifest."""

    format: int
    graphs: dict[str, GraphReference]


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """One row of the request log with its prediction: the graph, the inputs that were logged, the predictions.

    Attributes:
        mixed: whether texts, booleans and null are values too, and not only numbers.
    """

    graph: str
    inputs: Mapping[str, Any]
    predictions: Mapping[str, Any]
    mixed: bool = False


def encode(graphs: Mapping[str, GraphReference]) -> bytes:
    """The bytes of the file."""
    return msgspec.json.format(msgspec.json.encode(Reference(FORMAT, dict(graphs))), indent=1) + b"\n"


def graph_reference(
    inputs: Mapping[str, Numbers], predictions: Mapping[str, Numbers], coded: Collection[str] = frozenset()
) -> GraphReference:
    """The reference of one graph.

    Args:
        inputs: the logged inputs of every training row, by name.
        predictions: the logged predictions for these rows, by name.
        coded: the inputs whose numbers are codes.
    """
    return GraphReference(
        {name: column(rounded(values), coded=name in coded) for name, values in inputs.items()},
        {name: column(np.asarray(values, dtype=np.float64)) for name, values in predictions.items()},
    )


def rounded(values: Numbers) -> Values:
    """Round inputs as redacted request lines do."""
    inputs: Values = np.asarray(values, dtype=np.float64).round(DECIMALS)
    return inputs


def column(values: Values, *, coded: bool = False, missing: bool = False) -> Column:
    """Bin a column of numbers: one bin per value for codes or few values, else quantile bins.

    Args:
        values: the numbers, NaN for null.
        coded: whether they are codes.
        missing: whether null is counted in a bin of its own.
    """
    every, values = values, values[~np.isnan(values)]
    distinct, counts = np.unique(values, return_counts=True)
    nulls = (0,) if missing else ()
    if coded or len(distinct) <= MOST_BINS:
        most = int(np.max(counts, initial=0))
        empty = Column((0,) * (1 + len(nulls)), codes=tuple(distinct[counts >= min(LEAST_ROWS, most)].tolist()))
    else:
        bins = max(2, min(MOST_BINS, len(values) // LEAST_ROWS))
        quantiles = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
        edges = np.unique(quantiles[quantiles < np.max(values)])
        empty = Column((0,) * (len(edges) + 1 + len(nulls)), edges=tuple(edges.tolist()))
    empty = msgspec.structs.replace(empty, missing=missing)
    return msgspec.structs.replace(empty, counts=tuple(empty.count(every).tolist()))


def text_column(values: Iterable[Value], *, missing: bool = False) -> Column:
    """Bin a column of texts or booleans: one bin for each frequent value, the most frequent first.

    Args:
        values: the values, None for null.
        missing: whether null is counted in a bin of its own.
    """
    texts = [text_of(value) for value in values]
    counter = Counter(text for text in texts if text is not None)
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_TEXTS]
    least = min(LEAST_ROWS, max(counter.values(), default=0))
    empty = Column((), texts=tuple(text for text, count in ranked if count >= least), missing=missing)
    return msgspec.structs.replace(empty, counts=tuple(empty.count(texts).tolist()))


def measured_column(texts: Iterable[str | None], form: Literal["length", "date"], *, missing: bool = False) -> Column:
    """Bin the lengths or the dates of texts.

    Args:
        texts: None for null.
        form: what is measured of each text.
        missing: whether null is counted in a bin of its own.
    """
    return msgspec.structs.replace(column(numbers_of(texts, form), missing=missing), form=form)
