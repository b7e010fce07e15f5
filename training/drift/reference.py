"""What a model was trained on, as counts of rows a bin: `reference.json` of a bundle, from which drift is measured.

Counts of hundreds of rows name nobody; the rows themselves are not in it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.log.redaction import DECIMALS

FILE = "reference.json"
FORMAT = 1

MOST_BINS = 10
LEAST_ROWS = 30
"""Of the reference in a bin of numbers: fewer make an index of chance. A rarer code goes with the other rare ones."""

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Numbers = Sequence[float] | NDArray[np.floating]


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one quantity was distributed.

    Attributes:
        counts: rows of the reference in each bin.
        edges: of numbers, ascending: bin i holds what is greater than edge i-1 and at most edge i, without end on
            both sides.
        codes: of a column of few values, one a bin; the last bin has all others.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    codes: tuple[float, ...] = ()

    def count(self, values: Values) -> Counts:
        """How many of these values are in each bin."""
        if self.codes:
            known = [int((values == code).sum()) for code in self.codes]
            return np.array([*known, len(values) - sum(known)])
        return np.bincount(np.searchsorted(self.edges, values), minlength=len(self.counts))

    def names(self) -> list[str]:
        """What each bin holds, for people."""
        if self.codes:
            return [*(f"{code:g}" for code in self.codes), "autres"]
        if not self.edges:
            return ["tout"]
        return [f"≤ {self.edges[0]:g}", *(f"≤ {edge:g}" for edge in self.edges[1:]), f"> {self.edges[-1]:g}"]


class GraphReference(msgspec.Struct, frozen=True):
    """The reference of one graph: of what the request lines hold of its inputs, and of its answers, by their names."""

    inputs: dict[str, Column]
    predictions: dict[str, Column]


class Reference(msgspec.Struct, frozen=True):
    """The file. `graphs` by role, as in the manifest."""

    format: int
    graphs: dict[str, GraphReference]


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """One answered row of the request log: which graph answered, what it was given as far as it is kept, its answer."""

    graph: str
    inputs: Mapping[str, float]
    predictions: Mapping[str, float]


def encode(parts: Mapping[str, GraphReference]) -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(Reference(FORMAT, dict(parts))), indent=1) + b"\n"


def graph_reference(
    inputs: Mapping[str, Numbers], predictions: Mapping[str, Numbers], coded: Collection[str] = frozenset()
) -> GraphReference:
    """The reference of one graph.

    Args:
        inputs: what the request lines hold of its inputs, by name, for every row that it was trained on.
        predictions: what they hold of its answers to these rows.
        coded: the inputs whose numbers are codes.
    """
    return GraphReference(
        {name: column(rounded(values), coded=name in coded) for name, values in inputs.items()},
        {name: column(np.asarray(values, dtype=np.float64)) for name, values in predictions.items()},
    )


def rounded(values: Numbers) -> Values:
    """Inputs as redacted request lines keep them."""
    found: Values = np.asarray(values, dtype=np.float64).round(DECIMALS)
    return found


def column(values: Values, *, coded: bool = False) -> Column:
    """Bins of a quantity: one a value where it is a code or there are few, else as many rows in each as ties allow."""
    found, counts = np.unique(values, return_counts=True)
    if coded or len(found) <= MOST_BINS:
        empty = Column((), codes=tuple(found[counts >= min(LEAST_ROWS, int(np.max(counts)))].tolist()))
    else:
        bins = max(2, min(MOST_BINS, len(values) // LEAST_ROWS))
        quantiles = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
        edges = np.unique(quantiles[quantiles < np.max(values)])
        empty = Column((0,) * (len(edges) + 1), edges=tuple(edges.tolist()))
    return msgspec.structs.replace(empty, counts=tuple(empty.count(values).tolist()))
