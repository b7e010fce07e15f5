"""The figures: names, units, medians, and the way they are written."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PARTS = ("start", "load", "bulk", "slow")
Figures = Mapping[str, float]
"""A server's figures by key, in seconds, MB, answers or rows a second; `inf`: given up, `nan`: failed."""


@dataclass(frozen=True)
class Figure:
    """`scale` turns what is measured into the unit; `compared`: its ratio to a floor means something."""

    key: str
    title: str
    unit: str
    part: str
    scale: float = 1.0
    digits: int = 0
    compared: bool = True

    @property
    def heading(self) -> str:
        """The title of a column."""
        return f"{self.title}, {self.unit}"

    def text(self, value: float | None) -> str:
        """A value as people read it."""
        if value is None or math.isnan(value):
            return "failed" if value is not None else ""
        return "given up" if math.isinf(value) else f"{value * self.scale:,.{self.digits}f}"


FIGURES = (
    Figure("first", "first answer", "ms", "start", 1000),
    Figure("cpu", "CPU of the start", "ms", "start", 1000),
    Figure("pss", "PSS", "MB", "load"),
    Figure("p50", "p50, 1 client", "ms", "load", 1000, 2),
    Figure("rate16", "16 clients", "answers/s", "load"),
    Figure("p99", "p99, 16 clients", "ms", "load", 1000, 1),
    Figure("rate80", "80 clients", "answers/s", "load"),
    Figure("rows", "large bodies", "rows/s", "bulk", compared=False),
    Figure("real_rows", "the data set's columns", "rows/s", "bulk", compared=False),
    Figure("slow", "beside 200 slow clients", "ms", "slow", 1000, 1),
)
BY_KEY = {figure.key: figure for figure in FIGURES}


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the rounds in which it did not fail; `nan` where it always did."""
    keys = dict.fromkeys(key for one in rounds for key in one)
    columns = {key: [one[key] for one in rounds if not math.isnan(one.get(key, math.nan))] for key in keys}
    return {key: statistics.median(values) if values else math.nan for key, values in columns.items()}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that at least this share (0 to 1) of them does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratio(figure: Figure, value: float, floor: float | None) -> str:
    """`x1.50`, or nothing where there is no floor or no comparison."""
    if not figure.compared or floor is None or not (math.isfinite(floor) and math.isfinite(value) and floor > 0):
        return ""
    return f"x{value / floor:.2f}"
