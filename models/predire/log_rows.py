"""What the request log holds of students, and the reference that drift is measured from."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.predire.student import CODED, STAGES, snake_case
from training.drift.reference import GraphReference, LoggedRow, graph_reference

if TYPE_CHECKING:  # whoever reads a log does not train, and has no scikit-learn
    from training.metrics import Floats

    from .data import Students

FAILURE = "probabilité d'échec"
EXPLANATION = "/predire/explication"
"""Whoever asks for an explanation has had a prediction: the student would count twice."""


def reference(stage: str, students: "Students", unseen: "Floats") -> GraphReference:
    """The students of a stage, and the probability that each was given by a model that never saw them."""
    inputs = dict(zip(STAGES[stage], students.rows.T, strict=True))
    return graph_reference(inputs, {FAILURE: unseen}, CODED)


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The students of one request line, whole or redacted."""
    if line["httpRequest"]["requestUrl"] == EXPLANATION:
        return
    payload, found = line["payload"], line["prediction"]
    rows, answers = (payload, found) if isinstance(found, list) else ([payload], [found])
    for place, answer in enumerate(answers):
        stage = answer["etape"]
        row = rows[place] if rows and place < len(rows) else None
        given = {snake_case(name): value for name, value in (row or {}).items()}
        inputs = {name: given[name] for name in STAGES[stage] if name in given}
        yield LoggedRow(stage, inputs, {FAILURE: answer["probabilite_echec"]})
