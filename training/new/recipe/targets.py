"""What the recipe predicts: classes or a number, and the number on which scale."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import skew

from training.new.conversion.refusal import Refusal

MOST_CLASSES = 20
"""Distinct whole numbers, at most, that are classes."""
ROWS_A_CLASS = 5
"""Rows for each distinct whole number on average, at least, for classes."""
SKEW = 1.0
"""Skewness above which a positive target is learnt on the logarithm."""

ONE_CLASS = (
    "la cible « {target} » n'a qu'une valeur ({value}) : il n'y a rien à apprendre. Donnez des lignes des autres.",
    "target `{target}` has a single value ({value}): there is nothing to learn. Give rows of the others.",
)
TOO_MANY_CLASSES = (
    (
        "la cible « {target} » a {classes} classes pour {rows} lignes : il en faut {needed} lignes par classe en "
        "moyenne. Regroupez les classes rares, ou donnez plus de lignes."
    ),
    (
        "target `{target}` has {classes} classes for {rows} rows: {needed} rows a class on average are needed. Merge "
        "the rare classes, or give more rows."
    ),
)
FEW_ROWS = (
    (
        "{rows} lignes, c'est trop peu : la recette compare ses modèles sur des lignes qu'ils n'ont pas vues et en "
        "demande {needed} au moins."
    ),
    (
        "{rows} rows are too few: the recipe compares its models on rows that they have not seen, and asks for "
        "{needed} at least."
    ),
)
FEWEST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Goal:
    """One target.

    Attributes:
        name: its column.
        kind: `classes` or `values`.
        labels: the classes, sorted; none for a number.
        learnt: what the members are fitted on: places in `labels`, or numbers, on the logarithm where `logarithm`.
        logarithm: whether the natural logarithm is learnt.
    """

    name: str
    kind: Literal["classes", "values"]
    labels: NDArray[Any] | None
    learnt: NDArray[Any]
    logarithm: bool = False

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a number."""
        return 0 if self.labels is None else len(self.labels)

    def back(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Learnt numbers on the target's own scale."""
        return np.exp(predicted) if self.logarithm else predicted


def goal_of(target: "pd.Series[Any]") -> Goal:
    """Find what a target without nulls is.

    Raises:
        Refusal: it has one value, too many classes or too few rows.
    """
    name, distinct = str(target.name), target.nunique()
    if len(target) < FEWEST_ROWS:
        raise Refusal(FEW_ROWS, rows=len(target), needed=FEWEST_ROWS)
    if distinct < 2:
        raise Refusal(ONE_CLASS, target=name, value=target.iloc[0])
    if _is_number(target):
        numbers = target.to_numpy(dtype=np.float64)
        logarithm = bool(numbers.min() > 0 and skew(numbers) > SKEW)
        return Goal(name, "values", None, np.log(numbers) if logarithm else numbers, logarithm)
    if distinct * ROWS_A_CLASS > len(target):
        raise Refusal(TOO_MANY_CLASSES, target=name, classes=distinct, rows=len(target), needed=ROWS_A_CLASS)
    labels, places = np.unique(np.asarray(target), return_inverse=True)
    return Goal(name, "classes", labels, places)


def _is_number(target: "pd.Series[Any]") -> bool:
    if pd.api.types.is_bool_dtype(target.dtype) or not pd.api.types.is_numeric_dtype(target.dtype):
        return False
    whole = bool((target.to_numpy(dtype=np.float64) % 1 == 0).all())
    return not whole or target.nunique() > MOST_CLASSES or target.nunique() * ROWS_A_CLASS > len(target)
