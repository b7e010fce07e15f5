"""The rows that a model learns from: what it reads, what it should answer, and the classes of the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES
from training.new.conversion.refusal import Refusal

Places = NDArray[np.int64]
"""Places of rows in a table, or of classes among the classes."""

OTHER_LABELS = (
    (
        "la colonne « {column} » a la valeur {value!r}, que l'estimateur ne répond jamais (il répond {known}) : donnez "
        "pour --target la colonne qu'il a apprise, avec ses valeurs."
    ),
    (
        "column `{column}` has the value {value!r}, which the estimator never answers (it answers {known}): give as "
        "--target the column that it learned, with its values."
    ),
)
NOT_NUMBERS = (
    (
        "la colonne « {column} » a la valeur {value!r}, et l'estimateur répond des nombres : donnez pour --target la "
        "colonne qu'il a apprise."
    ),
    (
        "column `{column}` has the value {value!r}, and the estimator answers numbers: give as --target the column "
        "that it learned."
    ),
)
MOST_NAMED = 6
"""Classes named in a message."""

Read = Callable[[pd.DataFrame], Any]


def as_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows themselves: most estimators read a table."""
    return rows


@dataclass(frozen=True, slots=True)
class Problem:
    """The rows with every target known.

    Attributes:
        kind: `classes`, `values`, `outliers` or `clusters`.
        rows: (n, columns) what the estimator reads, in its order.
        truth: (n, targets) the targets as the table has them; no columns for outliers and clusters.
        labels: the classes of each target, in the order of the estimator; empty for numbers.
        read: makes what the estimator reads of such rows: a table, its one column, an array.
    """

    kind: str
    rows: pd.DataFrame
    truth: pd.DataFrame
    labels: tuple[tuple[Any, ...], ...] = ()
    read: Read = as_table

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def supervised(self) -> bool:
        """Whether there is a truth to learn."""
        return self.kind in {CLASSES, VALUES}

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets."""
        return tuple(map(str, self.truth))

    def inputs(self, places: Places | None = None) -> Any:
        """What the estimator reads of these rows; None: of all."""
        return self.read(self.rows if places is None else self.rows.iloc[places])

    def expected(self, places: Places) -> Any:
        """What the estimator should answer to these rows: a series, or a table of several targets; None: no truth."""
        if not self.supervised:
            return None
        truth = self.truth.iloc[places]
        return truth.iloc[:, 0] if truth.shape[1] == 1 else truth

    def classes(self) -> Places:
        """The true class of each row and target, as its place among the labels: (n, targets).

        Raises:
            Refusal: a class is not one of the estimator's.
        """
        columns = [
            _places(str(name), self.truth[name].tolist(), labels)
            for name, labels in zip(self.truth, self.labels, strict=True)
        ]
        return np.column_stack(columns)

    def numbers(self) -> NDArray[np.float64]:
        """The true numbers: (n, targets).

        Raises:
            Refusal: one is not a number.
        """
        for name in self.truth:
            wrong = pd.to_numeric(self.truth[name], errors="coerce").isna()
            if wrong.any():
                raise Refusal(NOT_NUMBERS, column=name, value=self.truth[name][wrong].iloc[0])
        return self.truth.to_numpy(dtype=np.float64)


def _places(column: str, values: Sequence[Any], labels: Sequence[Any]) -> Places:
    places = {label: place for place, label in enumerate(labels)}
    unknown = next((value for value in values if value not in places), None)
    if unknown is not None:
        known = ", ".join(map(repr, labels[:MOST_NAMED])) + (", ..." if len(labels) > MOST_NAMED else "")
        raise Refusal(OTHER_LABELS, column=column, value=unknown, known=known)
    return np.array([places[value] for value in values], dtype=np.int64)


def problem_of(  # noqa: PLR0913, PLR0917 - the facts of an estimator and of a table
    kind: str,
    table: pd.DataFrame,
    columns: Sequence[str],
    targets: Sequence[str],
    labels: tuple[tuple[Any, ...], ...] = (),
    read: Read = as_table,
) -> Problem:
    """The problem of a table.

    Args:
        kind: of the estimator.
        table: every row and column; rows without a target are left out.
        columns: what the estimator reads, in its order.
        targets: the columns to predict.
        labels: the classes of each target, in the order of the estimator.
        read: makes what the estimator reads of such rows.
    """
    supervised = kind not in {OUTLIERS, CLUSTERS}
    used = list(targets) if supervised else []
    known = table.dropna(subset=used).reset_index(drop=True)
    return Problem(kind, known[list(columns)], known[used], labels, read)
