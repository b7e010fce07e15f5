"""The pictures of the request log."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from functions.explorer import log_texts
from functions.explorer.charts import theme
from functions.explorer.charts.draw import Style
from shared.i18n import pick
from training.drift.bars import BarStyle, draw_bars
from training.drift.comparison import Drift

WIDE = (6.4, 2.9)
"""Inches."""
ROW_INCHES = 0.26
MOST_QUANTITIES = 30


def volume(figure: Figure, counts: pd.DataFrame, style: Style) -> None:
    """Stacked bars: requests a bin of time, by how they ended."""
    colours = theme.LOOKS[style.theme].colours
    kinds = {"ok": colours[0], "refused": colours[1], "failed": colours[3]}
    _stacked(
        figure, counts, "kind", {kind: (pick(log_texts.ENDED[kind], style.language), kinds[kind]) for kind in kinds}
    )
    figure.axes[0].set_ylabel(pick(log_texts.REQUESTS, style.language))


def classes(figure: Figure, counts: pd.DataFrame, style: Style) -> None:
    """Stacked bars: answers a bin of time, by class."""
    names = sorted(counts["class"].unique())
    colours = theme.palette(style.theme, len(names))
    _stacked(figure, counts, "class", {name: (name, colour) for name, colour in zip(names, colours, strict=True)})
    figure.axes[0].set_ylabel(pick(log_texts.ANSWERS, style.language))


def _stacked(figure: Figure, counts: pd.DataFrame, by: str, kinds: dict[str, tuple[str, str]]) -> None:
    wide = counts.pivot(index="time", columns=by, values="count").reindex(columns=list(kinds)).fillna(0)
    axes = figure.add_subplot()
    places = np.asarray(date2num(pd.DatetimeIndex(wide.index).to_pydatetime()))  # type: ignore[no-untyped-call]
    bottom = np.zeros(len(wide))
    width = 0.9 * float(np.diff(places).min()) if len(places) > 1 else 1 / 24
    for kind, (label, colour) in kinds.items():
        if wide[kind].any():
            axes.bar(places, wide[kind], width, bottom, align="edge", label=label, color=colour, linewidth=0)
        bottom += wide[kind].to_numpy()
    axes.locator_params(axis="y", integer=True)
    axes.xaxis_date()
    _legend(figure)


def _legend(figure: Figure) -> None:
    axes = figure.axes[0]
    labels = axes.get_legend_handles_labels()
    figure.legend(*labels, loc="outside upper left", ncols=min(6, len(labels[0])), frameon=False)


def latencies(figure: Figure, found: pd.DataFrame, style: Style) -> None:
    """Lines: percentiles of latency along time, on a scale of powers of ten."""
    _lines(figure, found, "percentile", "latency", style)
    axes = figure.axes[0]
    axes.set(yscale="log", ylabel=pick(log_texts.LATENCY, style.language))
    for which in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        which(FuncFormatter(lambda value, _: _power(value, style.language)))


def _power(value: float, language: str) -> str:
    """A label for 1, 2 and 5 times a power of ten."""
    text = f"{value:g}" if f"{value:e}"[0] in "125" and f"{value:e}"[2:8] == "000000" else ""
    return text if language == "en" else text.replace(".", ",")


def quantiles(figure: Figure, found: pd.DataFrame, style: Style) -> None:
    """Lines: quantiles of an answer along time."""
    _lines(figure, found, "quantile", "value", style)
    figure.axes[0].set_ylabel(pick(log_texts.ANSWER, style.language))


def _lines(figure: Figure, found: pd.DataFrame, by: str, y: str, style: Style) -> None:
    axes = figure.add_subplot()
    colours = theme.palette(style.theme, found[by].nunique())
    for (name, part), colour in zip(found.groupby(by, sort=False), colours, strict=True):
        axes.plot(part["time"], part[y], label=str(name), color=colour, linewidth=1.5, marker="o", markersize=3)
    axes.xaxis_date()
    _legend(figure)


def drift_size(drift: Drift) -> tuple[float, float]:
    """Width and height of the picture of a drift, in inches."""
    return WIDE[0], 1.2 + ROW_INCHES * min(MOST_QUANTITIES, len(drift.shifts))


def drift(figure: Figure, measured: Drift, style: Style) -> None:
    """Bars: the stability index of each quantity beside the threshold, the largest first."""
    look = theme.LOOKS[style.theme]
    words = {"index_label": log_texts.INDEX, "threshold_label": log_texts.THRESHOLD}
    labels = {name: pick(text, style.language) for name, text in words.items()}
    axes = figure.add_subplot()
    draw_bars(axes, measured, BarStyle(look.colours[0], look.colours[1], look.ink, **labels), MOST_QUANTITIES)
    axes.tick_params("y", labelsize=8)


def factors(figure: Figure, labels: Sequence[str], values: Sequence[float], style: Style) -> None:
    """Bars on both sides of zero: what each factor adds to the log-odds of failing."""
    colours = theme.LOOKS[style.theme].colours
    axes = figure.add_subplot()
    shades = [colours[1] if value > 0 else colours[0] for value in values]
    sns.barplot(x=list(values), y=list(labels), hue=list(labels), palette=shades, legend=False, ax=axes)
    axes.axvline(0, color=theme.LOOKS[style.theme].ink, linewidth=0.8)
    axes.set(xlabel=pick(log_texts.CONTRIBUTION, style.language), ylabel="")
    axes.grid(visible=False, axis="y")
