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
    totals = Explainer(table, files).totals(feeds)
    with np.errstate(over="ignore"):
        comparisons = _comparisons(explanation.scale, totals, outputs)
    return any(
        bool(np.allclose(expected, got, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(expected).max())))
        for expected, got in comparisons
    )


def _comparisons(scale: str, totals: Floats, outputs: Feeds) -> list[tuple[Floats, Floats]]:
    """What must be equal, on the scale of the answers; one of several pairs."""
    if scale == "probability":
        return [(outputs[PROBABILITIES], totals)]
    if scale == "log_odds":
        return _log_odds(totals, outputs)
    if VALUE not in outputs:
        return [(outputs[SCORES], totals)]
    back = {"value": totals, "log_value": np.exp(totals), "log1p_value": np.expm1(totals)}
    return [(outputs[VALUE], back[scale])]


def _log_odds(totals: Floats, outputs: Feeds) -> list[tuple[Floats, Floats]]:
    if PROBABILITIES not in outputs:
        return [(outputs[SCORES], totals)]
    sigmoid = 1 / (1 + np.exp(-totals))
    if totals.shape[1] == 1:
        return [(outputs[PROBABILITIES][:, 1:], sigmoid)]
    powers = np.exp(totals - totals.max(axis=1, keepdims=True))
    each = [powers / powers.sum(axis=1, keepdims=True), sigmoid / sigmoid.sum(axis=1, keepdims=True)]
    return [(outputs[PROBABILITIES], one) for one in each]
