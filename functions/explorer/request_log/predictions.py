"""Predictions along time, as each model's own `log_rows` reads them from the lines of the request log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import pandas as pd

from functions.explorer.request_log.statistics import bin_width
from shared.log.reader import Line
from shared.model.bundle import Manifest
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
        Columns `COLUMNS`: time, role of the graph that answered, name of the quantity, predicted number or class.
    """
    return pd.DataFrame(list(_predictions(lines, times, log_rows)), columns=list(COLUMNS))


def _predictions(
    lines: Iterable[Line], times: Sequence[pd.Timestamp], log_rows: LogRows
) -> Iterator[tuple[pd.Timestamp, str, str, float | str]]:
    for line, time in zip(lines, times, strict=True):
        try:
            rows = list(log_rows(line)) if line.get("prediction") is not None else []
            values = [
                (row.graph, name, value if row.mixed and isinstance(value, bool | str) else float(value))
                for row in rows
                for name, value in row.predictions.items()
            ]
        except UNREADABLE:
            continue
        yield from ((time, *value) for value in values)


def reference_columns(reference: Reference) -> dict[str, Column]:
    """The distribution of each predicted quantity in training, by its name."""
    return {name: column for graph in reference.graphs.values() for name, column in graph.predictions.items()}


def class_names(manifest: Manifest) -> dict[str, str]:
    """The name of each class by the text of its value in the log: a label of the table, else the class's index."""
    labels: Iterable[object] = manifest.table.targets[0].labels if manifest.table else range(len(manifest.classes))
    return {str(text_of(label)): name for label, name in zip(labels, manifest.classes, strict=False)}


def count_classes(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Predicted classes, counted by bin of time: columns `time`, `class`, `count`.

    `frame` has the predictions of one quantity; `names` as `class_names` gives it.
    """
    texts = frame["value"].map(text_of)
    labels = texts.map(lambda text: names.get(text, text))
    binned = frame.assign(time=frame["time"].dt.floor(bin_width(frame["time"])), label=labels)
    counts = binned.groupby(["time", "label"]).size()
    return counts.rename("count").reset_index().rename(columns={"label": "class"})


def quantiles(frame: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of a predicted number by bin of time: columns `time`, `quantile` (10 %, 50 %, 90 %), `value`."""
    numbers = pd.to_numeric(frame["value"])
    binned = numbers.groupby(frame["time"].dt.floor(bin_width(frame["time"])))
    rows = [(time, name, float(values.quantile(at))) for time, values in binned for name, at in QUANTILES.items()]
    return pd.DataFrame(rows, columns=["time", "quantile", "value"])
