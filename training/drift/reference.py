"""The drift reference: how the training data are distributed, as row counts per bin (`reference.json` of a bundle).

The counts identify no person; the rows themselves are not stored.
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
"""Largest number of bins of a column of numbers."""
LEAST_ROWS = 30
"""Smallest number of reference rows in a bin; rarer codes share the last bin. Smaller bins make the index random."""
OTHER_CODES, WHOLE_RANGE = "autres", "tout"
"""Names of the bin of rare codes, and of a column's only bin."""

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Numbers = Sequence[float] | NDArray[np.floating]


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """The distribution of one column.

    Attributes:
        counts: reference rows in each bin.
        edges: for numbers, ascending: bin i holds values in (edge i-1, edge i]; the first and last bins are unbounded.
        codes: for a column of few values, the value of each bin; the last bin holds all others.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    codes: tuple[float, ...] = ()

    def count(self, values: Values) -> Counts:
        """Count these values in each bin."""
        if self.codes:
            known = [int((values == code).sum()) for code in self.codes]
            return np.array([*known, len(values) - sum(known)])
        return np.bincount(np.searchsorted(self.edges, values), minlength=len(self.counts))

    def names(self) -> list[str]:
        """The names of the bins, for people."""
        if self.codes:
            return [*(f"{code:g}" for code in self.codes), OTHER_CODES]
        if not self.edges:
            return [WHOLE_RANGE]
        return [f"≤ {self.edges[0]:g}", *(f"≤ {edge:g}" for edge in self.edges[1:]), f"> {self.edges[-1]:g}"]


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
    """One row of the request log with its prediction: the graph, the inputs that were logged, the predictions."""

    graph: str
    inputs: Mapping[str, float]
    predictions: Mapping[str, float]


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


def column(values: Values, *, coded: bool = False) -> Column:
    """Bin a column: one bin per value for codes or few values, else quantile bins."""
    distinct, counts = np.unique(values, return_counts=True)
    if coded or len(distinct) <= MOST_BINS:
        empty = Column((), codes=tuple(distinct[counts >= min(LEAST_ROWS, int(np.max(counts)))].tolist()))
    else:
        bins = max(2, min(MOST_BINS, len(values) // LEAST_ROWS))
        quantiles = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
        edges = np.unique(quantiles[quantiles < np.max(values)])
        empty = Column((0,) * (len(edges) + 1), edges=tuple(edges.tolist()))
    return msgspec.structs.replace(empty, counts=tuple(empty.count(values).tolist()))
