"""What the graph of a conversion is fed for rows of the training data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.model.table import Feed
from training.new.conversion.converter import Converted

Feeds = Mapping[str, NDArray[Any]]


def feeds_of_rows(converted: Converted, rows: pd.DataFrame) -> Feeds:
    """The inputs of the graph by name, as `shared.model.table.Feed` describes them.

    Args:
        converted: the conversion.
        rows: rows of the training data, as pandas reads them.
    """
    return {feed.input: _feed(converted, feed, rows[feed.column]) for feed in converted.feeds}


def _feed(converted: Converted, feed: Feed, column: "pd.Series[Any]") -> NDArray[Any]:
    if feed.form == "number":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
    texts = [None if pd.isna(value) else str(value) for value in column]
    if feed.form == "date":
        from shared.model.tabular.dates import date_parts  # noqa: PLC0415

        return date_parts(texts)
    present = [text or "" for text in texts]
    if feed.form == "text":
        return np.array(present, dtype=object)[:, None]
    from training.new.vectorizers import describe  # noqa: PLC0415

    return describe(converted.vectorizers[feed.vectorizer]).counts(present)
