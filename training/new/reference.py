"""The drift reference of a user's own model: every column that it reads, and its answers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from shared.model.table import BOOLEAN, CATEGORY, CODE, DATE, NUMBER, ROLE, VALUES, Column, Table
from training.drift.reference import (
    Column as Distribution,
)
from training.drift.reference import (
    GraphReference,
    column,
    encode,
    measured_column,
    rounded,
    text_column,
    text_of,
)
from training.logged_rows import answer_names
from training.new.answers import Answers


def reference(table: Table, rows: pd.DataFrame, given: Answers) -> bytes:
    """The content of `reference.json`.

    Args:
        table: the columns.
        rows: the training rows.
        given: answers to rows like those of the requests: of refits, else of the model itself.
    """
    inputs = {one.name: distribution(one, rows[one.name]) for one in table.columns}
    return encode({ROLE: GraphReference(inputs, predictions(table, given))})


def distribution(described: Column, values: "pd.Series[Any]") -> Distribution:
    """How a column is distributed, as its redacted request lines have it."""
    missing = described.nullable
    if described.kind == NUMBER:
        return column(rounded(values.to_numpy(dtype=np.float64, na_value=np.nan)), missing=missing)
    texts = [None if pd.isna(value) else value for value in values]
    if described.kind in {CATEGORY, BOOLEAN, CODE}:
        return text_column(texts, missing=missing)
    return measured_column(texts, "date" if described.kind == DATE else "length", missing=missing)


def predictions(table: Table, given: Answers) -> dict[str, Distribution]:
    """How the answers to each target are distributed."""
    names = answer_names(table)
    if table.kind == VALUES and given.values is not None:
        return {name: column(given.values[:, at]) for at, name in enumerate(names)}
    labels: Any = given.labels
    return {name: text_column(_named(table, at, labels[:, at])) for at, name in enumerate(names)}


def _named(table: Table, at: int, places: Iterable[int]) -> list[str | None]:
    known = table.targets[at].labels
    return [text_of(known[place]) if known else str(place) for place in places]
