"""Reads the outputs of a table's graph as answers: labels, numbers, probabilities, sets, intervals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import UNSET, Struct, UnsetType
from numpy.typing import NDArray

from shared.errors import Invalid, Text
from shared.model.table import CLASSES, OUTLIERS, VALUES, Label, Table, Target
from shared.model.tabular.unusual import Unusual
from shared.validation import MAX_FAULTS

NO_ANSWER: Text = (
    "le modèle n'a pas de réponse pour cette ligne : le calcul dépasse les nombres représentables",
    "the model has no answer for this row: the computation exceeds the numbers that exist",
)
BITS = 62
"""Most classes of which a set fits into an integer."""

FEW = 16
"""Rows from which on it is faster to make each different set once."""


class Response(Struct, frozen=True):
    """For each row in the input's order: the answer, and what the model says of it."""

    result: list[Any]
    probabilities: list[Any] | UnsetType = UNSET
    scores: list[Any] | UnsetType = UNSET
    sets: list[Any] | UnsetType = UNSET
    intervals: list[Any] | UnsetType = UNSET
    unusual: list[Unusual] | UnsetType = UNSET
    ignored: Sequence[str] | UnsetType = UNSET
    explanations: list[dict[str, Any]] | UnsetType = UNSET


def check_numbers(outputs: Mapping[str, NDArray[Any]]) -> None:
    """Refuse rows whose answer is no number.

    Raises:
        Invalid: names each of these rows, at most twenty.
    """
    values = next((outputs[name] for name in ("probabilities", "value", "scores") if name in outputs), None)
    if values is not None and not np.isfinite(values).all():
        wrong = np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist()
        raise Invalid(NO_ANSWER, tuple((f"/data/{row}", NO_ANSWER) for row in wrong[:MAX_FAULTS]), code="no_answer")


def response_of(table: Table, outputs: Mapping[str, NDArray[Any]]) -> Response:
    """The response to the rows that gave these outputs, without what the request adds."""
    probabilities = outputs.get("probabilities")
    widths = [len(target.labels) for target in table.targets]
    scores = None if probabilities is not None else outputs.get("scores")
    return Response(
        result_of(table, outputs),
        UNSET if probabilities is None else _side_by_side(probabilities, widths),
        UNSET if scores is None else _side_by_side(scores, [1 if width <= 2 else width for width in widths]),
        UNSET if probabilities is None else _by_target(table, probabilities, widths, "set_limit", _sets),
        _by_target(table, outputs["value"], [1] * len(widths), "half_width", _intervals)
        if table.kind == VALUES
        else UNSET,
    )


def result_of(table: Table, outputs: Mapping[str, NDArray[Any]]) -> list[Any]:
    """The answer to each row: a label or a number; with several targets, a list of them."""
    if table.kind == VALUES:
        values: list[list[float]] = outputs["value"].tolist()
        return values if len(table.targets) > 1 else [row[0] for row in values]
    label = outputs["label"]
    if table.kind == OUTLIERS:
        return [1 if inlier else -1 for inlier in label[:, 0].tolist()]
    if table.kind != CLASSES:
        clusters: list[int] = label[:, 0].tolist()
        return clusters
    columns = [list(map(target.labels.__getitem__, label[:, at].tolist())) for at, target in enumerate(table.targets)]
    return _rows(columns)


def _rows(columns: Sequence[list[Any]]) -> list[Any]:
    """One item for each row; a list of the targets' items if there are several targets."""
    return columns[0] if len(columns) == 1 else list(map(list, zip(*columns, strict=True)))


def _side_by_side(values: NDArray[Any], widths: Sequence[int]) -> list[Any]:
    """Each row as a list; with several targets, as the list of each target's."""
    if len(widths) == 1 or sum(widths) != values.shape[1]:
        rows: list[Any] = values.tolist()
        return rows
    return _rows([part.tolist() for part in _split(values, widths)])


def _split(values: NDArray[Any], widths: Sequence[int]) -> list[NDArray[Any]]:
    """The columns of each target."""
    return [values] if len(widths) == 1 else np.split(values, np.cumsum(widths)[:-1], axis=1)


Part = Callable[[Target, NDArray[Any]], list[Any]]


def _by_target(
    table: Table, values: NDArray[Any], widths: Sequence[int], limit: str, part: Part
) -> list[Any] | UnsetType:
    """What `part` makes of the columns of each target; UNSET if a target lacks the number that it takes."""
    if table.kind not in {CLASSES, VALUES} or any(getattr(target, limit) is None for target in table.targets):
        return UNSET
    parts = zip(table.targets, _split(values, widths), strict=True)
    return _rows([part(target, columns) for target, columns in parts])


def _sets(target: Target, probabilities: NDArray[Any]) -> list[list[Label]]:
    """The classes of each row that cannot be ruled out."""
    inside = probabilities >= 1.0 - (target.set_limit or 0.0)
    if len(target.labels) > BITS or len(inside) < FEW:
        return [_chosen(target.labels, row) for row in inside.tolist()]
    codes = (inside @ (1 << np.arange(len(target.labels)))).tolist()
    sets = {code: [label for at, label in enumerate(target.labels) if code >> at & 1] for code in set(codes)}
    return list(map(sets.__getitem__, codes))


def _chosen(labels: Sequence[Label], flags: Sequence[bool]) -> list[Label]:
    return [label for label, flag in zip(labels, flags, strict=True) if flag]


def _intervals(target: Target, values: NDArray[Any]) -> list[list[float]]:
    """The low and the high end of each row's interval."""
    half = target.half_width or 0.0
    both = np.array([-half, half])
    ends = values * np.exp(both) if target.logarithm else values + both
    intervals: list[list[float]] = np.sort(ends, axis=1).tolist()
    return intervals
