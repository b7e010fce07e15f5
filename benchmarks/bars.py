"""The project's performance bars: a bound for each figure, and whether it is met."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import BY_KEY, Figures, number
from shared.terminal import say

Results = Mapping[str, Figures]
"""The medians of every server, by its name."""

HELLO, BEST = "hello", "the best peer"
"""Names of the servers to which ratios are taken."""


@dataclass(frozen=True)
class Rule:
    """A bar for one figure of one server. Without a baseline `bound` is in the figure's own unit.

    Attributes:
        server: its name.
        key: the figure.
        bound: the largest value that meets the bar, or the smallest.
        baseline: the server to whose figure the ratio is taken; "" for no ratio.
        baseline_key: that server's figure, if it is another one.
        least: whether `bound` is the smallest value.
    """

    server: str
    key: str
    bound: float
    baseline: str = ""
    baseline_key: str = ""
    least: bool = False


@dataclass(frozen=True)
class Bar:
    """A rule and its measured value."""

    rule: Rule
    value: float

    @property
    def met(self) -> bool:
        """Whether the value meets the bound."""
        if math.isnan(self.value):
            return False
        return self.value >= self.rule.bound if self.rule.least else self.value <= self.rule.bound

    def __str__(self) -> str:
        rule, figure = self.rule, BY_KEY[self.rule.key]
        digits = 2 if rule.baseline else figure.digits
        value = say(figure.text(self.value))
        if math.isfinite(self.value):
            value = f"{say(number(self.value, digits))} {self._unit()}"
        text = (
            ("{server}, {figure} : {value} (au moins {bound})", "{server}, {figure}: {value} (at least {bound})")
            if rule.least
            else ("{server}, {figure} : {value} (au plus {bound})", "{server}, {figure}: {value} (at most {bound})")
        )
        bound = say(number(rule.bound, digits))
        return say(text, server=rule.server, figure=say(figure.title), value=value, bound=bound)

    def _unit(self) -> str:
        rule = self.rule
        if not rule.baseline:
            return say(BY_KEY[rule.key].unit)
        name = say(("le meilleur concurrent", BEST)) if rule.baseline == BEST else rule.baseline
        unit = say(("x celui de {name}", "x {name}'s"), name=name)
        if not rule.baseline_key:
            return unit
        return say(
            ("{unit} avec {title}", "{unit} with {title}"), unit=unit, title=say(BY_KEY[rule.baseline_key].title)
        )


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
    value = results.get(rule.server, {}).get(rule.key)
    if value is None or not rule.baseline:
        return None if value is None else value * BY_KEY[rule.key].scale
    baseline = results.get(rule.baseline, {}).get(rule.baseline_key or rule.key)
    return None if baseline is None else value / baseline


def with_best(results: Results, peers: Collection[str]) -> Results:
    """The results, and one more server with the peers' most rows per second and fastest first response."""
    rows, first = ([results[name].get(key, math.nan) for name in peers] for key in ("rows", "first"))
    best = {"rows": max(_succeeded(rows), default=math.nan), "first": min(_succeeded(first), default=math.nan)}
    return {**results, BEST: {key: value for key, value in best.items() if not math.isnan(value)}}


def _succeeded(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
