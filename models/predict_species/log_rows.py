"""The columns of an iris request line, and their drift reference."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.predict_species.schema import FEATURES
from training.drift.reference import LoggedRow, encode, graph_reference

if TYPE_CHECKING:  # reading a log must not import scikit-learn
    from training.metrics import Floats

    from .data import Flowers

ROLE = "species"
CLASS = "classe prédite"


def reference(flowers: "Flowers", probabilities: "Floats") -> bytes:
    """The content of `reference.json`, from the training flowers and their probabilities (n, 3)."""
    inputs = dict(zip(FEATURES, flowers.rows.T, strict=True))
    return encode({ROLE: graph_reference(inputs, {CLASS: probabilities.argmax(axis=1).astype(float)})})


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The flowers of one request line, whole or redacted."""
    payload = line["payload"]
    rows = payload["data"] if isinstance(payload, dict) else payload
    for index, species in enumerate(line["prediction"]["result"]):
        row = rows[index] if rows and index < len(rows) else {}
        yield LoggedRow(ROLE, {name: row[name] for name in FEATURES if name in row}, {CLASS: species})
