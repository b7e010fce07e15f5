"""The paths of trees: the intervals that lead to each leaf, and the shares of the training rows that go there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.tree_ensemble import Ensemble, Tree

SMALLEST_SHARE = 1e-12
"""Stands for a share of 0 (a node that no training row reached), by which a request could not divide."""

Interval = tuple[float, float, bool]
"""Above, up to, and whether a missing value stays on the path. NaN: no lower bound."""
Step = tuple[float, dict[int, Interval]]
"""Of one player: the share of the training rows that stayed, and the interval of each of its features."""
Path = dict[int, Step]
"""The steps from the root to a node, by player."""

NO_BOUNDS: Interval = (float("nan"), float("inf"), True)


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The paths of all leaves. A step of a path is one player, with one or several features.

    Attributes:
        leaf_steps: (leaves + 1,), where the steps of each leaf begin.
        share: (steps,), of the training rows at the splits of this player, those that stayed on the path.
        step_conditions: (steps + 1,), where the conditions of each step begin.
        features: (conditions,), column of the matrix.
        low: (conditions,), a row stays above it; NaN: at any value.
        high: (conditions,), a row stays up to it.
        missing: (conditions,), whether a row without a value stays.
        values: (leaves, outputs).
    """

    leaf_steps: NDArray[np.int64]
    share: NDArray[np.float64]
    step_conditions: NDArray[np.int64]
    features: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    missing: NDArray[np.bool_]
    values: NDArray[np.float64]

    def project(self, weights: NDArray[np.float64]) -> "Paths":
        """The same paths with the values @ weights."""
        return replace(self, values=self.values @ weights)

    def renamed(self, places: NDArray[np.int64]) -> "Paths":
        """The same paths over features that stand elsewhere: at `places` of where they were."""
        return replace(self, features=places[self.features])

    def expected(self) -> NDArray[np.float64]:
        """What the trees answer if no feature is known: (outputs,)."""
        owner = np.repeat(np.arange(len(self.values)), np.diff(self.leaf_steps))
        logarithms = np.bincount(owner, np.log(self.share), minlength=len(self.values))
        return np.asarray(np.exp(logarithms) @ self.values)


def paths_of(ensemble: Ensemble) -> Paths:
    """The paths of the leaves of an ensemble, with the values times its factor. Its base is not in them."""
    paths: list[Path] = []
    values: list[NDArray[np.float64]] = []
    for tree in ensemble.trees:
        for leaf, path in _leaves(tree, ensemble.features):
            paths.append(path)
            values.append(tree.value[leaf])
    return _arrays(paths, np.array(values) * ensemble.factor)


def joined(paths: Sequence[Paths], outputs: int) -> Paths:
    """The paths of several ensembles over one matrix, in one; for no ensembles, no leaves of `outputs` values."""
    return Paths(
        leaf_steps=_starts([np.diff(one.leaf_steps) for one in paths]),
        share=_concatenated([one.share for one in paths], np.float64),
        step_conditions=_starts([np.diff(one.step_conditions) for one in paths]),
        features=_concatenated([one.features for one in paths], np.int64),
        low=_concatenated([one.low for one in paths], np.float64),
        high=_concatenated([one.high for one in paths], np.float64),
        missing=_concatenated([one.missing for one in paths], np.bool_),
        values=np.vstack([np.zeros((0, outputs)), *(one.values for one in paths)]),
    )


def _leaves(tree: Tree, players: tuple[int, ...]) -> Iterator[tuple[int, Path]]:
    """Each leaf of a tree with its path."""
    feature, threshold, left, right = (a.tolist() for a in (tree.feature, tree.threshold, tree.left, tree.right))
    missing_left, cover = tree.missing_left.tolist(), tree.cover.tolist()
    stack: list[tuple[int, Path]] = [(0, {})]
    while stack:
        node, path = stack.pop()
        column = feature[node]
        if column < 0:
            yield node, path
            continue
        player = players[column]
        share, conditions = path.get(player, (1.0, {}))
        low, high, missing = conditions.get(column, NO_BOUNDS)
        for child, interval in (
            (left[node], (low, min(high, threshold[node]), missing and missing_left[node])),
            (right[node], (_higher(low, threshold[node]), high, missing and not missing_left[node])),
        ):
            there = max(cover[child] / cover[node], SMALLEST_SHARE) if cover[node] > 0 else 0.5
            stack.append((child, {**path, player: (share * there, {**conditions, column: interval})}))


def _higher(low: float, threshold: float) -> float:
    return threshold if low != low or threshold > low else low  # noqa: PLR0124  # NaN is not itself


def _arrays(paths: Sequence[Path], values: NDArray[np.float64]) -> Paths:
    steps = [step for path in paths for step in path.values()]
    conditions = [(column, *interval) for _, one in steps for column, interval in one.items()]
    features, low, high, missing = zip(*conditions, strict=True) if conditions else ((), (), (), ())
    return Paths(
        leaf_steps=_starts([np.array([len(path) for path in paths], dtype=np.int64)]),
        share=np.array([share for share, _ in steps], dtype=np.float64),
        step_conditions=_starts([np.array([len(one) for _, one in steps], dtype=np.int64)]),
        features=np.array(features, dtype=np.int64),
        low=np.array(low, dtype=np.float64),
        high=np.array(high, dtype=np.float64),
        missing=np.array(missing, dtype=np.bool_),
        values=values,
    )


def _starts(lengths: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), *lengths]).cumsum()


def _concatenated(arrays: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *arrays])
