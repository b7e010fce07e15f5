"""The columns of a digit request line, and their drift reference. Pixels are not among them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from training.drift.reference import LoggedRow, encode, graph_reference

if TYPE_CHECKING:  # reading a log must not import scikit-learn
    from .measure import Predictions

ROLE = "digit"
INK, CLASS, CERTAINTY = "encre (%)", "chiffre prédit", "certitude (%)"


def reference(validation: "Predictions") -> bytes:
    """The content of `reference.json`, from the predictions for the validation digits, scanned and drawn.

    Training digits would not do: each epoch distorts them, and the graph is too sure of them.
    """
    probabilities = validation.probabilities.astype(np.float64)
    certainty = (100 * probabilities.max(axis=1)).round(2)  # as in a response: most are 100.00
    predictions = {CLASS: probabilities.argmax(axis=1).astype(float), CERTAINTY: certainty}
    return encode({ROLE: graph_reference({INK: validation.rows.mean(axis=1) * 100}, predictions)})


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The drawing of one request line, refused ones included; drafts are skipped."""
    prediction = line["prediction"]
    if prediction.get("draft"):
        return
    image = (line["payload"] or {}).get("image", {})
    inputs = {INK: image["ink"]} if "ink" in image else {}
    yield LoggedRow(ROLE, inputs, {CLASS: prediction["prediction"], CERTAINTY: prediction["certainty"]})
