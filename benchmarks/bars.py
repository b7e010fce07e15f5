"""The bars of the project: the bound of each figure, and whether it is met."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import BY_KEY, Figures

Results = Mapping[str, Figures]
"""The medians of every server, by its name."""
HELLO, BEST = "hello", "the best peer"


@dataclass(frozen=True)
class Rule:
    """A bar: one figure of one server, at most `bound`, or at least where `least`.

    `over` names the server to whose figure the ratio is taken, `over_key` that figure where it is another one.
    Without them `bound` is in the figure's own unit.
    """

    server: str
    key: str
    bound: float
    over: str = ""
    over_key: str = ""
    least: bool = False


@dataclass(frozen=True)
class Bar:
    """A rule, and the value that was measured for it."""

    rule: Rule
    value: float

    @property
    def met(self) -> bool:
        """Whether the value is there and on the right side."""
        if math.isnan(self.value):
            return False
        return self.value >= self.rule.bound if self.rule.least else self.value <= self.rule.bound

    def __str__(self) -> str:
        rule, figure = self.rule, BY_KEY[self.rule.key]
        at, digits = "least" if rule.least else "most", 2 if rule.over else figure.digits
        unit = f" x {rule.over}'s" if rule.over else f" {figure.unit}"
        if rule.over_key:
            unit += f" with {BY_KEY[rule.over_key].title}"
        value = f"{self.value:,.{digits}f}{unit}" if math.isfinite(self.value) else figure.text(self.value)
        return f"{rule.server}, {figure.title}: {value} (at {at} {rule.bound:,.{digits}f})"


RULES = (
    Rule("predict_species", "rate16", 1.5, HELLO, least=True),
    Rule("predict_species", "p99", 0.25, HELLO),
    Rule("predire", "rate16", 1.2, HELLO, least=True),
    Rule("predict_species", "rate80", 0.9, "predict_species", "rate16", least=True),
    Rule("predire", "rate80", 0.9, "predire", "rate16", least=True),
    Rule("predict_digit", "rate80", 0.9, "predict_digit", "rate16", least=True),
    Rule("predict_species", "rows", 200_000, least=True),
    Rule("predire", "rows", 15_000, least=True),
    Rule("predict_species", "first", 1.6, HELLO),
    Rule("predire", "first", 1.6, HELLO),
    Rule("predict_digit", "first", 1.8, HELLO),
    Rule("predict_species, gs://", "first", 2.0, HELLO),
    Rule("predire, gs://", "first", 2.0, HELLO),
    Rule("predict_digit, gs://", "first", 2.0, HELLO),
    Rule("predict_species", "pss", 90),
    Rule("predire", "pss", 90),
    Rule("predict_digit", "pss", 110),
    Rule("predict_species", "slow", 50),
    Rule("predire", "slow", 50),
    Rule("predict_digit", "slow", 50),
)
PEER_RULES = (
    Rule("predict_species", "rate16", 1.5, HELLO, least=True),
    Rule("predict_species", "rate16", 2.5, "fastapi", least=True),
    Rule("predict_species", "p99", 0.25, HELLO),
    Rule("predict_species", "rows", 1.0, BEST, least=True),
    Rule("predict_species", "first", 0.25, BEST),
)


def bars(results: Results, rules: Sequence[Rule] = RULES) -> list[Bar]:
    """The rules whose figures were measured, each with its value."""
    values = [(rule, _value(rule, results)) for rule in rules]
    return [Bar(rule, value) for rule, value in values if value is not None]


def _value(rule: Rule, results: Results) -> float | None:
    own = results.get(rule.server, {}).get(rule.key)
    if own is None or not rule.over:
        return None if own is None else own * BY_KEY[rule.key].scale
    floor = results.get(rule.over, {}).get(rule.over_key or rule.key)
    return None if floor is None else own / floor


def with_best(results: Results, peers: Collection[str]) -> Results:
    """The results, with the most rows a second and the quickest first answer of these peers as one more server."""
    rows, first = ([results[name].get(key, math.nan) for name in peers] for key in ("rows", "first"))
    found = {"rows": max(_there(rows), default=math.nan), "first": min(_there(first), default=math.nan)}
    return {**results, BEST: {key: value for key, value in found.items() if not math.isnan(value)}}


def _there(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
