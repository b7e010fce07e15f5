"""Every picture of a generated card, by file name."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from shared.model.table import CLASSES, CLUSTERS, VALUES, Table
from training.drift.reference import text_of
from training.new.assessment import Assessment
from training.new.fairness import Fairness
from training.new.importance import Importance
from training.new.plots import (
    Band,
    confusion_picture,
    groups_picture,
    importance_picture,
    reliability_picture,
    residuals_picture,
    sizes_picture,
    values_picture,
)
from training.new.problem import Problem
from training.new.refits import Refits

MOST_TARGETS = 6
"""Targets with pictures of their own."""


def pictures(  # noqa: PLR0913, PLR0917 - all that a card shows
    table: Table,
    problem: Problem,
    assessed: Assessment,
    importance: tuple[Importance, ...],
    fairness: Fairness | None,
    unit: str,
    clusters: Any = None,
) -> dict[str, bytes]:
    """The pictures as PNG bytes.

    Args:
        table: the targets.
        problem: the rows.
        assessed: the answers to rows that were not seen.
        importance: of the columns.
        fairness: the errors by group.
        unit: of the importance.
        clusters: (n,) the cluster of every row; None: other kinds.
    """
    drawn: dict[str, bytes] = {}
    if assessed.refits is not None and table.kind in {CLASSES, VALUES}:
        for at in range(min(len(table.targets), MOST_TARGETS)):
            drawn |= dict(_target(table, problem, assessed, assessed.refits, at))
    if importance:
        titles = {column.name: column.title[0] if column.title else column.name for column in table.columns}
        names = [titles.get(one.column, one.column) for one in importance]
        drawn["importance.png"] = importance_picture(importance, unit, names)
    if fairness is not None and fairness.groups and (picture := groups_picture(fairness.groups)) is not None:
        drawn["groupes.png"] = picture
    if table.kind == CLUSTERS and clusters is not None and clusters.min() >= 0:
        drawn["groupes_trouves.png"] = sizes_picture(clusters, name="numéro du groupe")
    return drawn


def _target(
    table: Table, problem: Problem, assessed: Assessment, refits: Refits, at: int
) -> Iterator[tuple[str, bytes]]:
    suffix = f"_{at + 1}" if at else ""
    target = table.targets[at]
    if table.kind == VALUES:
        values: Any = refits.answers.values
        truth, title = problem.numbers()[refits.rows, at], target.title[0] if target.title else target.name
        band = None if target.half_width is None else Band(target.half_width, target.logarithm)
        yield f"valeurs{suffix}.png", values_picture(truth, values[:, at], title, band)
        yield f"ecarts{suffix}.png", residuals_picture(truth, values[:, at], title)
        return
    labels: Any = refits.answers.labels
    classes = problem.classes()[refits.rows, at]
    yield (
        f"confusion{suffix}.png",
        confusion_picture(classes, labels[:, at], [str(text_of(label)) for label in target.labels]),
    )
    if refits.answers.probabilities:
        yield f"fiabilite{suffix}.png", _reliability(classes, refits.answers.probabilities[at], target.labels)
    known = assessed.uncertain[at] if at < len(assessed.uncertain) else None
    if known is not None and len(target.labels) > 2:
        yield f"ensembles{suffix}.png", sizes_picture(known.sizes)


def _reliability(classes: Any, probabilities: Any, labels: tuple[object, ...]) -> bytes:
    if len(labels) == 2:
        return reliability_picture(classes == 1, probabilities[:, 1], f"« {text_of(labels[1])} »")
    outcomes = np.eye(len(labels), dtype=bool)[classes]
    return reliability_picture(outcomes.ravel(), probabilities.ravel(), f"les {len(labels)} classes réunies")
