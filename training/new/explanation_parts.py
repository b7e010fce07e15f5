"""What an explanation adds up: linear parts and trees, each over a matrix of the graph, and how estimators mix them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shared.errors import Text
from training.new.conversion.values import Matrix
from training.new.explanation_paths import Paths

Floats = NDArray[np.float64]

PublicScale = Literal["log_odds", "probability", "value", "log_value", "log1p_value"]
Scale = PublicScale | Literal["one_vs_rest", "score"]
"""Of a part: as in `shared.model.table.Explanation`, and more closely: `one_vs_rest`: the log-odds of each class
against the rest, for more than two classes; `score`: a decision score that is no log-odds."""


class Unexplained(Exception):
    """An estimator has no exact explanation.

    Attributes:
        text: why, French then English.
    """

    def __init__(self, text: Text, **values: object) -> None:
        self.text = (text[0].format(**values), text[1].format(**values))
        super().__init__(self.text[1])


@dataclass(frozen=True, slots=True)
class LinearPart:
    """A weighted sum of the features of a matrix: weights (features, outputs)."""

    matrix: Matrix
    weights: Floats


@dataclass(frozen=True, slots=True)
class TreePart:
    """Trees over a matrix: the values of their leaves are (leaves, outputs)."""

    matrix: Matrix
    paths: Paths


@dataclass(frozen=True, slots=True)
class Part:
    """What one estimator answers: the offset and what its linear parts and trees add to it.

    Attributes:
        scale: of the outputs. One output for two classes on `log_odds` and `score`, else one for each class.
        offset: (outputs,).
        linear: the weighted sums.
        trees: the trees.
    """

    scale: Scale
    offset: Floats
    linear: tuple[LinearPart, ...] = ()
    trees: tuple[TreePart, ...] = ()

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.offset)

    @property
    def public_scale(self) -> PublicScale:
        """The scale in the manifest."""
        if self.scale == "one_vs_rest":
            return "log_odds"
        return "value" if self.scale == "score" else self.scale

    @property
    def leaves(self) -> int:
        """The number of leaves of all trees."""
        return sum(len(part.paths.values) for part in self.trees)

    def project(self, weights: ArrayLike, scale: Scale | None = None) -> "Part":
        """The outputs @ weights, for weights (outputs, new outputs). `scale`: of the new outputs; None: the same."""
        mix = np.asarray(weights, dtype=np.float64)
        return Part(
            scale=scale or self.scale,
            offset=self.offset @ mix,
            linear=tuple(LinearPart(part.matrix, part.weights @ mix) for part in self.linear),
            trees=tuple(TreePart(part.matrix, part.paths.project(mix)) for part in self.trees),
        )

    def times(self, factor: float, scale: Scale | None = None) -> "Part":
        """Every output times a factor. `scale`: of the new outputs; None: the same."""
        return self.project(np.eye(self.outputs) * factor, scale)

    def plus(self, offset: ArrayLike) -> "Part":
        """The outputs plus constants (outputs,)."""
        return replace(self, offset=self.offset + np.asarray(offset, dtype=np.float64))


def total(parts: Sequence[Part]) -> Part:
    """The sum of parts with the same outputs and scale; at least one."""
    return replace(
        parts[0],
        offset=np.sum([part.offset for part in parts], axis=0),
        linear=tuple(linear for part in parts for linear in part.linear),
        trees=tuple(trees for part in parts for trees in part.trees),
    )


def side_by_side(parts: Sequence[Part], scale: Scale) -> Part:
    """Parts with one output each, as the outputs of one part."""
    return total([part.project(np.eye(len(parts))[[at]], scale) for at, part in enumerate(parts)])
