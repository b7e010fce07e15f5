"""The answers of an estimator in one shape, whatever its class gives: places of classes, probabilities, numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.model.table import CLASSES, CLUSTERS, VALUES
from training.new.problem import Places, Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to n rows.

    Attributes:
        labels: (n, targets) places of the classes; 1 and 0 for inliers and outliers; numbers of clusters.
        probabilities: (n, classes) for each target; empty if the estimator has none.
        values: (n, targets); None: no numbers.
    """

    labels: Places | None = None
    probabilities: tuple[Floats, ...] = ()
    values: Floats | None = None

    def __len__(self) -> int:
        """The number of rows."""
        answered = self.values if self.labels is None else self.labels
        return 0 if answered is None else len(answered)


def joined(parts: Sequence[Answers]) -> Answers:
    """The answers to several lots of rows, one after the other."""
    first = parts[0]
    return Answers(
        None if first.labels is None else np.concatenate([part.labels for part in parts if part.labels is not None]),
        tuple(np.concatenate([part.probabilities[at] for part in parts]) for at in range(len(first.probabilities))),
        None if first.values is None else np.concatenate([part.values for part in parts if part.values is not None]),
    )


def answers(estimator: Any, rows: Any, problem: Problem, *, probable: bool = True) -> Answers:
    """The answers of a fitted estimator.

    Args:
        estimator: fitted on rows of the problem, perhaps without some of its classes.
        rows: what it reads (`Problem.inputs`).
        problem: its kind and its classes.
        probable: whether to ask for probabilities where the estimator has them.
    """
    predicted = np.asarray(estimator.predict(rows))
    if problem.kind == VALUES:
        return Answers(values=predicted.astype(np.float64).reshape(len(predicted), -1))
    if problem.kind != CLASSES:
        labels = predicted if problem.kind == CLUSTERS else predicted == 1
        return Answers(labels.astype(np.int64).reshape(-1, 1))
    columns = predicted.reshape(len(predicted), -1)
    labels = np.column_stack([_places(columns[:, at], known) for at, known in enumerate(problem.labels)])
    has = probable and hasattr(estimator, "predict_proba")
    return Answers(labels, _probabilities(estimator, rows, problem) if has else ())


def _places(predicted: NDArray[Any], labels: Sequence[Any]) -> Places:
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places[label] for label in predicted.tolist()], dtype=np.int64)


def _probabilities(estimator: Any, rows: Any, problem: Problem) -> tuple[Floats, ...]:
    given, targets = estimator.predict_proba(rows), len(problem.labels)
    if targets == 1:
        return (_aligned(given[0] if isinstance(given, list) else given, estimator.classes_, problem.labels[0]),)
    if not isinstance(given, list):  # one column a target: the probability of its second class
        given = [np.column_stack([1 - column, column]) for column in np.asarray(given).T]
    parts = zip(given, _classes_of(estimator), problem.labels, strict=True)
    return tuple(_aligned(part, classes, labels) for part, classes, labels in parts)


def _classes_of(estimator: Any) -> list[Any]:
    classes = getattr(estimator, "classes_", None)
    if classes is None:  # scikit-learn's MultiOutputClassifier inside a pipeline of its own
        classes = [one.classes_ for one in estimator.estimators_]
    return list(classes)


def _aligned(given: Any, classes: Any, labels: Sequence[Any]) -> Floats:
    """Probabilities in the order of `labels`; 0 for a class that the refit has never seen."""
    every = np.asarray(classes).ravel().tolist()
    if every == list(labels):
        return np.asarray(given, dtype=np.float64)
    aligned = np.zeros((len(given), len(labels)))
    aligned[:, [list(labels).index(label) for label in every]] = given
    return aligned
