"""The errors of a model by group of people: the sensitive columns serve here and never in the model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.model.table import CLASSES, VALUES
from training.metrics import CONFIDENCE, Share
from training.new.problem import Problem
from training.new.refits import Refits

LEAST_ROWS = 30
"""Rows of a group below which its rates say nothing; such groups are told together."""
MOST_GROUPS = 12
"""Groups of a column of texts; further ones are told together."""
MOST_VALUES = 6
"""Different numbers from which a column of numbers is cut into quarters."""
OTHERS, NO_VALUE = "autres", "non renseigné"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of numbers with its 95 % interval."""

    value: float
    ends: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Group:
    """The answers to the rows of one group.

    Attributes:
        column: the sensitive column.
        name: of the group.
        rows: in it.
        observed: rows whose truth is the second of two classes; None: other kinds.
        answered: rows answered the second of two classes.
        announced: mean probability of the second of two classes; None: no probabilities.
        errors: wrong answers of a classifier.
        false_alarms: answers of the second class among rows of the first.
        missed: answers of the first class among rows of the second.
        error: mean absolute error of a regressor.
        bias: mean of answer - truth of a regressor.
    """

    column: str
    name: str
    rows: int
    observed: Share | None = None
    answered: Share | None = None
    announced: float | None = None
    errors: Share | None = None
    false_alarms: Share | None = None
    missed: Share | None = None
    error: Mean | None = None
    bias: Mean | None = None


@dataclass(frozen=True, slots=True)
class Fairness:
    """The groups of every sensitive column, and how many rows were in groups too small to tell."""

    groups: tuple[Group, ...]
    small: int


def fairness_of(problem: Problem, refits: Refits, sensitive: pd.DataFrame) -> Fairness:
    """The rates of every group that is large enough, for the first target.

    Args:
        problem: the rows; classes or numbers.
        refits: the answers.
        sensitive: (n, columns) the sensitive columns of the rows of the problem.
    """
    judged = sensitive.iloc[refits.rows].reset_index(drop=True)
    found: list[Group] = []
    small = 0
    for name in judged:
        for group, mask in masks(judged[name]):
            if mask.sum() < LEAST_ROWS:
                small += int(mask.sum())
            else:
                found.append(_group(problem, refits, str(name), group, mask))
    return Fairness(tuple(found), small)


def masks(column: "pd.Series[Any]") -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The name and the rows of each group of a column; numbers of many values are cut into quarters."""
    missing = column.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > MOST_VALUES:
        yield from _quarters(np.asarray(column, dtype=np.float64))
    else:
        texts = column.map(lambda value: f"{value:g}" if isinstance(value, float) else str(value)).to_numpy()
        yield from _texts(texts, missing)
    if missing.any():
        yield NO_VALUE, missing


def _quarters(numbers: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    cuts = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75], method="inverted_cdf"))
    for low, high in zip([-np.inf, *cuts], [*cuts, np.inf], strict=True):
        name = f"≤ {high:g}" if low == -np.inf else f"> {low:g}" if high == np.inf else f"> {low:g} et ≤ {high:g}"
        mask = (numbers > low) & (numbers <= high)
        if mask.any():
            yield name, mask


def _texts(texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    names, counts = np.unique(texts[~missing].astype(str), return_counts=True)
    large = sorted(names[counts >= LEAST_ROWS][np.argsort(-counts[counts >= LEAST_ROWS], kind="stable")][:MOST_GROUPS])
    for name in large:
        yield str(name), (texts == name) & ~missing
    rest = ~np.isin(texts.astype(str), large) & ~missing
    if rest.any():
        yield OTHERS, rest


def _group(problem: Problem, refits: Refits, column: str, name: str, mask: NDArray[np.bool_]) -> Group:
    rows = int(mask.sum())
    if problem.kind == VALUES and refits.answers.values is not None:
        wrong = (refits.answers.values[:, 0] - problem.numbers()[refits.rows, 0])[mask]
        return Group(column, name, rows, error=mean_of(np.abs(wrong)), bias=mean_of(wrong))
    if problem.kind != CLASSES or refits.answers.labels is None:
        return Group(column, name, rows)
    truth, given = problem.classes()[refits.rows, 0][mask], refits.answers.labels[mask, 0]
    errors = Share(int((truth != given).sum()), rows)
    if len(problem.labels[0]) != 2:
        return Group(column, name, rows, errors=errors)
    probabilities = refits.answers.probabilities
    positives = int(truth.sum())
    return Group(
        column,
        name,
        rows,
        observed=Share(positives, rows),
        answered=Share(int(given.sum()), rows),
        announced=float(probabilities[0][mask, 1].mean()) if probabilities else None,
        errors=errors,
        false_alarms=Share(int(((truth == 0) & (given == 1)).sum()), rows - positives),
        missed=Share(int(((truth == 1) & (given == 0)).sum()), positives),
    )


def mean_of(numbers: Sequence[float] | NDArray[np.float64]) -> Mean:
    """The mean of at least two numbers with its 95 % interval, from the normal approximation."""
    from scipy.stats import norm  # noqa: PLC0415

    values = np.asarray(numbers)
    half = float(norm.ppf((1 + CONFIDENCE) / 2)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    mean = float(values.mean())
    return Mean(mean, (mean - half, mean + half))
