"""What was predicted over time, as each model's own `logged` reads it from the request lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import pandas as pd

from functions.explorer.journal.stats import step_of
from shared.log.reader import Line
from training.drift.reference import Column, LoggedRow, Reference

Logged = Callable[[Mapping[str, Any]], Iterator[LoggedRow]]
COLUMNS = ("time", "graph", "quantity", "value")
BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What `logged` raises where a line is not what the function writes."""


def log_rows_of(model: str) -> Logged:
    """How the lines of a model are read. `model` is one of `bundles.discovery.models()`, never a line's own word."""
    found: Logged = import_module(f"models.{model}.log_rows").log_rows
    return found


def answers(lines: Iterable[Line], times: Sequence[pd.Timestamp], logged: Logged) -> pd.DataFrame:
    """A row a predicted quantity: when, which graph, which quantity, its value; none of a line without a prediction."""
    return pd.DataFrame(list(_answers(lines, times, logged)), columns=list(COLUMNS))


def _answers(
    lines: Iterable[Line], times: Sequence[pd.Timestamp], logged: Logged
) -> Iterator[tuple[pd.Timestamp, str, str, float]]:
    for line, time in zip(lines, times, strict=True):
        try:
            rows = list(logged(line)) if line.get("prediction") is not None else []
            found = [(row.graph, name, float(value)) for row in rows for name, value in row.predictions.items()]
        except BROKEN:
            continue
        yield from ((time, *one) for one in found)


def predicted(reference: Reference) -> dict[str, Column]:
    """How each predicted quantity was distributed in training, by its name."""
    return {name: column for part in reference.graphs.values() for name, column in part.predictions.items()}


def classes(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Answers of a quantity that is a class, counted by bin of time: `time`, `class`, `count`."""
    labels = frame["value"].map(lambda value: _label(value, names))
    binned = frame.assign(time=frame["time"].dt.floor(step_of(frame["time"])), label=labels)
    counts = binned.groupby(["time", "label"]).size()
    return counts.rename("count").reset_index().rename(columns={"label": "class"})


def _label(value: float, names: Sequence[str]) -> str:
    whole = int(value)
    return names[whole] if whole == value and 0 <= whole < len(names) else f"{value:g}"


def quantiles(frame: pd.DataFrame) -> pd.DataFrame:
    """Answers of a quantity that is a number, by bin of time: `time`, `quantile` (10 %, 50 %, 90 %), `value`."""
    binned = frame.groupby(frame["time"].dt.floor(step_of(frame["time"])))["value"]
    found: Mapping[str, float] = {"10 %": 0.1, "50 %": 0.5, "90 %": 0.9}
    rows = [(time, name, float(values.quantile(at))) for time, values in binned for name, at in found.items()]
    return pd.DataFrame(rows, columns=["time", "quantile", "value"])
