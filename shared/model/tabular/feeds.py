"""Makes the inputs of a graph from the columns of a table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shared.model.table import BOOLEAN, Feed, Table

if TYPE_CHECKING:
    from shared.model.tabular.words import WordCounter


def make_feeds(
    table: Table, columns: Mapping[str, NDArray[Any]], counters: "Mapping[str, WordCounter]"
) -> dict[str, NDArray[Any]]:
    """The inputs of the graph by name: (rows, width), float64 or texts.

    Args:
        table: names the inputs and the columns that they are made of.
        columns: the columns by name: (rows,), float64 with NaN for null, or texts (dtype object) with "" for null.
        counters: the word counters by `Feed.vectorizer`.
    """
    kinds = {column.name: column.kind for column in table.columns}
    return {feed.input: _feed(feed, columns[feed.column], kinds[feed.column], counters) for feed in table.feeds}


def _feed(feed: Feed, values: NDArray[Any], kind: str, counters: "Mapping[str, WordCounter]") -> NDArray[Any]:
    if feed.form == "counts":
        return counters[feed.vectorizer].counts(values.tolist())
    if feed.form == "date":
        return _date_parts(values)
    if feed.form == "text" and values.dtype != object:
        return _as_texts(values, kind).reshape(-1, 1)
    return values.reshape(-1, 1)


def _as_texts(numbers: NDArray[Any], kind: str) -> NDArray[Any]:
    """Booleans and codes as pandas writes those of a column of objects."""
    convert = bool if kind == BOOLEAN else int
    return np.array(["" if np.isnan(number) else str(convert(number)) for number in numbers], dtype=object)


def _date_parts(dates: NDArray[Any]) -> NDArray[np.float64]:
    from shared.model.tabular.dates import date_parts  # noqa: PLC0415  # few tables have dates

    return date_parts([date or None for date in dates.tolist()])
