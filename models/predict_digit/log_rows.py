"""What the request log holds of drawings, and the reference that drift is measured from: never the pixels."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from training.drift.reference import LoggedRow, encode, graph_reference

if TYPE_CHECKING:  # whoever reads a log does not train, and has no scikit-learn
    from .measure import Answers

ROLE = "digit"
INK, CLASS, CERTAINTY = "encre (%)", "chiffre prédit", "certitude (%)"


def reference(held: "Answers") -> bytes:
    """The content of `reference.json`: the digits that were held back, scanned and drawn, and what the graph answers.

    The digits that were learnt from are distorted anew at each pass, and the graph is too sure of them.
    """
    probabilities = held.probabilities.astype(np.float64)
    certainty = (100 * probabilities.max(axis=1)).round(2)  # as it is answered: most are 100.00
    predictions = {CLASS: probabilities.argmax(axis=1).astype(float), CERTAINTY: certainty}
    return encode({ROLE: graph_reference({INK: held.rows.mean(axis=1) * 100}, predictions)})


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The drawing of one request line, unless it was not finished. One refused for its uncertainty counts too."""
    found = line["prediction"]
    if found.get("draft"):
        return
    image = (line["payload"] or {}).get("image", {})
    inputs = {INK: image["ink"]} if "ink" in image else {}
    yield LoggedRow(ROLE, inputs, {CLASS: found["prediction"], CERTAINTY: found["certainty"]})
