"""What flows from step to step of a pipeline while it is converted: matrices of the graph, and columns of text.

A column of text is never a tensor of the graph until an encoder has made numbers of it. Its encoders run here, on each
value that it can have, on an unknown one and on null; the graph holds the table of what they answered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from training.new.conversion.graph_builder import Name

UNKNOWN = "\uffffinconnu"
"""Stands for a text that the training data do not have."""

Sources = frozenset[str]
"""The columns of the table that a feature is made of."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A tensor (rows, width) of doubles.

    Attributes:
        tensor: its name in the graph.
        sources: for each of its columns, the columns of the table that it is made of.
    """

    tensor: Name
    sources: tuple[Sources, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.sources)

    def mixed(self, width: int) -> tuple[Sources, ...]:
        """The sources of `width` columns that each depend on every column of this matrix."""
        return (frozenset[str]().union(*self.sources),) * width


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of text on its way through encoders.

    Attributes:
        column: its name in the table.
        domain: the texts that it can have, then UNKNOWN, then None for null.
        values: what each of the domain has become so far: at first the texts themselves, NaN for null.
    """

    column: str
    domain: tuple[str | None, ...]
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns side by side by name, each a `TextColumn` or a `Matrix` of width 1 (or more, within a pipeline)."""

    items: tuple[Matrix | TextColumn, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        """The number of columns."""
        return len(self.items)

    def __iter__(self) -> Iterator[Matrix | TextColumn]:
        """The columns, in order."""
        return iter(self.items)

    def select(self, places: Sequence[int]) -> "Columns":
        """The columns at these places, in this order."""
        return Columns(tuple(self.items[at] for at in places), tuple(self.names[at] for at in places))

    @property
    def has_text(self) -> bool:
        """Whether one of them is still text."""
        return any(isinstance(item, TextColumn) for item in self.items)


Value = Matrix | TextColumn | Columns


@dataclass(slots=True)
class Prediction:
    """The tensors of a predictor's answers, and what they mean. Each is None if the estimator has no such answer.

    Attributes:
        classes: the classes of a classifier, in the order of `probabilities`.
        label: (rows,) int64, index into `classes`. None: the place of the largest probability.
        probabilities: (rows, classes).
        scores: what `decision_function` gives: (rows, 1) for two classes, else (rows, classes or pairs of classes).
        value: (rows, width) of a regressor.
        width: columns of `value`.
        cluster: (rows,) int64, the number of the cluster.
        inlier: (rows,) int64, 1 for an inlier, 0 for an outlier.
        several: the predictions of each target of a multi-output classifier.
    """

    classes: Sequence[Any] | NDArray[Any] | None = None
    label: Name | None = None
    probabilities: Name | None = None
    scores: Name | None = None
    value: Name | None = None
    width: int = 1
    cluster: Name | None = None
    inlier: Name | None = None
    several: list["Prediction"] = field(default_factory=list)
