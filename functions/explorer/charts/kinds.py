"""The charts that there are, what each needs, and why one makes no sense of some columns."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from functions.explorer import texts
from functions.explorer.charts import draw
from functions.explorer.tables.columns import FEW, Kind, kind_of
from shared.errors import Text
from shared.i18n import fill

MOST_HUES = 12
"""Groups that colours can tell apart."""
MOST_PAIRS = 5
MOST_HEAT = 20
"""Columns of a heat map whose values can be read."""

Chosen = Mapping[str, tuple[str, ...]]
"""The columns that were chosen, by the name of the slot."""


class Slot(msgspec.Struct, frozen=True):
    """A place of a chart for columns.

    Attributes:
        name: `x`, `y`, `hue` or `columns`.
        label: what it is for people.
        takes: what a column may hold.
        most: different values that it may have; None: any number.
        least: how many columns there must be.
        many: most columns.
    """

    name: str
    label: Text
    takes: tuple[Kind, ...]
    most: int | None = None
    least: int = 1
    many: int = 1


class Chart(msgspec.Struct, frozen=True):
    """A kind of chart: its name, what it shows, its slots, and what draws it."""

    name: Text
    shows: Text
    slots: tuple[Slot, ...]
    draw: Callable[[Figure, pd.DataFrame, Chosen, draw.Style], None]
    size: tuple[float, float] = (5.8, 3.7)


ANY: tuple[Kind, ...] = ("number", "text", "time", "truth")
QUANTITY: tuple[Kind, ...] = ("number", "time")
HUE = Slot("hue", texts.HUE, ANY, MOST_HUES, least=0)
GROUP = Slot("x", texts.GROUPED_BY, ANY, FEW, least=0)
Y = Slot("y", texts.Y, ("number",))

CHARTS = {
    "counts": Chart(texts.COUNTS, texts.COUNTS_SHOW, (Slot("x", texts.FEATURE, ANY), HUE), draw.counts),
    "histogram": Chart(texts.HISTOGRAM, texts.HISTOGRAM_SHOWS, (Slot("x", texts.X, QUANTITY), HUE), draw.histogram),
    "box": Chart(texts.BOX, texts.BOX_SHOWS, (Y, GROUP), draw.box),
    "violin": Chart(texts.VIOLIN, texts.VIOLIN_SHOWS, (Y, GROUP), draw.violin),
    "means": Chart(texts.MEANS, texts.MEANS_SHOW, (Y, Slot("x", texts.GROUPED_BY, ANY, FEW), HUE), draw.means),
    "scatter": Chart(texts.SCATTER, texts.SCATTER_SHOWS, (Slot("x", texts.X, QUANTITY), Y, HUE), draw.scatter),
    "line": Chart(texts.LINE, texts.LINE_SHOWS, (Slot("x", texts.X, QUANTITY), Y, HUE), draw.line),
    "pairs": Chart(
        texts.PAIRS,
        texts.PAIRS_SHOW,
        (Slot("columns", texts.COLUMNS, ("number",), least=2, many=MOST_PAIRS), HUE),
        draw.pairs,
        (7.0, 6.6),
    ),
    "heat": Chart(
        texts.HEAT,
        texts.HEAT_SHOWS,
        (Slot("columns", texts.COLUMNS, ("number",), least=2, many=MOST_HEAT),),
        draw.heat,
        (7.2, 6.0),
    ),
}


def fault(chart: Chart, frame: pd.DataFrame, chosen: Chosen) -> Text | None:
    """Why a chart makes no sense for the chosen columns of these rows; None where it does."""
    if frame.empty:
        return texts.NO_ROWS
    for slot in chart.slots:
        found = _fault(chart, slot, frame, chosen.get(slot.name, ()))
        if found is not None:
            return found
    if chosen.get("x") and chosen.get("x") == chosen.get("y"):
        return fill(texts.TWICE, column=chosen["x"][0])
    return _without_values(chart, frame, chosen)


def _fault(chart: Chart, slot: Slot, frame: pd.DataFrame, columns: tuple[str, ...]) -> Text | None:
    if len(columns) < slot.least:
        asked = texts.CHOOSE_ONE if slot.least == 1 else texts.CHOOSE_SEVERAL
        return fill(asked, chart=chart.name, slot=slot.label, least=slot.least)
    if len(columns) > slot.many:
        return fill(texts.CHOOSE_FEWER, chart=chart.name, most=slot.many, got=len(columns))
    return next((found for name in columns if (found := _column_fault(chart, slot, frame[name])) is not None), None)


def _column_fault(chart: Chart, slot: Slot, column: "pd.Series[str]") -> Text | None:
    kind = kind_of(column)
    if kind not in slot.takes:
        takes = tuple(" / ".join(texts.KINDS[one][half] for one in slot.takes) for half in (0, 1))
        facts = {"chart": chart.name, "slot": slot.label, "column": column.name, "takes": takes}
        return fill(texts.WRONG_KIND, **facts, got=texts.KINDS[kind])
    different = column.nunique()
    if slot.most is not None and different > slot.most:
        return fill(texts.TOO_MANY_VALUES, slot=slot.label, column=column.name, got=different, most=slot.most)
    if chart is CHARTS["counts"] and slot.name == "x" and kind in QUANTITY and different > FEW:
        return fill(texts.RATHER_A_HISTOGRAM, column=column.name, got=different)
    return None


def _without_values(chart: Chart, frame: pd.DataFrame, chosen: Chosen) -> Text | None:
    """What is missing once the rows without a value are left out."""
    names = list(dict.fromkeys(name for columns in chosen.values() for name in columns))
    if chart is CHARTS["heat"]:
        varying = [name for name in names if frame[name].replace([np.inf, -np.inf], np.nan).nunique() > 1]
        return None if len(varying) > 1 else texts.NOTHING_VARIES
    return None if len(draw.complete(frame, names)) else fill(texts.NO_VALUES, columns=", ".join(names))


def notes(chart: Chart, frame: pd.DataFrame, chosen: Chosen) -> list[tuple[Text, dict[str, object]]]:
    """What a picture leaves out: sentences and what fills their places."""
    names = list(dict.fromkeys(name for columns in chosen.values() for name in columns))
    if chart is CHARTS["heat"]:
        return [(texts.PEARSON, {})]
    kept = len(draw.complete(frame, names))
    found: list[tuple[Text, dict[str, object]]] = []
    if kept < len(frame):
        found.append((texts.LEFT_OUT, {"count": len(frame) - kept}))
    if chart in {CHARTS["scatter"], CHARTS["pairs"]} and kept > draw.MOST_POINTS:
        found.append((texts.SOME_POINTS, {"most": draw.MOST_POINTS}))
    if chart is CHARTS["counts"] and frame[names[0]].nunique() > draw.MOST_BARS:
        found.append((texts.SOME_BARS, {"most": draw.MOST_BARS, "count": frame[names[0]].nunique()}))
    return found
