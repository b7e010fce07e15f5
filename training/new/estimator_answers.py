"""What a fitted estimator answers for rows: the reference that a graph is compared with."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES
from training.new.fitted_columns import FittedFacts, classes_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers for rows; each is None if the estimator has no such answer.

    Attributes:
        labels: (rows, targets), as the data has them; clusters: numbers; outliers: True for an inlier.
        probabilities: (rows, sum of the targets' classes).
        scores: (rows, width).
        values: (rows, targets).
        margin: (rows, targets): by how much the best class is ahead of the second, in probability, else in score; NaN:
            not known.
    """

    labels: NDArray[Any] | None = None
    probabilities: Floats | None = None
    scores: Floats | None = None
    values: Floats | None = None
    margin: Floats | None = None


def answers_of(estimator: Any, facts: FittedFacts, frame: pd.DataFrame, kind: str) -> Answers:
    """What an estimator answers.

    Args:
        estimator: fitted.
        facts: its columns.
        frame: the rows.
        kind: of `shared.model.table.Table`.

    Raises:
        Exception: it refuses the rows.
    """
    rows = facts.input_of(frame)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if kind == VALUES:
            return Answers(values=_columns(estimator.predict(rows)).astype(np.float64))
        predicted = _columns(estimator.predict(rows))
        if kind == OUTLIERS:
            return Answers(labels=predicted == 1, scores=_method(estimator, "decision_function", rows))
        if kind == CLUSTERS:
            return Answers(labels=predicted, probabilities=_method(estimator, "predict_proba", rows))
        probabilities = _of_each_class(_method(estimator, "predict_proba", rows), predicted.shape[1])
        scores = _method(estimator, "decision_function", rows)
    margin = _margin(estimator, probabilities, scores, predicted.shape[1]) if kind == CLASSES else None
    return Answers(labels=predicted, probabilities=probabilities, scores=scores, margin=margin)


def _columns(found: Any) -> NDArray[Any]:
    array = np.asarray(found)
    return array[:, None] if array.ndim == 1 else array


def _method(estimator: Any, name: str, rows: Any) -> Floats | None:
    """What a method answers, targets side by side; None if the estimator does not have it."""
    try:
        method = getattr(estimator, name, None)
    except (AttributeError, ValueError):
        return None
    if method is None:
        return None
    found = method(rows)
    if isinstance(found, list):
        return np.hstack([_columns(one) for one in found]).astype(np.float64)
    return _columns(found).astype(np.float64)


def _of_each_class(probabilities: Floats | None, targets: int) -> Floats | None:
    """The probabilities of both classes of each target: a chain gives those of the second ones only."""
    if probabilities is None or targets == 1 or probabilities.shape[1] != targets:
        return probabilities
    return np.stack([1 - probabilities, probabilities], axis=2).reshape(len(probabilities), -1)


def _margin(estimator: Any, probabilities: Floats | None, scores: Floats | None, targets: int) -> Floats | None:
    if probabilities is not None:
        ends = np.cumsum([len(classes) for classes in classes_of(estimator)])[:-1]
        return np.column_stack([_lead(part) for part in np.split(probabilities, ends, axis=1)])
    if scores is not None and targets == 1:
        return np.abs(scores) if scores.shape[1] == 1 else _lead(scores)[:, None]
    return None


def _lead(figures: Floats) -> Floats:
    """By how much the largest of each row is ahead of the second."""
    best = np.sort(figures, axis=1)
    return best[:, -1] - best[:, -2] if figures.shape[1] > 1 else np.full(len(figures), np.inf)
