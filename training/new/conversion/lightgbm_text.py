"""The text of a LightGBM model: arrays by tree, of doubles to the last digit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.category_columns import LEFT_OR_RIGHT, CategoryColumns, members
from training.new.conversion.tree_ensemble import Tree, for_target

CATEGORICAL, DEFAULT_LEFT, MISSING_IS_ZERO, MISSING_IS_NAN = 1, 2, 4, 8
"""Bits of `decision_type`."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model's text: the lines `key=value` of its head and of each tree, and of its parameters."""

    head: dict[str, str]
    trees: list[dict[str, str]]
    parameters: dict[str, str]

    @property
    def targets(self) -> int:
        """The trees of one iteration."""
        return int(self.head["num_tree_per_iteration"])

    @property
    def sigmoid(self) -> float:
        """What log-odds are multiplied by; 1 for other answers."""
        return float(self.objective[1].get("sigmoid", 1))

    @property
    def objective(self) -> tuple[str, dict[str, str]]:
        """The objective and its options, such as `binary` and `sigmoid: 1`."""
        name, *options = self.head.get("objective", "custom").split()
        return name, {key: value for key, _, value in (option.partition(":") for option in options)}


def read_model(text: str) -> Model:
    """Read what `Booster.model_to_string` writes."""
    body, _, rest = text.partition("\nend of trees")
    head, *trees = (dict(_pairs(block)) for block in body.split("\nTree="))
    lines = (line.strip("[]").partition(": ") for line in rest.splitlines() if line.startswith("["))
    return Model(head, trees, {key: value for key, _, value in lines})


def _pairs(block: str) -> list[tuple[str, str]]:
    parts = (line.partition("=") for line in block.splitlines())
    return [(key, value if equals else "1") for key, equals, value in parts if key]


def array_of(tree: dict[str, str], key: str, dtype: type) -> NDArray[Any]:
    """The numbers of a line.

    Args:
        tree: the lines of a tree, by key.
        key: of the line; a missing line is empty.
        dtype: of the numbers.
    """
    return np.array(tree.get(key, "").split(), dtype=dtype)


def tree_of(tree: dict[str, str], columns: CategoryColumns, target: int, targets: int) -> Tree:
    """The nodes with their splits first, then the leaves.

    Args:
        tree: the lines of a tree, by key.
        columns: gets the columns that nodes with categories ask for.
        target: the place of the output that the tree adds to.
        targets: number of outputs.
    """
    feature = array_of(tree, "split_feature", np.int64)
    threshold = array_of(tree, "threshold", np.float64)
    kinds = array_of(tree, "decision_type", np.int64)
    splits, values = len(feature), array_of(tree, "leaf_value", np.float64)
    left, right = (_children(tree, key, splits) for key in ("left_child", "right_child"))
    # Where the training data had none missing, a missing number counts as 0.
    missing_left = np.where(kinds & (MISSING_IS_ZERO | MISSING_IS_NAN), kinds & DEFAULT_LEFT, threshold >= 0) > 0
    for at in np.flatnonzero(kinds & CATEGORICAL):
        feature[at] = _place(columns, tree, int(feature[at]), int(threshold[at]))
        threshold[at], missing_left[at] = LEFT_OR_RIGHT, False
    leaves = np.zeros(len(values))
    covers = [array_of(tree, key, np.float64) for key in ("internal_count", "leaf_count")]
    return Tree(
        feature=np.concatenate([feature, np.full(len(values), -1)]),
        threshold=np.concatenate([threshold, leaves]),
        left=np.concatenate([left, leaves.astype(np.int64)]),
        right=np.concatenate([right, leaves.astype(np.int64)]),
        missing_left=np.concatenate([missing_left, leaves > 0]),
        cover=np.concatenate(covers) if splits else np.ones(1),
        value=for_target(np.concatenate([np.zeros(splits), values]), target, targets),
    )


def _children(tree: dict[str, str], key: str, splits: int) -> NDArray[np.int64]:
    """Numbers of nodes; a leaf is written as -1 - its number."""
    children = array_of(tree, key, np.int64)
    return np.where(children < 0, splits - 1 - children, children)


def _place(columns: CategoryColumns, tree: dict[str, str], feature: int, bitset: int) -> int:
    bounds = array_of(tree, "cat_boundaries", np.int64)
    words = array_of(tree, "cat_threshold", np.uint32)[bounds[bitset] : bounds[bitset + 1]]
    return columns.place(feature, ~members(words), other=True, missing=True)
