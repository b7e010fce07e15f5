"""Pictures of a generated card. They must stay readable with long names, many classes and many columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.new.answers import Floats
from training.new.fairness import Group
from training.new.importance import Importance
from training.new.problem import Places
from training.plots import COLOURS, GRID, INK, confusion, drawn, png, reliability

MOST_CLASSES = 20
"""Classes of a confusion matrix; rarer ones are drawn together."""
MOST_BARS = 20
"""Columns of a chart of importance."""
MOST_LETTERS = 28
"""Longest name on an axis, in characters."""
MOST_POINTS = 2000
"""Points of a scatter plot; of more rows, evenly spaced ones are drawn."""
OTHERS = "autres"
PERCENT = PercentFormatter(1, decimals=0, symbol=" %")


@dataclass(frozen=True, slots=True)
class Band:
    """The interval of every number: half its width, perhaps of the logarithm."""

    half_width: float
    logarithm: bool

    def ends(self, values: Floats) -> tuple[Floats, Floats]:
        """Low and high end for each value."""
        if self.logarithm:
            return values * np.exp(-self.half_width), values * np.exp(self.half_width)
        return values - self.half_width, values + self.half_width


def short(name: str, most: int = MOST_LETTERS) -> str:
    """A name that fits on an axis; `$` would start a formula."""
    name = " ".join(name.split())
    if len(name) > most:  # names of one table often differ at their ends
        name = f"{name[: most // 2]}…{name[-(most - most // 2 - 1) :]}"
    return name.replace("$", r"\$")


def confusion_picture(truth: Places, predicted: Places, names: Sequence[str]) -> bytes:
    """The confusion matrix; of many classes, the most frequent ones.

    Args:
        truth: (n,) places of the true classes.
        predicted: (n,) places of the answers.
        names: of the classes, in order.
    """
    truth, predicted, names = _frequent(truth, predicted, names)
    names = [short(name, 20) for name in names]
    longest, cell = max(map(len, names)), 0.42 if len(names) > 4 else 0.7
    side = 1.3 + cell * len(names)
    slanted = longest > (9 if len(names) <= 4 else 3)
    size = (max(3.4, side + 0.07 * longest), max(3.0, side + (0.06 * longest if slanted else 0)))
    return png(drawn(_draw_confusion, truth, predicted, names, slanted, size=size))


def _frequent(truth: Places, predicted: Places, names: Sequence[str]) -> tuple[Places, Places, Sequence[str]]:
    if len(names) <= MOST_CLASSES:
        return truth, predicted, names
    counts = np.bincount(truth, minlength=len(names))
    kept = np.sort(np.argsort(-counts, kind="stable")[: MOST_CLASSES - 1])
    places = np.full(len(names), len(kept))
    places[kept] = np.arange(len(kept))
    return places[truth], places[predicted], [*(names[at] for at in kept), OTHERS]


def _draw_confusion(axes: Axes, truth: Places, predicted: Places, names: Sequence[str], slanted: bool) -> None:  # noqa: FBT001
    confusion(axes, truth, predicted, names)
    if slanted:
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")


def reliability_picture(outcomes: Places, probabilities: Floats, name: str) -> bytes:
    """How often what was announced happened.

    Args:
        outcomes: (n,) 1 where it happened.
        probabilities: (n,) announced.
        name: of the curve.
    """
    return png(drawn(reliability, {name: (outcomes.astype(bool), probabilities)}, size=(5, 4)))


def importance_picture(importance: Sequence[Importance], unit: str, titles: Sequence[str]) -> bytes:
    """The most important columns with their intervals.

    Args:
        importance: the largest first.
        unit: name of the axis.
        titles: of the columns, in the same order.
    """
    shown = importance[:MOST_BARS]
    height = 1.0 + 0.25 * len(shown)
    return png(drawn(_draw_importance, shown, unit, titles[:MOST_BARS], size=(6.5, height)))


def _draw_importance(axes: Axes, shown: Sequence[Importance], unit: str, titles: Sequence[str]) -> None:
    places = np.arange(len(shown))
    values = np.array([one.value for one in shown])
    gaps = np.array([[one.value - one.low, one.high - one.value] for one in shown]).T
    axes.barh(places, values, color=COLOURS[0], height=0.62)
    axes.errorbar(values, places, xerr=np.maximum(gaps, 0), fmt="none", ecolor=INK, elinewidth=0.9, capsize=2)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(places, [short(title, 34) for title in titles])
    axes.set(xlabel=unit, ylim=(len(shown) - 0.4, -0.6))
    axes.grid(visible=False, axis="y")


def values_picture(truth: Floats, values: Floats, name: str, band: Band | None) -> bytes:
    """True numbers against the answers, with the interval of each answer.

    Args:
        truth: (n,).
        values: (n,) answers.
        name: of the target.
        band: its intervals; None: none.
    """
    chosen = np.unique(np.linspace(0, len(truth) - 1, min(len(truth), MOST_POINTS)).astype(int))
    return png(drawn(_draw_values, truth[chosen], values[chosen], name, band, size=(5.4, 4.4)))


def _draw_values(axes: Axes, truth: Floats, values: Floats, name: str, band: Band | None) -> None:
    ends = np.array([min(np.min(values), np.min(truth)), max(np.max(values), np.max(truth))])
    grid = np.linspace(np.min(values), np.max(values), 100)
    if band is not None:
        low, high = band.ends(grid)
        axes.fill_between(grid, low, high, color=GRID, alpha=0.8, linewidth=0, label="intervalle à 90 %")
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=":", label="réponse parfaite")
    alpha = float(np.clip(60 / np.sqrt(len(values)), 2, 8) / 10)
    axes.scatter(values, truth, s=9, color=COLOURS[0], alpha=alpha, linewidths=0)
    axes.set(xlabel=f"réponse du modèle : {short(name)}", ylabel=f"vraie valeur : {short(name)}")
    axes.legend(loc="upper left")


def residuals_picture(truth: Floats, values: Floats, name: str) -> bytes:
    """A histogram of answer - truth.

    Args:
        truth: (n,).
        values: (n,) answers.
        name: of the target.
    """
    return png(drawn(_draw_residuals, values - truth, name, size=(5.4, 3)))


def _draw_residuals(axes: Axes, errors: Floats, name: str) -> None:
    low, high = np.quantile(errors, [0.005, 0.995])
    inside = errors[(errors >= low) & (errors <= high)]
    axes.hist(inside, bins=min(40, max(8, len(inside) // 8)), color=COLOURS[0], alpha=0.85)
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=":")
    axes.set(xlabel=f"réponse − vraie valeur : {short(name)}", ylabel="lignes")


def sizes_picture(sizes: Floats, labels: Sequence[str] = (), name: str = "classes dans l'ensemble") -> bytes:
    """How many rows have each of a few whole numbers.

    Args:
        sizes: (n,) whole numbers.
        labels: names of 0, 1, 2...; none: the numbers.
        name: of the axis.
    """
    return png(drawn(_draw_sizes, sizes, labels, name, size=(5, 2.8)))


def _draw_sizes(axes: Axes, sizes: Floats, labels: Sequence[str], name: str) -> None:
    counts = np.bincount(sizes.astype(int))
    shares = counts / counts.sum()
    bars = axes.bar(range(len(counts)), shares, color=COLOURS[0], width=0.7)
    texts = [f"{100 * share:.1f} %".replace(".", ",") if share else "" for share in shares]
    if len(counts) <= 12:
        axes.bar_label(bars, texts, padding=2, fontsize=8)
        axes.set_xticks(range(len(counts)), [*labels] or [str(at) for at in range(len(counts))])
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set(xlabel=name, ylabel="part des lignes", ylim=(0, max(shares) * 1.15))
    axes.grid(visible=False, axis="x")


def groups_picture(groups: Sequence[Group]) -> bytes | None:
    """The error rates of each group with their intervals; None: no group has any."""
    rates = {
        "erreurs": [group.errors for group in groups],
        "fausses alertes": [group.false_alarms for group in groups],
        "cas manqués": [group.missed for group in groups],
    }
    shown = {name: [share for share in shares if share is not None] for name, shares in rates.items()}
    shown = {name: shares for name, shares in shown.items() if len(shares) == len(groups)}
    if not shown:
        return _bias_picture(groups)
    points = {name: [(one.value, *one.ends) for one in shares] for name, shares in shown.items()}
    return png(_groups_figure(groups, points, "part des lignes du groupe", percent=True))


def _bias_picture(groups: Sequence[Group]) -> bytes | None:
    biases = [group.bias for group in groups if group.bias is not None]
    if not biases:
        return None
    points = {"réponse − vraie valeur, en moyenne": [(one.value, *one.ends) for one in biases]}
    return png(_groups_figure(groups, points, "réponse − vraie valeur", percent=False))


def _groups_figure(
    groups: Sequence[Group], points: dict[str, list[tuple[float, float, float]]], unit: str, *, percent: bool
) -> Figure:
    height = 1.3 + 0.34 * len(groups)
    return drawn(_draw_groups, groups, points, unit, percent, size=(7, height))


def _draw_groups(
    axes: Axes,
    groups: Sequence[Group],
    points: dict[str, list[tuple[float, float, float]]],
    unit: str,
    percent: bool,  # noqa: FBT001
) -> None:
    step = 0.24
    for at, (name, triples) in enumerate(points.items()):
        value, low, high = np.array(triples).T
        places = np.arange(len(groups)) + step * (at - (len(points) - 1) / 2)
        gaps = np.maximum([value - low, high - value], 0)
        axes.errorbar(value, places, xerr=gaps, fmt="o", markersize=4, linewidth=1, label=name)
    for place in range(1, len(groups)):
        if groups[place].column != groups[place - 1].column:
            axes.axhline(place - 0.5, color=INK, linewidth=0.6)
    axes.set_yticks(range(len(groups)), [short(f"{group.column} : {group.name}", 40) for group in groups])
    axes.set(xlabel=unit, ylim=(len(groups) - 0.4, -0.6))
    if percent:
        axes.xaxis.set_major_formatter(PERCENT)
    else:
        axes.axvline(0, color=INK, linewidth=0.8, linestyle=":")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(points))
