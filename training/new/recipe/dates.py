"""Columns of dates as columns of numbers."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from shared.model.tabular.dates import PARTS, date_parts


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Makes the parts of `shared.model.tabular.dates` of each column of dates, except the parts that never vary.

    Attributes:
        columns_: the number of columns.
        kept_: the places of the parts that vary, among those of all columns side by side.
    """

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002, N803
        """Find the parts that vary in `X`, a table (rows, columns) of texts, None or NaN for null."""
        parts = _parts(X)
        self.columns_ = parts.shape[1] // len(PARTS)
        known = (
            np.where(np.isnan(parts), -np.inf, parts).max(axis=0),
            np.where(np.isnan(parts), np.inf, parts).min(axis=0),
        )
        self.kept_ = np.flatnonzero(known[0] > known[1])
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The parts of each row: (rows, parts), NaN for null and for what is no date."""
        return _parts(X)[:, self.kept_]

    def get_feature_names_out(self, input_features: Iterable[str]) -> NDArray[Any]:
        """The names `COLUMN::PART`."""
        names = [f"{column}::{part}" for column in input_features for part in PARTS]
        return np.array(names, dtype=object)[self.kept_]


def _parts(table: Any) -> NDArray[np.float64]:
    columns = pd.DataFrame(table)
    return np.hstack([date_parts(_texts(columns[name])) for name in columns])


def _texts(column: "pd.Series[Any]") -> list[str | None]:
    return [text if isinstance(text, str) else None for text in column.astype(object)]
