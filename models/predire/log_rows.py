"""The columns of a student request line, and their drift reference."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.predire.student import CODED, STAGES, snake_case
from training.drift.reference import GraphReference, LoggedRow, graph_reference

if TYPE_CHECKING:  # reading a log must not import scikit-learn
    from training.metrics import Floats

    from .data import Students

FAILURE = "probabilité d'échec"
EXPLANATION = "/predire/explication"
"""Route of explanations: its lines repeat a student whose prediction is already counted."""


def reference(stage: str, students: "Students", probability: "Floats") -> GraphReference:
    """The reference of a stage.

    Args:
        stage: of the model.
        students: its training data.
        probability: (n,), their out-of-fold probabilities of failure.
    """
    inputs = dict(zip(STAGES[stage], students.rows.T, strict=True))
    return graph_reference(inputs, {FAILURE: probability}, CODED)


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The students of one request line, whole or redacted."""
    if line["httpRequest"]["requestUrl"] == EXPLANATION:
        return
    payload, predicted = line["payload"], line["prediction"]
    rows, predictions = (payload, predicted) if isinstance(predicted, list) else ([payload], [predicted])
    for index, prediction in enumerate(predictions):
        stage = prediction["etape"]
        row = rows[index] if rows and index < len(rows) else None
        fields = {snake_case(name): value for name, value in (row or {}).items()}
        inputs = {name: fields[name] for name in STAGES[stage] if name in fields}
        yield LoggedRow(stage, inputs, {FAILURE: prediction["probabilite_echec"]})
