"""Shapley values of trees: how a sum of trees shares out its answer among the features (path-dependent TreeSHAP).

What a tree would answer if only some features were known: at a split on another feature, the mean of both sides, by
how many training rows went there (Lundberg et al., "From local explanations to global understanding", 2020). For one
leaf that is its value times a product over the features of its path: 1 or 0 for a known one (whether the row stays on
the path), a share of the training rows for another. The Shapley value of such a product is an integral of a polynomial
over [0, 1]; Gauss-Legendre quadrature with half as many nodes as features is exact. All leaves are done at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]

BLOCK = 4096
"""Leaves of one block: its temporaries stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """At most one interval for each step of each path. Arrays are (length, leaves).

    Attributes:
        features: place of the feature in the row.
        low: the row stays on the path above it; NaN: at any value.
        high: the row stays on the path up to it.
        missing: whether a row without a value stays on the path.
    """

    features: Integers
    low: Floats
    high: Floats
    missing: NDArray[np.bool_]

    def stay(self, row: Floats, *, absent: bool) -> NDArray[np.bool_]:
        """Whether a row stays on the paths: (length, leaves). `absent`: whether the row has NaN."""
        values = row[self.features]
        stay = ~(values <= self.low) & (values <= self.high)
        return np.where(np.isnan(values), self.missing, stay) if absent else stay


@dataclass(frozen=True, slots=True)
class Block:
    """Leaves of about the same path length.

    A step of a path is one feature. Shorter paths end in steps that change nothing.

    Attributes:
        groups: group of each step, flat (length x leaves); the number of groups for a step that changes nothing.
        share: (length, leaves): of the training rows at the splits on this feature, those that stayed on the path.
        conditions: a row stays at a step if it meets them all.
        values: (leaves, outputs).
        nodes: places and weights of the quadrature on [0, 1].
    """

    groups: Integers
    share: Floats
    conditions: tuple[Conditions, ...]
    values: Floats
    nodes: tuple[tuple[float, float], ...]

    def shapley(self, row: Floats, *, absent: bool) -> Floats:
        """For each step the integral of the product of the other steps, times what the row changes at this one."""
        stay = self.conditions[0].stay(row, absent=absent)
        for condition in self.conditions[1:]:
            stay &= condition.stay(row, absent=absent)
        change = stay - self.share
        total: Floats = np.zeros_like(change)
        for place, weight in self.nodes:
            factors = self.share + place * change
            total += (weight * factors.prod(axis=0)) / factors
        total *= change
        return total


class Leaves:
    """The leaves of all trees of a model."""

    def __init__(self, arrays: Arrays, groups: Integers, count: int) -> None:
        """Lay the leaves out in blocks.

        Args:
            arrays: `leaf_steps` (leaves + 1,): where the steps of each leaf begin in `share`; `step_conditions`
                (steps + 1,): where the conditions of each step begin in `features`, `low`, `high` and `missing`;
                `values` (leaves, outputs).
            groups: the group of each feature.
            count: the number of groups.
        """
        self._count = count
        lengths = np.diff(arrays["leaf_steps"])
        self._blocks = [_block(arrays, leaves, groups, count) for leaves in _chunks(lengths, _owners(arrays["values"]))]

    def contributions(self, row: Floats, output: int) -> Floats:
        """The Shapley value of each group for one output: (groups,).

        Args:
            row: (features,), NaN where a value is missing.
            output: column of the values of the leaves.
        """
        absent = bool(np.isnan(row).any())
        total = np.zeros(self._count + 1)
        for block in self._blocks:
            values = block.values[:, output]
            if values.any():
                added = block.shapley(row, absent=absent) * values
                total += np.bincount(block.groups, added.ravel(), minlength=len(total))
        return total[:-1]


def _owners(values: Floats) -> Integers:
    """The one output that a leaf adds to, -1 for several: a request needs the blocks of one output."""
    single = np.count_nonzero(values, axis=1) == 1
    return np.where(single, np.abs(values).argmax(axis=1), -1).astype(np.int64)


def _chunks(lengths: Integers, owners: Integers) -> list[Integers]:
    """The leaves in runs with the same owner and as many nodes of the quadrature, of at most BLOCK leaves."""
    nodes = (lengths + 1) // 2
    order = np.lexsort((nodes, owners))
    changes = (np.diff(nodes[order]) != 0) | (np.diff(owners[order]) != 0)
    runs = np.split(order, np.flatnonzero(changes) + 1)
    return [run[at : at + BLOCK] for run in runs for at in range(0, len(run), BLOCK)]


def _block(arrays: Arrays, leaves: Integers, groups: Integers, count: int) -> Block:
    steps, real = _spread(arrays["leaf_steps"], leaves)
    first = _taken(arrays["step_conditions"][:-1], steps, real, 0)
    sizes = _taken(np.diff(arrays["step_conditions"]), steps, real, 0)
    own = groups[_taken(arrays["features"], first, real, 0)]
    places, weights = np.polynomial.legendre.leggauss((len(steps) + 1) // 2)
    return Block(
        groups=np.where(real, own, count).ravel(),
        share=_taken(arrays["share"], steps, real, 1.0),
        conditions=tuple(
            _conditions(arrays, first + layer, sizes > layer) for layer in range(max(int(sizes.max()), 1))
        ),
        values=arrays["values"][leaves],
        nodes=tuple(zip(((places + 1) / 2).tolist(), (weights / 2).tolist(), strict=True)),
    )


def _spread(starts: Integers, leaves: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """The steps of leaves, as (longest length, leaves), and which of them are real."""
    first, last = starts[leaves], starts[leaves + 1]
    longest = max((last - first).tolist())
    steps = first + np.arange(max(longest, 1), dtype=np.int64)[:, None]
    return steps, steps < last


def _conditions(arrays: Arrays, places: Integers, real: NDArray[np.bool_]) -> Conditions:
    return Conditions(
        features=_taken(arrays["features"], places, real, 0),
        low=_taken(arrays["low"], places, real, np.nan),
        high=_taken(arrays["high"], places, real, np.inf),
        missing=_taken(arrays["missing"], places, real, value=True),
    )


def _taken(array: NDArray[Any], places: Integers, real: NDArray[np.bool_], value: float) -> NDArray[Any]:
    """The entries of an array at places, and `value` where a place is not real."""
    taken = np.full(places.shape, value, dtype=array.dtype)
    taken[real] = array[places[real]]
    return taken
