"""How each kind of chart is drawn, of rows and columns that make sense for it."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from functions.explorer import texts
from functions.explorer.charts import theme
from shared.i18n import fill, pick

MOST_POINTS = 5_000
"""Beyond, dots hide each other: a sample is drawn."""
MOST_BARS = 30
LONGEST = 28
"""Letters of a name or value beside an axis."""

Chosen = Mapping[str, tuple[str, ...]]


class Style(msgspec.Struct, frozen=True):
    """For whom: the page's theme (`light`, `dark`) and language."""

    theme: str
    language: str


def complete(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The rows that have a finite value in each of these columns, and only these columns."""
    return frame[list(names)].replace([np.inf, -np.inf], np.nan).dropna()


def _prepared(frame: pd.DataFrame, chosen: Chosen, style: Style, grouping: tuple[str, ...] = ("hue",)) -> pd.DataFrame:
    """What is drawn; the columns that group are text, in the order of their values."""
    names = dict.fromkeys(name for columns in chosen.values() for name in columns)
    found = complete(frame, names)
    for slot in grouping:
        for name in chosen.get(slot, ()):
            values = found[name]
            order = sorted(values.unique())
            labels = _labels(order, style.language)
            found[name] = pd.Categorical(values.map(labels), list(dict.fromkeys(labels.values())), ordered=True)
    return found


def _labels(values: Iterable[Any], language: str) -> dict[Any, str]:
    return {value: _short(_word(value, language)) for value in values}


def _word(value: Any, language: str) -> str:
    """A value that groups rows, as the language writes it."""
    if isinstance(value, bool | np.bool_):
        return pick(texts.YES if value else texts.NO, language)
    return _decimal(f"{value:g}", language) if isinstance(value, float) else str(value)


def _decimal(text: str, language: str) -> str:
    return text if language == "en" else text.replace(".", ",")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _one(chosen: Chosen, slot: str) -> str | None:
    return next(iter(chosen.get(slot, ())), None)


def _colours(data: pd.DataFrame, hue: str | None, style: Style) -> dict[str, Any]:
    """Seaborn's arguments for groups, or for a single colour."""
    if hue is None:
        return {"color": theme.LOOKS[style.theme].colours[0]}
    return {"hue": hue, "palette": theme.palette(style.theme, data[hue].nunique())}


def _finish(axes: Axes, chosen: Chosen, x: str, y: str) -> None:
    axes.set(xlabel=_short(x), ylabel=_short(y))
    _legend_above(axes, _one(chosen, "hue"))


def _legend_above(axes: Axes, hue: str | None) -> None:
    """Above the picture it costs no width, which a narrow page has little of."""
    legend = axes.get_legend()
    if legend is None or hue is None:
        return
    handles, labels = legend.legend_handles, [text.get_text() for text in legend.get_texts()]
    columns = max(1, min(len(labels), 60 // (4 + max(map(len, labels)))))
    place = {"ncols": columns, "frameon": False, "alignment": "left", "fontsize": 9, "title": _short(hue)}
    axes.figure.legend(filter(None, handles), labels, loc="outside upper left", **place)
    legend.remove()


def counts(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """Bars: how many rows have each value, the most frequent first."""
    data = _prepared(frame, chosen, style, ("x", "hue"))
    x, hue = chosen["x"][0], _one(chosen, "hue")
    order = data[x].value_counts().index[:MOST_BARS].tolist()
    figure.set_figheight(max(3.7, 0.9 + 0.28 * len(order)))
    axes = figure.add_subplot()
    sns.countplot(data, y=x, order=order, ax=axes, dodge=hue != x, **_colours(data, hue, style))
    if hue is None:
        axes.bar_label(axes.containers[0], padding=3, fontsize=9)  # type: ignore[arg-type]  # seaborn makes bars
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", integer=True)
    _finish(axes, chosen, pick(texts.ROWS, style.language), x)


def histogram(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """How often values are in each range."""
    data, hue = _prepared(frame, chosen, style), _one(chosen, "hue")
    axes = figure.add_subplot()
    x = chosen["x"][0]
    sns.histplot(
        data, x=x, ax=axes, bins=_bins(data[x]), multiple="stack" if hue else "layer", **_colours(data, hue, style)
    )
    axes.locator_params(axis="y", integer=True)
    _finish(axes, chosen, x, pick(texts.ROWS, style.language))


def _bins(values: "pd.Series[Any]") -> int:
    """Sturges' number, between 5 and 40."""
    return int(np.clip(np.log2(max(2, len(values))) + 1, 5, 40)) * (1 if values.nunique() < 50 else 2)


def box(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """Median, quartiles and what is far from them, by group."""
    data, options = _grouped(frame, chosen, style)
    sns.boxplot(data, ax=figure.add_subplot(), fliersize=2, **options)
    _groups_below(figure.axes[0], chosen)


def violin(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """The density of values, by group."""
    data, options = _grouped(frame, chosen, style)
    sns.violinplot(data, ax=figure.add_subplot(), cut=0, density_norm="width", **options)
    _groups_below(figure.axes[0], chosen)


def _grouped(frame: pd.DataFrame, chosen: Chosen, style: Style) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What is drawn, and seaborn's arguments for a number by group."""
    data = _prepared(frame, chosen, style, ("x",))
    x, y = _one(chosen, "x"), chosen["y"][0]
    lines = {"linecolor": theme.LOOKS[style.theme].ink, "linewidth": 1}
    colours = _colours(data, x, style) | ({"legend": False} if x else {})
    return data, {"x": x, "y": y, "dodge": False, **lines, **colours}


def _groups_below(axes: Axes, chosen: Chosen) -> None:
    _tilt(axes)
    axes.tick_params("x", length=0)
    _finish(axes, chosen, _one(chosen, "x") or "", chosen["y"][0])


def _tilt(axes: Axes) -> None:
    """Names that would not fit beside each other."""
    labels = [label.get_text() for label in axes.get_xticklabels()]
    if sum(map(len, labels)) > 60:
        axes.tick_params("x", rotation=90 if len(labels) > 12 else 30)


def means(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """Bars: the mean of a number, by group."""
    data = _prepared(frame, chosen, style, ("x", "hue"))
    x, y, hue = chosen["x"][0], chosen["y"][0], _one(chosen, "hue")
    axes = figure.add_subplot()
    sns.barplot(data, x=x, y=y, ax=axes, dodge=hue != x, errorbar=None, **_colours(data, hue, style))
    _tilt(axes)
    _finish(axes, chosen, x, pick(fill(texts.MEAN, column=y), style.language))


def scatter(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """A dot a row."""
    data = _some(_prepared(frame, chosen, style))
    axes = figure.add_subplot()
    x, y, hue = chosen["x"][0], chosen["y"][0], _one(chosen, "hue")
    sns.scatterplot(data, x=x, y=y, ax=axes, s=22, alpha=0.75, linewidth=0, **_colours(data, hue, style))
    _finish(axes, chosen, x, y)


def _some(data: pd.DataFrame) -> pd.DataFrame:
    return data.sample(MOST_POINTS, random_state=0) if len(data) > MOST_POINTS else data


def line(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """A number along another one or along time; rows with the same place count as their mean."""
    data = _prepared(frame, chosen, style)
    axes = figure.add_subplot()
    x, y, hue = chosen["x"][0], chosen["y"][0], _one(chosen, "hue")
    sns.lineplot(data, x=x, y=y, ax=axes, errorbar=None, linewidth=1.5, **_colours(data, hue, style))
    _finish(axes, chosen, x, y)


def pairs(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """Every pair of numbers as dots, each number by itself as a histogram."""
    data, hue = _some(_prepared(frame, chosen, style)), _one(chosen, "hue")
    names = chosen["columns"]
    grid = figure.subplots(len(names), len(names), squeeze=False)
    for (row, column), axes in np.ndenumerate(grid):
        legend = bool(hue) and (row, column) == (0, 0)
        colours = _colours(data, hue, style) | {"legend": legend}
        if row == column:
            sns.histplot(data, x=names[row], ax=axes, bins=15, multiple="stack" if hue else "layer", **colours)
        else:
            sns.scatterplot(data, x=names[column], y=names[row], ax=axes, s=8, alpha=0.7, linewidth=0, **colours)
        axes.tick_params(labelsize=7)
        axes.set_xlabel(_short(names[column]) if row == len(names) - 1 else "", fontsize=8)
        axes.set_ylabel(_short(names[row]) if column == 0 else "", fontsize=8)
    _legend_above(grid[0, 0], hue)


def heat(figure: Figure, frame: pd.DataFrame, chosen: Chosen, style: Style) -> None:
    """Correlations of each pair of numbers, with their values (Pearson)."""
    names = list(chosen["columns"])
    found = frame[names].astype(float).replace([np.inf, -np.inf], np.nan).corr()
    found.index = found.columns = pd.Index([_short(name) for name in names])
    side = 2.2 + 0.55 * len(names)
    figure.set_size_inches(max(5.6, side + 0.8), max(4.2, side))
    axes = figure.add_subplot()
    decimals, size = (2, 10) if len(names) <= 10 else (2, 8) if len(names) <= 15 else (1, 8)
    words = found.map(lambda value: "" if np.isnan(value) else _number(value, decimals, style.language))
    options = {"cmap": theme.diverging(style.theme), "vmin": -1, "vmax": 1, "linewidths": 0.5}
    page = theme.LOOKS[style.theme].page
    sns.heatmap(found, annot=words, annot_kws={"size": size}, fmt="", ax=axes, linecolor=page, **options)
    axes.tick_params("x", rotation=45)
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("right")


def _number(value: float, decimals: int, language: str) -> str:
    return _decimal(f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−"), language)  # no minus before zero
