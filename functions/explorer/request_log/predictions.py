"""Predictions along time, as each model's own `log_rows` reads them from the lines of the request log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import pandas as pd

from functions.explorer.request_log.statistics import bin_width
from shared.log.reader import Line
from training.drift.reference import Column, LoggedRow, Reference, text_of

LogRows = Callable[[Mapping[str, Any]], Iterator[LoggedRow]]
"""Reads the rows of one line that has a prediction."""
COLUMNS = ("time", "graph", "quantity", "value")
QUANTILES: Mapping[str, float] = {"10 %": 0.1, "50 %": 0.5, "90 %": 0.9}
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""Errors of `log_rows` on a line that the function has not written."""


def log_rows_of(model: str) -> LogRows:
    """The `log_rows` of a model. `model` must come from `discovery.model_names()`, never from a line of a log."""
    log_rows: LogRows = import_module(f"models.{model}.log_rows").log_rows
    return log_rows


def predictions(lines: Iterable[Line], times: Sequence[pd.Timestamp], log_rows: LogRows) -> pd.DataFrame:
    """One row per predicted quantity.

    Args:
        lines: lines of one function; those without a prediction and unreadable ones give no row.
        times: the time of each line.
        log_rows: reads the rows of a line.

    Returns:
        Columns `COLUMNS`: time, role of the graph that answered, name of the quantity, predicted value.
    """
    return pd.DataFrame(list(_predictions(lines, times, log_rows)), columns=list(COLUMNS))


def _predictions(
    lines: Iterable[Line], times: Sequence[pd.Timestamp], log_rows: LogRows
) -> Iterator[tuple[pd.Timestamp, str, str, float | str]]:
    for line, time in zip(lines, times, strict=True):
        try:
            rows = list(log_rows(line)) if line.get("prediction") is not None else []
            values = [(row.graph, name, _value(row, value)) for row in rows for name, value in row.predictions.items()]
        except UNREADABLE:
            continue
        yield from ((time, *value) for value in values)


def _value(row: LoggedRow, value: Any) -> float | str:
    """A number, or the text of a class: a model of a table logs its labels, the other models the places of theirs."""
    is_label = isinstance(value, str | bool) or (row.mixed and isinstance(value, int))
    return text_of(value) or "" if is_label else float(value)


def reference_columns(reference: Reference) -> dict[str, Column]:
    """The distribution of each predicted quantity in training, by its name."""
    return {name: column for graph in reference.graphs.values() for name, column in graph.predictions.items()}


def count_classes(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Predicted classes, counted by bin of time: columns `time`, `class`, `count`.

    `frame` has the predictions of one quantity, as class indices or as texts; `names` has the names of the classes.
    """
    labels = frame["value"].map(lambda value: _label(value, names))
    binned = frame.assign(time=frame["time"].dt.floor(bin_width(frame["time"])), label=labels)
    counts = binned.groupby(["time", "label"]).size()
    return counts.rename("count").reset_index().rename(columns={"label": "class"})


def _label(value: float | str, names: Sequence[str]) -> str:
    if isinstance(value, str):
        return value
    index = int(value)
    return names[index] if index == value and 0 <= index < len(names) else f"{value:g}"


def quantiles(frame: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of a predicted number by bin of time: columns `time`, `quantile` (10 %, 50 %, 90 %), `value`."""
    binned = frame.groupby(frame["time"].dt.floor(bin_width(frame["time"])))["value"]
    rows = [(time, name, float(values.quantile(at))) for time, values in binned for name, at in QUANTILES.items()]
    return pd.DataFrame(rows, columns=["time", "quantile", "value"])
