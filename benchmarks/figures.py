"""The figures: names, units, medians, and how they are written."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.errors import Text

PARTS = ("start", "load", "bulk", "slow")
"""Parts of a measurement, each with its own figures."""

Figures = Mapping[str, float]
"""A server's figures by key, in seconds, MB, responses or rows per second; `inf`: timed out, `nan`: failed."""

_FRENCH_NUMBER = str.maketrans(",.", "\u202f,")


@dataclass(frozen=True)
class Figure:
    """One figure. Texts are pairs, French then English.

    Attributes:
        key: its name in `Figures`.
        title: of a column.
        unit: in which it is shown.
        part: one of `PARTS`.
        scale: factor from the measured unit to the shown one.
        digits: decimals that are shown.
        compared: whether its ratio to the hello-world's makes sense.
    """

    key: str
    title: Text
    unit: Text
    part: str
    scale: float = 1.0
    digits: int = 0
    compared: bool = True

    @property
    def heading(self) -> Text:
        """Title and unit, for a column."""
        return f"{self.title[0]}, {self.unit[0]}", f"{self.title[1]}, {self.unit[1]}"

    def text(self, value: float | None) -> Text:
        """A value for people; empty if it was not measured."""
        if value is None:
            return "", ""
        if math.isnan(value):
            return "échec", "failed"
        return ("abandon", "given up") if math.isinf(value) else number(value * self.scale, self.digits)


MS = ("ms", "ms")
RESPONSES, ROWS = ("réponses/s", "answers/s"), ("lignes/s", "rows/s")
FIGURES = (
    Figure("first", ("première réponse", "first answer"), MS, "start", 1000),
    Figure("cpu", ("CPU du démarrage", "CPU of the start"), MS, "start", 1000),
    Figure("pss", ("PSS", "PSS"), ("Mo", "MB"), "load"),
    Figure("p50", ("p50, 1 client", "p50, 1 client"), MS, "load", 1000, 2),
    Figure("rate16", ("16 clients", "16 clients"), RESPONSES, "load"),
    Figure("p99", ("p99, 16 clients", "p99, 16 clients"), MS, "load", 1000, 1),
    Figure("rate80", ("80 clients", "80 clients"), RESPONSES, "load"),
    Figure("rows", ("grands corps", "large bodies"), ROWS, "bulk", compared=False),
    Figure("real_rows", ("colonnes du jeu de données", "the data set's columns"), ROWS, "bulk", compared=False),
    Figure("slow", ("à côté de 200 clients lents", "beside 200 slow clients"), MS, "slow", 1000, 1),
)
BY_KEY = {figure.key: figure for figure in FIGURES}


def number(value: float, digits: int) -> Text:
    """A number with thousands separators and `digits` decimals."""
    english = f"{value:,.{digits}f}"
    return english.translate(_FRENCH_NUMBER), english


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the rounds in which it did not fail; `nan` if it always failed."""
    keys = dict.fromkeys(key for figures in rounds for key in figures)
    columns = {key: [figures[key] for figures in rounds if not math.isnan(figures.get(key, math.nan))] for key in keys}
    return {key: statistics.median(values) if values else math.nan for key, values in columns.items()}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that is not exceeded by at least this share (0 to 1) of them."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratio(figure: Figure, value: float, baseline: float | None) -> Text:
    """`x1.50`; empty without a baseline, or if the ratio makes no sense.

    Args:
        figure: whose values these are.
        value: of a server.
        baseline: the hello-world's.
    """
    if not figure.compared or baseline is None or baseline <= 0 or not math.isfinite(baseline + value):
        return "", ""
    french, english = number(value / baseline, 2)
    return f"x{french}", f"x{english}"
