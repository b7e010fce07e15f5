"""A small model of a table with a column of every kind, made by hand, and the same sum in Python."""

import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
from onnx import TensorProto

from shared.model.bundle import CARD, MANIFEST, Data, Graph, Manifest, describe, seal
from shared.model.table import ROLE, Column, Explanation, Feed, Table, Target
from shared.model.tabular.words import WordCounter
from training.new.conversion.converter import Outputs
from training.new.conversion.graph_builder import ML, GraphBuilder

Files = dict[str, bytes]

NAME = "ventes"
WORDS = {"bon": 0, "livraison": 1, "lent": 2}

COLUMNS = (
    Column("age", "number", nullable=True, whole=True, minimum=18, maximum=90, example=30, title=("Âge", "Age")),
    Column("montant : total", "number", minimum=0, maximum=500, example=12.5),
    Column("zone", "code", nullable=True, values=(1, 2, 5), example=1),
    Column("taille", "code", values=(38, 40, 42), closed=True, example=40),
    Column("membre", "boolean", nullable=True, example=True),
    Column("ville", "category", nullable=True, values=("Lyon", "Paris"), example="Lyon"),
    Column("palier", "category", values=("NA", "bas", "haut"), closed=True, example="bas"),
    Column("avis", "text", nullable=True, example="bon"),
    Column("jour", "date", nullable=True, first="2024-01-05", last="2024-12-20", example="2024-05-01"),
)
FEEDS = (
    *(Feed(name, name, "number") for name in ("age", "montant : total", "zone", "taille", "membre")),
    *(Feed(name, name, "text") for name in ("ville", "palier")),
    Feed("avis::words", "avis", "counts", vectorizer="avis::words"),
    Feed("jour::date", "jour", "date"),
)
TABLE = Table(
    "classes",
    COLUMNS,
    FEEDS,
    (Target("achat", ("non", "oui"), set_limit=0.8),),
    ignored=("id", "achat"),
    words="words.json",
    no_explanation=("pas d'explication ici", "no explanation here"),
)
COUNTER = WordCounter(
    analyzer="word",
    ngram_range=(1, 1),
    token_pattern=r"(?u)\b\w\w+\b",  # noqa: S106  # a pattern
    lowercase=True,
    strip_accents="",
    stop_words=frozenset(),
    binary=False,
    vocabulary=WORDS,
    width=len(WORDS),
)

RECORD: dict[str, Any] = {
    "age": 30,
    "montant : total": 12.5,
    "zone": 1,
    "taille": 40,
    "membre": True,
    "ville": "Lyon",
    "palier": "bas",
    "avis": "Bon : livraison bon",
    "jour": "2024-05-01",
}


def log_odds(record: Mapping[str, Any]) -> float:
    """What the graph computes of a record."""
    cities, steps = {"Lyon": 1, "Paris": 2}, {"bas": 1, "haut": 2, "NA": 3}
    words = (record["avis"] or "").lower().split()
    return float(
        0.02 * (record["age"] or 0)
        - 0.01 * record["montant : total"]
        + 0.1 * (record["zone"] or 0)
        + 0.05 * (record["taille"] - 40)
        + 0.3 * (record["membre"] or 0)
        + 0.2 * cities.get(record["ville"], 0)
        - 0.4 * steps[record["palier"]]
        + 0.5 * words.count("bon")
        - 0.7 * words.count("lent")
        + 0.01 * (datetime.fromisoformat(record["jour"]).month if record["jour"] else 0)
    )


def probability(record: Mapping[str, Any]) -> float:
    """The probability of the second class."""
    return 1 / (1 + math.exp(-log_odds(record)))


def graph() -> bytes:
    """The graph of `log_odds`."""
    g = GraphBuilder()
    numbers = g.concat([g.input(name) for name in ("age", "montant : total", "zone", "taille", "membre")])
    cities = _coded(g, "ville", {"Lyon": 1, "Paris": 2})
    steps = _coded(g, "palier", {"bas": 1, "haut": 2, "NA": 3})
    counts, dates = g.input("avis::words", width=3), g.input("jour::date", width=2)
    every = g.concat([numbers, cities, steps, counts, dates])
    known = g.op("Where", g.op("IsNaN", every), g.constant(0.0), every)
    weights = [0.02, -0.01, 0.1, 0.05, 0.3, 0.2, -0.4, 0.5, 0.0, -0.7, 0.0, 0.01]
    scores = g.affine(known, np.array(weights)[:, None], [-0.05 * 40])
    label = g.column(g.positive(scores))
    outputs: Outputs = {
        "label": (label, TensorProto.INT64, 1),
        "probabilities": (g.both(g.sigmoid(scores)), TensorProto.DOUBLE, 2),
    }
    content: bytes = g.model(outputs).SerializeToString()
    return content


def _coded(g: GraphBuilder, name: str, codes: Mapping[str, int]) -> str:
    keys, values = list(codes), list(codes.values())
    text = g.input(name, "string")
    return g.cast(g.op("LabelEncoder", text, domain=ML, keys_strings=keys, values_int64s=values, default_int64=0))


def bundle(
    table: Table = TABLE, model: bytes | None = None, outputs: Mapping[str, int] | None = None, name: str = NAME
) -> tuple[Manifest, Files]:
    """A manifest and its files.

    Args:
        table: the table.
        model: its graph; None: that of `log_odds`.
        outputs: of the graph; None: those of `log_odds`.
        name: of the model.
    """
    files: Files = {"model.onnx": model or graph(), CARD: b"# Ventes"}
    if table.words:
        files[table.words] = msgspec.json.encode({"avis::words": COUNTER})
    for extra in set(table.files()) - files.keys():
        files[extra] = b"stand-in"
    labels = tuple(map(str, table.targets[0].labels)) if len(table.targets) == 1 else ()
    described = Graph("model.onnx", "", (), dict(outputs or {"label": 1, "probabilities": 2}), 17, {}, {})
    facts = {file: describe(content) for file, content in sorted(files.items())}
    data = Data("ventes.csv", "", "", 100, {})
    manifest = Manifest(1, name, labels, {ROLE: described}, {}, data, {}, "", facts, "", table)
    return seal(manifest), files


def write(folder: Path, manifest: Manifest, files: Files) -> Path:
    """Write a bundle to a folder."""
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return folder


EXPLAINED = msgspec.structs.replace(
    TABLE, explanation=Explanation("why.onnx", "why.npz", "log_odds"), no_explanation=None
)


class StandInExplainer:
    """Adds up two columns."""

    made = 0

    def __init__(self, table: Table, files: Mapping[str, bytes]) -> None:
        assert table.explanation is not None
        assert files[table.explanation.graph] == b"stand-in"
        StandInExplainer.made += 1

    def explain(
        self, feeds: Mapping[str, Any], outputs: Mapping[str, Any], rows: Sequence[int]
    ) -> list[dict[str, Any]]:
        """The contributions of five columns."""
        return [
            {
                "scale": "log_odds",
                "class": "oui" if outputs["label"][row, 0] else "non",
                "base": -2.0,
                "contributions": [
                    {"column": "age", "contribution": 0.02 * float(np.nan_to_num(feeds["age"][row, 0]))},
                    *(
                        {"column": name, "contribution": 0.0}
                        for name in ("membre", "montant : total", "ville", "a × b")
                    ),
                ],
            }
            for row in rows
        ]


@pytest.fixture
def dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates of two parts: the year and the month."""

    def is_date(text: str) -> bool:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True

    def date_parts(texts: Sequence[str | None]) -> Any:
        moments = [datetime.fromisoformat(text) if text else None for text in texts]
        return np.array([[moment.year, moment.month] if moment else [np.nan] * 2 for moment in moments], dtype=float)

    monkeypatch.setattr("shared.model.tabular.dates.is_date", is_date)
    monkeypatch.setattr("shared.model.tabular.dates.date_parts", date_parts)


@pytest.fixture
def explainer(monkeypatch: pytest.MonkeyPatch) -> type[StandInExplainer]:
    """The explanations are those of `StandInExplainer`."""
    module: Any = ModuleType("shared.model.tabular.explanations")
    module.Explainer = StandInExplainer
    StandInExplainer.made = 0
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return StandInExplainer
