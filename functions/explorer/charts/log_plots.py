"""The pictures of the request log."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from functions.explorer import log_messages
from functions.explorer.charts.theme import Style, palette
from shared.i18n import pick
from training.drift.bars import BarStyle, draw_bars
from training.drift.comparison import Drift

WIDE = (6.4, 2.9)
"""Width and height of a picture along time, in inches."""
ROW_HEIGHT = 0.26
"""Height of one bar of a drift, in inches."""
MAX_BARS = 30
"""Most bars of a drift."""


def volume(figure: Figure, counts: pd.DataFrame, style: Style) -> None:
    """Stacked bars of the number of requests along time, by outcome.

    Args:
        figure: empty figure.
        counts: result of `statistics.volume`.
        style: the reader's theme and language.
    """
    colours = style.theme.colours
    outcomes = {"ok": colours[0], "refused": colours[1], "failed": colours[3]}
    labels = {
        outcome: (pick(log_messages.OUTCOMES[outcome], style.language), colour) for outcome, colour in outcomes.items()
    }
    _stacked_bars(figure, counts, "outcome", labels)
    figure.axes[0].set_ylabel(pick(log_messages.REQUEST_AXIS, style.language))


def classes(figure: Figure, counts: pd.DataFrame, style: Style) -> None:
    """Stacked bars of the number of predictions along time, by class.

    Args:
        figure: empty figure.
        counts: result of `predictions.count_classes`.
        style: the reader's theme and language.
    """
    names = sorted(counts["class"].unique())
    colours = palette(style.theme, len(names))
    _stacked_bars(figure, counts, "class", {name: (name, colour) for name, colour in zip(names, colours, strict=True)})
    figure.axes[0].set_ylabel(pick(log_messages.PREDICTION_AXIS, style.language))


def _stacked_bars(figure: Figure, counts: pd.DataFrame, by: str, labels: dict[str, tuple[str, str]]) -> None:
    """Bars of `count` along `time`; `labels` has the label and the colour of each value of the column `by`."""
    wide = counts.pivot(index="time", columns=by, values="count").reindex(columns=list(labels)).fillna(0)
    axes = figure.add_subplot()
    starts = np.asarray(date2num(pd.DatetimeIndex(wide.index).to_pydatetime()))  # type: ignore[no-untyped-call]
    bottom = np.zeros(len(wide))
    width = 0.9 * float(np.diff(starts).min()) if len(starts) > 1 else 1 / 24
    for value, (label, colour) in labels.items():
        if wide[value].any():
            axes.bar(starts, wide[value], width, bottom, align="edge", label=label, color=colour, linewidth=0)
        bottom += wide[value].to_numpy()
    axes.locator_params(axis="y", integer=True)
    axes.xaxis_date()
    _legend(figure)


def _legend(figure: Figure) -> None:
    axes = figure.axes[0]
    labels = axes.get_legend_handles_labels()
    figure.legend(*labels, loc="outside upper left", ncols=min(6, len(labels[0])), frameon=False)


def latencies(figure: Figure, percentiles: pd.DataFrame, style: Style) -> None:
    """Lines of the percentiles of latency along time, on a logarithmic scale.

    Args:
        figure: empty figure.
        percentiles: result of `statistics.latencies`.
        style: the reader's theme and language.
    """
    _lines(figure, percentiles, "percentile", "latency", style)
    axes = figure.axes[0]
    axes.set(yscale="log", ylabel=pick(log_messages.LATENCY_AXIS, style.language))
    for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        set_formatter(FuncFormatter(lambda value, _: _log_tick(value, style.language)))


def _log_tick(value: float, language: str) -> str:
    """The label of a tick at 1, 2 or 5 times a power of ten; other ticks have no label."""
    text = f"{value:g}" if f"{value:e}"[0] in "125" and f"{value:e}"[2:8] == "000000" else ""
    return text if language == "en" else text.replace(".", ",")


def quantiles(figure: Figure, values: pd.DataFrame, style: Style) -> None:
    """Lines of the quantiles of a predicted number along time.

    Args:
        figure: empty figure.
        values: result of `predictions.quantiles`.
        style: the reader's theme and language.
    """
    _lines(figure, values, "quantile", "value", style)
    figure.axes[0].set_ylabel(pick(log_messages.VALUE_AXIS, style.language))


def _lines(figure: Figure, frame: pd.DataFrame, by: str, y: str, style: Style) -> None:
    axes = figure.add_subplot()
    colours = palette(style.theme, frame[by].nunique())
    for (name, rows), colour in zip(frame.groupby(by, sort=False), colours, strict=True):
        axes.plot(rows["time"], rows[y], label=str(name), color=colour, linewidth=1.5, marker="o", markersize=3)
    axes.xaxis_date()
    _legend(figure)


def drift_size(drift: Drift) -> tuple[float, float]:
    """Width and height of the picture of a drift, in inches."""
    return WIDE[0], 1.2 + ROW_HEIGHT * min(MAX_BARS, len(drift.shifts))


def drift(figure: Figure, measured: Drift, style: Style) -> None:
    """Bars of the stability index of each quantity beside the threshold, the largest first.

    Args:
        figure: empty figure.
        measured: the comparison.
        style: the reader's theme and language.
    """
    theme = style.theme
    texts = {"index_label": log_messages.INDEX_AXIS, "threshold_label": log_messages.THRESHOLD}
    labels = {name: pick(text, style.language) for name, text in texts.items()}
    axes = figure.add_subplot()
    draw_bars(axes, measured, BarStyle(theme.colours[0], theme.colours[1], theme.ink, **labels), MAX_BARS)
    axes.tick_params("y", labelsize=8)


def factors(figure: Figure, labels: Sequence[str], values: Sequence[float], style: Style) -> None:
    """Bars on both sides of zero of the factors of a prediction.

    Args:
        figure: empty figure.
        labels: one per factor.
        values: contribution of each factor to the log-odds of failing.
        style: the reader's theme and language.
    """
    theme = style.theme
    axes = figure.add_subplot()
    colours = [theme.colours[1] if value > 0 else theme.colours[0] for value in values]
    sns.barplot(x=list(values), y=list(labels), hue=list(labels), palette=colours, legend=False, ax=axes)
    axes.axvline(0, color=theme.ink, linewidth=0.8)
    axes.set(xlabel=pick(log_messages.CONTRIBUTION_AXIS, style.language), ylabel="")
    axes.grid(visible=False, axis="y")
