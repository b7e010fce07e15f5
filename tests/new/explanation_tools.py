"""Builds the explanation of a fitted estimator, and reads it as the server does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import Text
from shared.model.predictor import open_graph
from shared.model.table import Table, Target
from shared.model.tabular.explanations import Explainer
from training.new.conversion.converter import Converted, convert
from training.new.explanation import BuiltExplanation, NoExplanation, build_explanation
from training.new.explanation_feeds import feeds_of_rows


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation that was built, and its reader."""

    converted: Converted
    built: BuiltExplanation
    explainer: Explainer

    @property
    def scale(self) -> str:
        return self.built.explanation.scale

    def totals(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        return self.explainer.totals(feeds_of_rows(self.converted, rows))

    def contributions(self, rows: pd.DataFrame, output: int = 0) -> pd.DataFrame:
        """A row for each row, a column for each column of the table or group of columns."""
        features = self.explainer._features(feeds_of_rows(self.converted, rows))
        each = [self.explainer.contributions(row, output) for row in features]
        return pd.DataFrame(each, columns=self.explainer.names)

    def answers(self, rows: pd.DataFrame, places: list[int] | None = None) -> list[dict[str, Any]]:
        """What the server answers."""
        feeds = feeds_of_rows(self.converted, rows)
        session = open_graph(self.converted.model.SerializeToString())
        names = [output.name for output in session.get_outputs()]
        outputs = dict(zip(names, session.run(names, feeds), strict=True))
        return self.explainer.explain(feeds, outputs, places)


def explain(estimator: Any, table: pd.DataFrame) -> Explained:
    """The explanation of an estimator that has one."""
    converted = convert(estimator, table)
    built = build_explanation(estimator, converted, table)
    assert isinstance(built, BuiltExplanation), built.text
    targets = tuple(Target("target", labels) for labels in converted.labels) or (Target("target"),)
    manifest = Table(converted.kind, (), converted.feeds, targets, explanation=built.explanation)
    return Explained(converted, built, Explainer(manifest, built.files))


def refusal(estimator: Any, table: pd.DataFrame) -> Text:
    """Why an estimator has no explanation."""
    built = build_explanation(estimator, convert(estimator, table), table)
    assert isinstance(built, NoExplanation)
    return built.text


def assert_adds_up(explained: Explained, rows: pd.DataFrame, expected: Any, tolerance: float = 1e-9) -> None:
    """The totals are scikit-learn's own answers, `expected` (rows,) or (rows, outputs)."""
    totals = explained.totals(rows)
    answers = np.asarray(expected, dtype=np.float64).reshape(len(rows), -1)
    assert totals.shape == answers.shape
    np.testing.assert_allclose(totals, answers, rtol=tolerance, atol=tolerance)


def logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds."""
    return np.asarray(np.log(probability / (1 - probability)))
