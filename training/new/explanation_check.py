"""Checks that contributions give the answers of the model back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.model.predictor import open_graph
from shared.model.table import Explanation, Table, Target
from shared.model.tabular.explanations import Explainer
from training.new.conversion.converter import PROBABILITIES, SCORES, VALUE, Converted
from training.new.explanation_feeds import Feeds

Floats = NDArray[np.float64]

TOLERANCE = 1e-5
"""Of probabilities, and of numbers relative to the largest: XGBoost adds in float32."""


def gives_answers_back(
    converted: Converted, explanation: Explanation, files: Mapping[str, bytes], feeds: Feeds
) -> bool:
    """Whether the totals of an explanation are the answers of the graph.

    Args:
        converted: the conversion.
        explanation: the explanation.
        files: its files, by name.
        feeds: inputs of the graph, of some rows.
    """
    labels = converted.labels[0] if converted.labels else ()
    table = Table(converted.kind, (), converted.feeds, (Target("", labels),), explanation=explanation)
    session = open_graph(converted.model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, dict(feeds)), strict=True))
    name = _compared(explanation.scale, outputs)
    if name not in outputs:
        return False
    totals = Explainer(table, files).totals(feeds)
    with np.errstate(over="ignore"):
        answers = _as_answers(explanation.scale, totals)
    expected = outputs[name][:, -answers[0].shape[1] :]
    largest = float(np.abs(expected).max())
    return any(bool(np.allclose(expected, one, rtol=TOLERANCE, atol=TOLERANCE * largest)) for one in answers)


def _compared(scale: str, outputs: Feeds) -> str:
    """The output of the graph that the totals must give back."""
    if scale in {"probability", "log_odds"}:
        return PROBABILITIES
    return VALUE if VALUE in outputs else SCORES


def _as_answers(scale: str, totals: Floats) -> list[Floats]:
    """What the graph would answer to these totals; of several possibilities one must be right."""
    if scale == "log_odds":
        return _probabilities(totals)
    return [{"log_value": np.exp, "log1p_value": np.expm1}.get(scale, np.asarray)(totals)]


def _probabilities(totals: Floats) -> list[Floats]:
    """Of the second of two classes; of more, by softmax or class by class."""
    sigmoid = 1 / (1 + np.exp(-totals))
    if totals.shape[1] == 1:
        return [sigmoid]
    powers = np.exp(totals - totals.max(axis=1, keepdims=True))
    return [each / each.sum(axis=1, keepdims=True) for each in (powers, sigmoid)]
