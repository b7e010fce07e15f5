"""Parts of the manifest of a user's own model: its data, its targets, the settings of its estimator."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.errors import Text
from shared.model.bundle import Data
from shared.model.table import CLASSES, VALUES, Table, Target
from training.export import parameters_of
from training.new.problem import Problem
from training.new.project import Project
from training.new.uncertainty import COVERAGE, Uncertainty

UNKNOWN_LICENCE = "non précisée"
TITLE = "Données de {name}"
MOST_PARAMETERS = 200
"""Settings of an estimator that are recorded; a recipe has more than anyone reads."""


def data_of(project: Project, rows: int) -> Data:
    """The training data, of so many rows: the file of the table, and that of the estimator."""
    files = filter(None, (project.data, project.estimator))
    digests = {file: hashlib.sha256(project.path(file).read_bytes()).hexdigest() for file in files}
    title = TITLE.format(name=project.name)
    return Data(title, project.data, UNKNOWN_LICENCE, rows=rows, sha256=digests)


def targets_of(
    names: Sequence[str], labels: Sequence[tuple[Any, ...]], count: int, titles: Mapping[str, Text]
) -> tuple[Target, ...]:
    """The targets, without what was measured.

    Args:
        names: the columns to predict; none for clusters and outliers.
        labels: the classes of each; none for numbers.
        count: the number of targets.
        titles: for people, by name.
    """
    every = list(names) or [""] * count
    classes = list(labels) or [()] * len(every)
    return tuple(Target(name, labels=known, title=titles.get(name)) for name, known in zip(every, classes, strict=True))


def with_limits(table: Table, problem: Problem, uncertain: Sequence[Uncertainty | None]) -> Table:
    """The table with the range and the uncertainty of each target.

    Args:
        table: without them.
        problem: the true numbers.
        uncertain: of each target; may be empty.
    """
    targets = list(table.targets)
    if table.kind == VALUES:
        low, high = problem.numbers().min(axis=0).tolist(), problem.numbers().max(axis=0).tolist()
        targets = [
            msgspec.structs.replace(target, minimum=low[at], maximum=high[at]) for at, target in enumerate(targets)
        ]
    for at, known in enumerate(uncertain):
        if known is not None and table.kind == CLASSES:
            targets[at] = msgspec.structs.replace(targets[at], set_limit=known.limit)
        elif known is not None:
            limits = {"half_width": known.limit, "logarithm": known.logarithm}
            targets[at] = msgspec.structs.replace(targets[at], **limits)
    return msgspec.structs.replace(table, targets=tuple(targets), coverage=COVERAGE)


def parameters(estimator: Any) -> dict[str, str]:
    """The settings of an estimator that are plain values; none if it does not tell them."""
    try:
        return dict(list(parameters_of(estimator).items())[:MOST_PARAMETERS])
    except Exception:  # noqa: BLE001 - whatever the code of another library raises
        return {}
