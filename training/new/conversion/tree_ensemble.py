"""Trees of any library as one operator of ONNX, and as the plain arrays that an explanation adds up.

A row goes left at a node where its feature is at most the threshold (a missing one: where `missing_left` says so).
Libraries that compare otherwise get other thresholds (`below`), categories get columns of 0 (left) and 1 (right).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import AttributeProto, numpy_helper

from training.new.conversion.graph_builder import ML, GraphBuilder, Name
from training.new.conversion.values import Matrix

Scale = Literal["value", "log_value", "probability", "log_odds"]

FLOAT_BITS = 23
"""Bits of a sum that survive float32, one less than its significand."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree: arrays by node, the root first.

    Attributes:
        feature: int64, the column of the ensemble's matrix that the node compares; -1 at leaves.
        threshold: float64; a row goes left if its feature is at most this one.
        left: int64, node of the rows that go left; any number at leaves.
        right: int64, node of the others.
        missing_left: bool, whether a row whose feature is NaN goes left.
        cover: float64, the (weighted) number of training rows at the node; CatBoost has leaves of 0.
        value: float64 (nodes, targets), what a leaf adds to each target; rows of other nodes are not read.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    cover: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """What an additive ensemble answers: `base + factor * (sum over trees of the value of the row's leaf)`.

    Attributes:
        trees: the trees.
        base: float64 (targets,).
        factor: what the sum of the leaves is multiplied by, such as 1 / number of trees.
        matrix: what the trees read: `Tree.feature` counts its columns. Rounded to float32 where the library rounds.
        features: for each column of `matrix`, the number of the feature that it stands for. The columns made from
            one category share theirs, so they are one player of the Shapley values.
        scale: of the answer. `log_odds`: of the second of two classes, or of each class before the softmax;
            `probability`: of each class (of each target, side by side); `value`; `log_value`.
    """

    trees: tuple[Tree, ...]
    base: NDArray[np.float64]
    factor: float
    matrix: Matrix
    features: tuple[int, ...]
    scale: Scale

    @property
    def leaves(self) -> int:
        """The number of leaves of all trees."""
        return sum(int((tree.feature < 0).sum()) for tree in self.trees)


def below(thresholds: ArrayLike) -> NDArray[np.float64]:
    """Thresholds for `x <= threshold` that split float32 numbers as `x < threshold` does."""
    return np.nextafter(np.asarray(thresholds, dtype=np.float32), np.float32(-np.inf)).astype(np.float64)


def for_target(values: ArrayLike, target: int, targets: int) -> NDArray[np.float64]:
    """`Tree.value` of a tree that adds to one target only, from the values (nodes,).

    Args:
        values: (nodes,), what each node adds.
        target: the place of the output.
        targets: number of outputs.
    """
    single = np.asarray(values, dtype=np.float64)
    every = np.zeros((len(single), targets))
    every[:, target] = single
    return every


def sum_of_trees(graph: GraphBuilder, matrix: Matrix, trees: Sequence[Tree]) -> Name:
    """The sum over trees of the value of the row's leaf: (rows, targets), double.

    The operator adds in double and answers in float32. So each value is two: a multiple of a power of two, of which
    every sum is exact in float32, and the rest, which is some 2**23 times smaller.

    Args:
        graph: gets the nodes.
        matrix: (rows, features) double, what the trees read.
        trees: with values (nodes, targets).
    """
    targets = trees[0].value.shape[1]
    leaves = np.concatenate([tree.value[tree.feature < 0] for tree in trees])
    coarse = _coarse(leaves, sum(float(np.abs(tree.value[tree.feature < 0]).max()) for tree in trees))
    rest = leaves - coarse
    weights = np.hstack([coarse, rest]) if rest.any() else coarse
    total = graph.cast(_operator(graph, matrix.tensor, trees, weights))
    if weights.shape[1] == targets:
        return total
    first, last = graph.take(total, range(targets)), graph.take(total, range(targets, 2 * targets))
    return graph.op("Add", first, last)


def _coarse(values: NDArray[np.float64], bound: float) -> NDArray[np.float64]:
    """The values rounded to multiples of a power of two that keep sums up to `bound` within FLOAT_BITS."""
    if bound == 0:
        return values
    unit = 2.0 ** (np.ceil(np.log2(bound)) - FLOAT_BITS)
    return np.asarray(np.round(values / unit) * unit, dtype=np.float64)


def _operator(graph: GraphBuilder, tensor: Name, trees: Sequence[Tree], weights: NDArray[np.float64]) -> Name:
    """One TreeEnsembleRegressor, given the weights (leaves, targets) of all leaves, in the order of the trees."""
    sizes = [len(tree.feature) for tree in trees]
    of_tree = np.repeat(np.arange(len(trees)), sizes)
    of_node = np.concatenate([np.arange(size) for size in sizes])
    leaf = np.concatenate([tree.feature for tree in trees]) < 0
    at, target = np.nonzero(_needed(weights))
    integers = {
        "nodes_treeids": of_tree,
        "nodes_nodeids": of_node,
        "nodes_featureids": _inner(trees, "feature", leaf),
        "nodes_truenodeids": _inner(trees, "left", leaf),
        "nodes_falsenodeids": _inner(trees, "right", leaf),
        "nodes_missing_value_tracks_true": _inner(trees, "missing_left", leaf),
        "target_treeids": of_tree[leaf][at],
        "target_nodeids": of_node[leaf][at],
        "target_ids": target,
    }
    doubles = {
        "nodes_values_as_tensor": _inner(trees, "threshold", leaf).astype(np.float64),
        "target_weights_as_tensor": weights[at, target],
    }
    # An attribute made from a list is checked element by element: seconds for a million nodes.
    total = graph.op("TreeEnsembleRegressor", tensor, domain=ML, n_targets=weights.shape[1])
    attributes = graph.nodes[-1].attribute
    attributes.extend(AttributeProto(name=name, type=AttributeProto.INTS, ints=ints) for name, ints in _lists(integers))
    attributes.extend(
        AttributeProto(name=name, type=AttributeProto.TENSOR, t=numpy_helper.from_array(array, name))
        for name, array in doubles.items()
    )
    modes = np.where(leaf, b"LEAF", b"BRANCH_LEQ").tolist()
    attributes.append(AttributeProto(name="nodes_modes", type=AttributeProto.STRINGS, strings=modes))
    return total


def _needed(weights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which weights are written: those that are not 0, and one for each leaf."""
    needed = np.asarray(weights != 0, dtype=np.bool_)
    needed[:, 0] = True
    return needed


def _inner(trees: Sequence[Tree], attribute: str, leaf: NDArray[np.bool_]) -> NDArray[Any]:
    """An attribute of the nodes of all trees, 0 at leaves."""
    return np.where(leaf, 0, np.concatenate([getattr(tree, attribute) for tree in trees]))


def _lists(arrays: dict[str, NDArray[Any]]) -> list[tuple[str, list[int]]]:
    return [(name, array.astype(np.int64).tolist()) for name, array in arrays.items()]
