"""The types of charts, the columns that each one takes, and the error of a selection that it cannot show."""

from collections.abc import Callable

import msgspec
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from functions.explorer import messages
from functions.explorer.charts import plots
from functions.explorer.charts.plots import PlotData, Selection, complete_rows
from functions.explorer.tables.columns import MAX_GROUPS, Kind, kind_of
from shared.errors import Text
from shared.i18n import fill

MAX_HUES = 12
"""Most groups that colours can distinguish."""
MAX_PAIRS = 5
"""Most columns of a pair plot."""
MAX_HEAT = 20
"""Most columns of a heat map whose values stay legible."""


class Slot(msgspec.Struct, frozen=True):
    """One input of a chart, to be filled with columns.

    Attributes:
        name: `x`, `y`, `hue` or `columns`.
        label: its name on the page.
        accepts: the kinds of columns it accepts.
        max_values: most different values of a column; None: any number.
        min_columns: fewest columns.
        max_columns: most columns.
    """

    name: str
    label: Text
    accepts: tuple[Kind, ...]
    max_values: int | None = None
    min_columns: int = 1
    max_columns: int = 1


class ChartType(msgspec.Struct, frozen=True):
    """A type of chart.

    Attributes:
        name: its name on the page.
        description: one sentence for the page.
        slots: its inputs.
        draw: draws it on an empty figure.
        size: width and height in inches.
    """

    name: Text
    description: Text
    slots: tuple[Slot, ...]
    draw: Callable[[Figure, PlotData], None]
    size: tuple[float, float] = (5.8, 3.7)


ANY: tuple[Kind, ...] = ("number", "text", "time", "boolean")
CONTINUOUS: tuple[Kind, ...] = ("number", "time")
HUE = Slot("hue", messages.COLOUR, ANY, MAX_HUES, min_columns=0)
GROUP = Slot("x", messages.GROUPED_BY, ANY, MAX_GROUPS, min_columns=0)
X, Y = Slot("x", messages.X, CONTINUOUS), Slot("y", messages.Y, ("number",))
PAIRED = Slot("columns", messages.COLUMNS, ("number",), min_columns=2, max_columns=MAX_PAIRS)
CORRELATED = Slot("columns", messages.COLUMNS, ("number",), min_columns=2, max_columns=MAX_HEAT)

CHARTS = {
    "counts": ChartType(
        messages.COUNTS, messages.COUNTS_SHOW, (Slot("x", messages.FEATURE, ANY), HUE), plots.draw_counts
    ),
    "histogram": ChartType(messages.HISTOGRAM, messages.HISTOGRAM_SHOWS, (X, HUE), plots.draw_histogram),
    "box": ChartType(messages.BOX, messages.BOX_SHOWS, (Y, GROUP), plots.draw_box),
    "violin": ChartType(messages.VIOLIN, messages.VIOLIN_SHOWS, (Y, GROUP), plots.draw_violin),
    "means": ChartType(
        messages.MEANS,
        messages.MEANS_SHOW,
        (Y, Slot("x", messages.GROUPED_BY, ANY, MAX_GROUPS), HUE),
        plots.draw_means,
    ),
    "scatter": ChartType(messages.SCATTER, messages.SCATTER_SHOWS, (X, Y, HUE), plots.draw_scatter),
    "line": ChartType(messages.LINE, messages.LINE_SHOWS, (X, Y, HUE), plots.draw_line),
    "pairs": ChartType(messages.PAIRS, messages.PAIRS_SHOW, (PAIRED, HUE), plots.draw_pairs, (7.0, 6.6)),
    "heat": ChartType(messages.HEAT, messages.HEAT_SHOWS, (CORRELATED,), plots.draw_heat_map, (7.2, 6.0)),
}
"""Every type of chart by its key."""


def selection_error(chart: ChartType, frame: pd.DataFrame, selection: Selection) -> Text | None:
    """The reason why a chart cannot show the selected columns; None if it can.

    Args:
        chart: the type of chart.
        frame: the rows.
        selection: the selected columns by slot.
    """
    if frame.empty:
        return messages.NO_ROWS
    for slot in chart.slots:
        error = _slot_error(chart, slot, frame, selection.get(slot.name, ()))
        if error is not None:
            return error
    if selection.get("x") and selection.get("x") == selection.get("y"):
        return fill(messages.SAME_COLUMN_TWICE, column=selection["x"][0])
    return _values_error(chart, frame, selection)


def _slot_error(chart: ChartType, slot: Slot, frame: pd.DataFrame, columns: tuple[str, ...]) -> Text | None:
    if len(columns) < slot.min_columns:
        message = messages.CHOOSE_ONE if slot.min_columns == 1 else messages.CHOOSE_SEVERAL
        return fill(message, chart=chart.name, slot=slot.label, least=slot.min_columns)
    if len(columns) > slot.max_columns:
        return fill(messages.CHOOSE_FEWER, chart=chart.name, most=slot.max_columns, got=len(columns))
    return next((error for name in columns if (error := _column_error(chart, slot, frame[name])) is not None), None)


def _column_error(chart: ChartType, slot: Slot, column: "pd.Series[str]") -> Text | None:
    kind = kind_of(column)
    if kind not in slot.accepts:
        accepted = tuple(" / ".join(messages.KINDS[one][half] for one in slot.accepts) for half in (0, 1))
        values = {"chart": chart.name, "slot": slot.label, "column": column.name, "takes": accepted}
        return fill(messages.WRONG_KIND, **values, got=messages.KINDS[kind])
    count = column.nunique()
    if slot.max_values is not None and count > slot.max_values:
        return fill(messages.TOO_MANY_VALUES, slot=slot.label, column=column.name, got=count, most=slot.max_values)
    if chart is CHARTS["counts"] and slot.name == "x" and kind in CONTINUOUS and count > MAX_GROUPS:
        return fill(messages.USE_A_HISTOGRAM, column=column.name, got=count)
    return None


def _values_error(chart: ChartType, frame: pd.DataFrame, selection: Selection) -> Text | None:
    """The reason why nothing is left to draw once rows with a missing value are left out."""
    names = _selected(selection)
    if chart is CHARTS["heat"]:
        varying = [name for name in names if frame[name].replace([np.inf, -np.inf], np.nan).nunique() > 1]
        return None if len(varying) > 1 else messages.NOTHING_VARIES
    return None if len(complete_rows(frame, names)) else fill(messages.NO_VALUES, columns=", ".join(names))


def _selected(selection: Selection) -> list[str]:
    return list(dict.fromkeys(name for columns in selection.values() for name in columns))


def notes(chart: ChartType, frame: pd.DataFrame, selection: Selection) -> list[tuple[Text, dict[str, object]]]:
    """Notes for the page on the rows that the picture leaves out: texts, and the values to fill in.

    Args:
        chart: the type of chart.
        frame: the rows.
        selection: columns that `selection_error` has accepted.
    """
    names = _selected(selection)
    if chart is CHARTS["heat"]:
        return [(messages.PEARSON, {})]
    drawn = len(complete_rows(frame, names))
    texts: list[tuple[Text, dict[str, object]]] = []
    if drawn < len(frame):
        texts.append((messages.ROWS_LEFT_OUT, {"count": len(frame) - drawn}))
    if chart in {CHARTS["scatter"], CHARTS["pairs"]} and drawn > plots.MAX_POINTS:
        texts.append((messages.SAMPLED_POINTS, {"most": plots.MAX_POINTS}))
    if chart is CHARTS["counts"] and frame[names[0]].nunique() > plots.MAX_BARS:
        texts.append((messages.TOP_BARS, {"most": plots.MAX_BARS, "count": frame[names[0]].nunique()}))
    return texts
