"""Two functions with the page of tables: `achats` answers classes and has columns of most kinds, `prix` a number."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shared.model.bundle import CARD, FORMAT, Data, Graph, Manifest, describe, seal
from shared.model.table import ROLE, Column, Table, Target
from tests.replay import ROOT
from tests.tabular import write
from training.new.conversion.converter import convert
from training.new.explanation import BuiltExplanation, build_explanation
from training.new.function_files import function_files
from training.new.graphing import widths, words

ROWS = 120
CHOICES = ("non", "oui", "peut-être")
PRICES = tuple(f"pièce {number}" for number in range(1, 25))


@dataclass(frozen=True)
class Example:
    """A fitted estimator with what its manifest says.

    Attributes:
        name: of the function.
        rows: its training rows.
        fitted: the estimator.
        columns: of the manifest.
        target: of the manifest.
        ignored: further columns of the training data.
    """

    name: str
    rows: pd.DataFrame
    fitted: Any
    columns: tuple[Column, ...]
    target: Target
    ignored: tuple[str, ...] = ()


def purchases() -> Example:
    """Whether a person buys: a number with nulls, another one, a category, a boolean and a text."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "age": random.integers(18, 91, ROWS).astype(float),
            "montant_total": random.uniform(1, 500, ROWS).round(2),
            "ville": random.choice(["Lyon", "Nantes", "Paris"], ROWS),
            "membre": random.random(ROWS) < 0.5,
            "avis": random.choice(["très bon produit", "livraison lente", "rien à dire"], ROWS),
        }
    )
    target = np.where(rows.montant_total > 300, "oui", np.where(rows.age > 50, "peut-être", "non"))
    rows.loc[:5, "age"] = np.nan
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "montant_total"]),
        (OneHotEncoder(handle_unknown="ignore"), ["ville"]),
        ("passthrough", ["membre"]),
        (CountVectorizer(), "avis"),
    )
    fitted = make_pipeline(columns, LogisticRegression(max_iter=300)).fit(rows, target)
    described = (
        Column("age", "number", nullable=True, whole=True, minimum=18, maximum=90, example=30, title=("Âge", "Age")),
        Column("montant_total", "number", minimum=1, maximum=500, example=120.5, title=("Montant (€)", "Amount (€)")),
        Column("ville", "category", values=("Lyon", "Nantes", "Paris"), example="Lyon", title=("Ville", "City")),
        Column("membre", "boolean", example=True, title=("Membre", "Member")),
        Column("avis", "text", example="très bon produit", title=("Avis", "Opinion")),
    )
    aim = Target("achat", CHOICES, set_limit=0.7, title=("Achat", "Purchase"))
    return Example("achats", rows, fitted, described, aim, ("achat",))


def prices() -> Example:
    """The price of a thing with many parts: twice the first minus the second, in tenths."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.integers(0, 11, (ROWS, len(PRICES))) / 10, columns=PRICES)
    fitted = LinearRegression().fit(rows, 2 * rows["pièce 1"] - rows["pièce 2"])
    described = tuple(Column(name, "number", minimum=0, maximum=1, example=0.5) for name in PRICES)
    return Example("prix", rows, fitted, described, Target("prix", half_width=0.25, minimum=-1, maximum=2))


def make_function(folder: Path, example: Example) -> Path:
    """Write a function, its bundle and `shared/` to a folder. Returns its `main.py`."""
    manifest, files = _bundle(example)
    write(folder / "models" / example.name / "bundle", manifest, files)
    if not (folder / "shared").exists():
        shutil.copytree(ROOT / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    assert manifest.table is not None
    function = folder / "functions" / example.name
    for path, content in function_files(example.name, manifest.table, 0, ROOT).items():
        (function / path).parent.mkdir(parents=True, exist_ok=True)
        (function / path).write_bytes(content)
    return function / "main.py"


def _bundle(example: Example) -> tuple[Manifest, dict[str, bytes]]:
    converted = convert(example.fitted, example.rows)
    built = build_explanation(example.fitted, converted, example.rows)
    assert isinstance(built, BuiltExplanation), built.text
    files = {"model.onnx": converted.model.SerializeToString(), CARD: b"# Card", **built.files}
    if converted.vectorizers:
        files["words.json"] = words(converted)
    table = Table(
        converted.kind,
        example.columns,
        converted.feeds,
        (example.target,),
        ignored=example.ignored,
        words="words.json" if converted.vectorizers else "",
        explanation=built.explanation,
    )
    labels = tuple(map(str, example.target.labels))
    graph = Graph("model.onnx", "", (), widths(files["model.onnx"]), 17, {}, {})
    facts = {file: describe(content) for file, content in sorted(files.items())}
    data = Data("", "", "", ROWS, {})
    manifest = Manifest(FORMAT, example.name, labels, {ROLE: graph}, {}, data, {}, "", facts, "", table)
    return seal(manifest), files
