"""Shares an answer out among the columns of its row: exact for linear and additive models and for trees.

`training.new.explanation` writes the two files. The graph answers the features that the model's linear parts and trees
read; the arrays say what each of them adds to the answer, compared with the training data:

- a linear part: the weight times the distance to the feature's mean over the training rows;
- trees: its Shapley value (`shared.model.tabular.shapley`).

Features of one column are added up. A feature of several columns has a group of its own, named `a × b`.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.model.predictor import open_graph
from shared.model.table import Explanation, Label, Table
from shared.model.tabular.shapley import Leaves

FEATURES = "features"
"""The output of the graph."""


class Explainer:
    """The explanation of one model. Thread-safe.

    Attributes:
        names: the columns, and the groups of columns, that an answer is shared out among.
    """

    def __init__(self, table: Table, files: Mapping[str, bytes]) -> None:
        """Read the two files of `table.explanation`.

        Args:
            table: its explanation must not be None.
            files: the files of the bundle by name.
        """
        self._explanation = _explanation_of(table)
        self._labels = table.targets[0].labels
        with np.load(io.BytesIO(files[self._explanation.arrays]), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        self.names: list[str] = arrays["names"].tolist()
        self._base = arrays["base"]
        self._linear = arrays["linear"]
        self._weights, self._means = arrays["weights"], arrays["means"]
        groups = arrays["groups"].astype(np.int64)
        self._linear_groups = groups[self._linear]
        self._leaves = Leaves(arrays, groups, len(self.names))
        self._session = open_graph(files[self._explanation.graph])
        self._inputs = [value.name for value in self._session.get_inputs()]

    def explain(
        self,
        feeds: Mapping[str, NDArray[Any]],
        outputs: Mapping[str, NDArray[Any]],
        rows: Sequence[int] | None = None,
    ) -> list[dict[str, Any]]:
        """What each column adds to the answer of each row.

        The number that is shared out, by `scale`:

        - `value`: a regressor's number; with a `class`, the decision score of a classifier without probabilities;
        - `log_value`: the natural logarithm of a regressor's number; `log1p_value`: of one plus the number;
        - `probability`: of the answered class;
        - `log_odds`, two classes: of the second class, whichever is answered: ln(p / (1 - p));
        - `log_odds`, more classes: the raw score of the answered class. Softmax makes the probabilities of the classes'
          scores, or the logistic function does, class by class, for an estimator of one class against the rest.

        Args:
            feeds: the inputs of the model's graph, by name.
            outputs: what the model's graph answered to them, by name; `label` is read.
            rows: the rows to explain; None: all.

        Returns:
            For each row `{"scale", "class", "base", "total", "contributions": [{"column", "contribution"}]}`.
            `class`: the label whose score or probability it is; None for a number. `base`: the answer to the training
            data on average. `base` plus the contributions is `total`, the answer. Largest contributions come first.
        """
        chosen = slice(None) if rows is None else list(rows)
        features = self._features({name: feeds[name][chosen] for name in self._inputs})
        places = [0] * len(features) if len(self._base) == 1 else outputs["label"][chosen][:, 0].tolist()
        return [self._explain(row, output) for row, output in zip(features, places, strict=True)]

    def totals(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """The totals of every output of every row, to be compared with the model's own answers: (rows, outputs)."""
        outputs = range(len(self._base))
        return np.array(
            [
                [self._base[output] + self.contributions(row, output).sum() for output in outputs]
                for row in self._features(feeds)
            ]
        )

    def contributions(self, row: NDArray[np.float64], output: int) -> NDArray[np.float64]:
        """What each of `names` adds to one output, for one row of features: (names,)."""
        moved = self._weights[:, output] * (row[self._linear] - self._means)
        linear = np.bincount(self._linear_groups, moved, minlength=len(self.names))
        return linear + self._leaves.contributions(row, output)

    def _features(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        features: NDArray[np.float64] = self._session.run([FEATURES], {name: feeds[name] for name in self._inputs})[0]
        return features

    def _explain(self, row: NDArray[np.float64], output: int) -> dict[str, Any]:
        contributions = self.contributions(row, output)
        base = float(self._base[output])
        order = np.argsort(-np.abs(contributions), kind="stable").tolist()
        return {
            "scale": self._explanation.scale,
            "class": self._label(output),
            "base": base,
            "total": base + float(contributions.sum()),
            "contributions": [{"column": self.names[at], "contribution": float(contributions[at])} for at in order],
        }

    def _label(self, output: int) -> Label | None:
        if not self._labels:
            return None
        return self._labels[-1 if len(self._base) == 1 else output]


def _explanation_of(table: Table) -> Explanation:
    if table.explanation is None:
        raise ValueError("the model has no explanation")
    return table.explanation
