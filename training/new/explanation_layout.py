"""Where each feature stands in the graph's output `features`, and which column of the table it counts for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.converter import Converted
from training.new.conversion.graph_builder import Name
from training.new.conversion.values import Matrix, Sources
from training.new.explanation_parts import Part, Unexplained
from training.new.explanation_paths import Paths

MAX_COLUMNS = 3
"""Columns that one feature may be made of: their group is still a name that people understand."""

MIXED = (
    (
        "une étape mélange {count} colonnes ({columns}...) : une réponse ne se partage plus entre elles. Sans cette "
        "étape (PCA, Normalizer, KNNImputer...) le modèle aurait une explication."
    ),
    (
        "a step mixes {count} columns ({columns}...): an answer cannot be shared out among them. Without that step "
        "(PCA, Normalizer, KNNImputer...) the model would have an explanation."
    ),
)
CONSTANT = (
    "le modèle répond toujours la même chose : il n'y a rien à expliquer.",
    "the model always answers the same: there is nothing to explain.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The features that an explanation reads: of each matrix those that have a weight or a split.

    Attributes:
        tensors: those features of each matrix.
        places: for each matrix, by name of its tensor, where each of its features stands; -1: nowhere.
        names: the columns and the groups of columns.
        groups: for each feature, the place of its name.
    """

    tensors: tuple[Name, ...]
    places: dict[Name, NDArray[np.int64]]
    names: tuple[str, ...]
    groups: NDArray[np.int64]

    def weights(self, part: Part) -> NDArray[np.float64]:
        """The weights of all weighted sums of a part: (features, outputs)."""
        weights = np.zeros((len(self.groups), part.outputs))
        for linear in part.linear:
            places = self.places[linear.matrix.tensor]
            weights[places[places >= 0]] += linear.weights[places >= 0]
        return weights

    def placed(self, matrix: Matrix, paths: Paths) -> Paths:
        """Paths over a matrix as paths over the features."""
        return paths.renamed(self.places[matrix.tensor])


def lay_out(converted: Converted, part: Part, columns: Sequence[str]) -> Layout:
    """Place the features of a part.

    Args:
        converted: the conversion; its graph gets further nodes.
        part: what is explained.
        columns: of the table, in order.

    Raises:
        Unexplained: a feature is made of too many columns, or there are no features.
    """
    tensors, places, sources = [], {}, list[Sources]()
    for matrix, used in _used(part):
        chosen = np.flatnonzero(used)
        if len(chosen):
            tensors.append(converted.conversion.select(matrix, chosen.tolist()).tensor)
        places[matrix.tensor] = np.where(used, np.cumsum(used) - 1 + len(sources), -1)
        sources += [matrix.sources[at] for at in chosen]
    ordered = _groups(sources, columns)
    number = {source: at for at, source in enumerate(ordered)}
    groups = np.array([number.get(source, 0) for source in sources], dtype=np.int64)  # a constant feature adds nothing
    return Layout(tuple(tensors), places, tuple(_name(source, columns) for source in ordered), groups)


def _used(part: Part) -> list[tuple[Matrix, NDArray[np.bool_]]]:
    """Each matrix once, and which of its features have a weight or a split."""
    matrices: dict[Name, Matrix] = {}
    used: dict[Name, NDArray[np.bool_]] = {}
    for matrix in (*(one.matrix for one in part.linear), *(one.matrix for one in part.trees)):
        matrices[matrix.tensor] = matrix
        used[matrix.tensor] = np.zeros(matrix.width, dtype=np.bool_)
    for linear in part.linear:
        used[linear.matrix.tensor] |= linear.weights.any(axis=1)
    for tree in part.trees:
        used[tree.matrix.tensor][tree.paths.features] = True
    return [(matrix, used[name]) for name, matrix in matrices.items()]


def _groups(sources: Sequence[Sources], columns: Sequence[str]) -> list[Sources]:
    """The groups: single columns in the order of the table, then several together."""
    distinct = {source for source in sources if source}
    if not distinct:
        raise Unexplained(CONSTANT)
    mixed = max(distinct, key=len)
    if len(mixed) > MAX_COLUMNS:
        some = ", ".join(_ordered(mixed, columns)[:MAX_COLUMNS])
        raise Unexplained(MIXED, count=len(mixed), columns=some)
    place = {column: at for at, column in enumerate(columns)}
    return sorted(distinct, key=lambda source: (len(source), sorted(place[column] for column in source)))


def _ordered(source: Sources, columns: Sequence[str]) -> list[str]:
    return sorted(source, key=columns.index)


def _name(source: Sources, columns: Sequence[str]) -> str:
    return " × ".join(_ordered(source, columns))
