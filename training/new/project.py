"""A user's own model as files of `models/NAME/`: its table, its estimator if it has one, and what to make of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """How a model is made from a table.

    Attributes:
        name: of the model and of its function.
        folder: where the files are, `models/NAME/`.
        data: file of the table.
        targets: the columns to predict; none for clusters and outliers.
        drop: columns that the model must not read.
        sensitive: columns that name groups of people: the model does not read them, its errors are told by group.
        estimator: file of the fitted estimator; empty: a recipe trains one.
        labels: file of the columns' titles, CSV; empty: none.
        series: whether the estimator was fitted on the one column itself, as vectorizers are, and not on a table.
    """

    name: str
    folder: Path
    data: str
    targets: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    estimator: str = ""
    labels: str = ""
    series: bool = False

    def path(self, file: str) -> Path:
        """The path of one of its files."""
        return self.folder / file
