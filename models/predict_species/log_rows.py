"""What the request log holds of flowers, and the reference that drift is measured from."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.predict_species.schema import FEATURES
from training.drift.reference import LoggedRow, encode, graph_reference

if TYPE_CHECKING:  # whoever reads a log does not train, and has no scikit-learn
    from training.metrics import Floats

    from .data import Flowers

ROLE = "species"
CLASS = "classe prédite"


def reference(flowers: "Flowers", probabilities: "Floats") -> bytes:
    """The content of `reference.json`: the flowers that were learnt from, and what the graph answers to them."""
    inputs = dict(zip(FEATURES, flowers.rows.T, strict=True))
    return encode({ROLE: graph_reference(inputs, {CLASS: probabilities.argmax(axis=1).astype(float)})})


def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
    """The flowers of one request line, whole or redacted."""
    payload = line["payload"]
    rows = payload["data"] if isinstance(payload, dict) else payload
    found = line["prediction"]["result"]
    for place, species in enumerate(found):
        row = rows[place] if rows and place < len(rows) else {}
        yield LoggedRow(ROLE, {name: row[name] for name in FEATURES if name in row}, {CLASS: species})
