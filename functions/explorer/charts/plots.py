"""Draws each type of chart on an empty figure, from columns that `chart_types.selection_error` has accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from functions.explorer import messages
from functions.explorer.charts.theme import Style, diverging, palette
from shared.i18n import fill, pick

MAX_POINTS = 5_000
"""Most points of a scatter plot: more would hide each other, so a sample is drawn."""
MAX_BARS = 30
"""Most bars of a chart of counts."""
MAX_LABEL_LENGTH = 28
"""Longest name or value beside an axis, in characters."""

Selection = Mapping[str, tuple[str, ...]]
"""Names of the selected columns, by the name of the slot."""


def complete_rows(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """These columns of the rows that have a finite value in each of them."""
    return frame[list(names)].replace([np.inf, -np.inf], np.nan).dropna()


@dataclass(frozen=True, slots=True)
class PlotData:
    """Everything a chart shows.

    Attributes:
        frame: the rows.
        selection: the selected columns by slot.
        style: the reader's theme and language.
    """

    frame: pd.DataFrame
    selection: Selection
    style: Style

    @property
    def columns(self) -> list[str]:
        """The selected columns, each once."""
        return list(dict.fromkeys(name for names in self.selection.values() for name in names))


def _prepare(data: PlotData, grouping: tuple[str, ...] = ("hue",)) -> pd.DataFrame:
    """The rows to draw. Columns of the slots in `grouping` become labels, in the order of their values."""
    rows = complete_rows(data.frame, data.columns)
    for slot in grouping:
        for name in data.selection.get(slot, ()):
            values = rows[name]
            labels = {value: _shorten(_label(value, data.style.language)) for value in sorted(values.unique())}
            rows[name] = pd.Categorical(values.map(labels), list(dict.fromkeys(labels.values())), ordered=True)
    return rows


def _label(value: Any, language: str) -> str:
    """The label of a group."""
    if isinstance(value, bool | np.bool_):
        return pick(messages.YES if value else messages.NO, language)
    return _decimal(f"{value:g}", language) if isinstance(value, float) else str(value)


def _decimal(text: str, language: str) -> str:
    return text if language == "en" else text.replace(".", ",")


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_LABEL_LENGTH else f"{text[: MAX_LABEL_LENGTH - 1].rstrip()}…"


def _first(selection: Selection, slot: str) -> str | None:
    return next(iter(selection.get(slot, ())), None)


def _colours(rows: pd.DataFrame, hue: str | None, style: Style) -> dict[str, Any]:
    """Seaborn's arguments for groups, or for a single colour."""
    if hue is None:
        return {"color": style.theme.colours[0]}
    return {"hue": hue, "palette": palette(style.theme, rows[hue].nunique())}


def _finish(axes: Axes, selection: Selection, x: str, y: str) -> None:
    axes.set(xlabel=_shorten(x), ylabel=_shorten(y))
    _legend_above(axes, _first(selection, "hue"))


def _legend_above(axes: Axes, hue: str | None) -> None:
    """Move the legend above the picture: beside it, a narrow page would have little width left."""
    legend = axes.get_legend()
    if legend is None or hue is None:
        return
    handles, labels = legend.legend_handles, [text.get_text() for text in legend.get_texts()]
    columns = max(1, min(len(labels), 60 // (4 + max(map(len, labels)))))
    options = {"ncols": columns, "frameon": False, "alignment": "left", "fontsize": 9, "title": _shorten(hue)}
    axes.figure.legend(filter(None, handles), labels, loc="outside upper left", **options)
    legend.remove()


def draw_counts(figure: Figure, data: PlotData) -> None:
    """Bars of the number of rows with each value, the most frequent first."""
    rows = _prepare(data, ("x", "hue"))
    x, hue = data.selection["x"][0], _first(data.selection, "hue")
    order = rows[x].value_counts().index[:MAX_BARS].tolist()
    figure.set_figheight(max(3.7, 0.9 + 0.28 * len(order)))
    axes = figure.add_subplot()
    sns.countplot(rows, y=x, order=order, ax=axes, dodge=hue != x, **_colours(rows, hue, data.style))
    if hue is None:
        axes.bar_label(axes.containers[0], padding=3, fontsize=9)  # type: ignore[arg-type]  # seaborn makes bars
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", integer=True)
    _finish(axes, data.selection, pick(messages.ROWS, data.style.language), x)


def draw_histogram(figure: Figure, data: PlotData) -> None:
    """A histogram of a number or a date."""
    rows, hue = _prepare(data), _first(data.selection, "hue")
    axes = figure.add_subplot()
    x = data.selection["x"][0]
    sns.histplot(
        rows, x=x, ax=axes, bins=_bins(rows[x]), multiple="stack" if hue else "layer", **_colours(rows, hue, data.style)
    )
    axes.locator_params(axis="y", integer=True)
    _finish(axes, data.selection, x, pick(messages.ROWS, data.style.language))


def _bins(values: "pd.Series[Any]") -> int:
    """Sturges' number of bins between 5 and 40, twice that for 50 different values or more."""
    return int(np.clip(np.log2(max(2, len(values))) + 1, 5, 40)) * (1 if values.nunique() < 50 else 2)


def draw_box(figure: Figure, data: PlotData) -> None:
    """Box plots of a number, by group."""
    rows, options = _grouped(data)
    sns.boxplot(rows, ax=figure.add_subplot(), fliersize=2, **options)
    _finish_groups(figure.axes[0], data.selection)


def draw_violin(figure: Figure, data: PlotData) -> None:
    """The density of a number, by group."""
    rows, options = _grouped(data)
    sns.violinplot(rows, ax=figure.add_subplot(), cut=0, density_norm="width", **options)
    _finish_groups(figure.axes[0], data.selection)


def _grouped(data: PlotData) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows to draw, and seaborn's arguments for a number by group."""
    rows = _prepare(data, ("x",))
    x, y = _first(data.selection, "x"), data.selection["y"][0]
    lines = {"linecolor": data.style.theme.ink, "linewidth": 1}
    colours = _colours(rows, x, data.style) | ({"legend": False} if x else {})
    return rows, {"x": x, "y": y, "dodge": False, **lines, **colours}


def _finish_groups(axes: Axes, selection: Selection) -> None:
    _rotate_labels(axes)
    axes.tick_params("x", length=0)
    _finish(axes, selection, _first(selection, "x") or "", selection["y"][0])


def _rotate_labels(axes: Axes) -> None:
    """Rotate the labels of groups that would overlap."""
    labels = [label.get_text() for label in axes.get_xticklabels()]
    if sum(map(len, labels)) > 60:
        axes.tick_params("x", rotation=90 if len(labels) > 12 else 30)


def draw_means(figure: Figure, data: PlotData) -> None:
    """Bars of the mean of a number, by group."""
    rows = _prepare(data, ("x", "hue"))
    x, y, hue = data.selection["x"][0], data.selection["y"][0], _first(data.selection, "hue")
    axes = figure.add_subplot()
    sns.barplot(rows, x=x, y=y, ax=axes, dodge=hue != x, errorbar=None, **_colours(rows, hue, data.style))
    _rotate_labels(axes)
    _finish(axes, data.selection, x, pick(fill(messages.MEAN, column=y), data.style.language))


def draw_scatter(figure: Figure, data: PlotData) -> None:
    """One point per row."""
    rows = _sample(_prepare(data))
    axes = figure.add_subplot()
    x, y, hue = data.selection["x"][0], data.selection["y"][0], _first(data.selection, "hue")
    sns.scatterplot(rows, x=x, y=y, ax=axes, s=22, alpha=0.75, linewidth=0, **_colours(rows, hue, data.style))
    _finish(axes, data.selection, x, y)


def _sample(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(MAX_POINTS, random_state=0) if len(rows) > MAX_POINTS else rows


def draw_line(figure: Figure, data: PlotData) -> None:
    """A number along another one or along time. Rows with the same x give their mean."""
    rows = _prepare(data)
    axes = figure.add_subplot()
    x, y, hue = data.selection["x"][0], data.selection["y"][0], _first(data.selection, "hue")
    sns.lineplot(rows, x=x, y=y, ax=axes, errorbar=None, linewidth=1.5, **_colours(rows, hue, data.style))
    _finish(axes, data.selection, x, y)


def draw_pairs(figure: Figure, data: PlotData) -> None:
    """A scatter plot of each pair of numbers, and a histogram of each number."""
    rows, hue = _sample(_prepare(data)), _first(data.selection, "hue")
    names = data.selection["columns"]
    grid = figure.subplots(len(names), len(names), squeeze=False)
    for (row, column), axes in np.ndenumerate(grid):
        legend = bool(hue) and (row, column) == (0, 0)
        colours = _colours(rows, hue, data.style) | {"legend": legend}
        if row == column:
            sns.histplot(rows, x=names[row], ax=axes, bins=15, multiple="stack" if hue else "layer", **colours)
        else:
            sns.scatterplot(rows, x=names[column], y=names[row], ax=axes, s=8, alpha=0.7, linewidth=0, **colours)
        axes.tick_params(labelsize=7)
        axes.set_xlabel(_shorten(names[column]) if row == len(names) - 1 else "", fontsize=8)
        axes.set_ylabel(_shorten(names[row]) if column == 0 else "", fontsize=8)
    _legend_above(grid[0, 0], hue)


def draw_heat_map(figure: Figure, data: PlotData) -> None:
    """A heat map of Pearson's correlation of each pair of numbers, with the values."""
    names = list(data.selection["columns"])
    correlations = data.frame[names].astype(float).replace([np.inf, -np.inf], np.nan).corr()
    correlations.index = correlations.columns = pd.Index([_shorten(name) for name in names])
    side = 2.2 + 0.55 * len(names)
    figure.set_size_inches(max(5.6, side + 0.8), max(4.2, side))
    axes = figure.add_subplot()
    decimals, size = (2, 10) if len(names) <= 10 else (2, 8) if len(names) <= 15 else (1, 8)
    words = correlations.map(lambda value: "" if np.isnan(value) else _number(value, decimals, data.style.language))
    options = {"cmap": diverging(data.style.theme), "vmin": -1, "vmax": 1, "linewidths": 0.5}
    page = data.style.theme.page
    sns.heatmap(correlations, annot=words, annot_kws={"size": size}, fmt="", ax=axes, linecolor=page, **options)
    axes.tick_params("x", rotation=45)
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("right")


def _number(value: float, decimals: int, language: str) -> str:
    rounded = round(value, decimals) + 0.0  # never -0.0
    return _decimal(f"{rounded:.{decimals}f}".replace("-", "−"), language)
