"""Small tables for tests of trees, and the answer of an ensemble as an explanation adds it up."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.datasets import load_diabetes, load_iris

from tests.new.conversion_tools import FEATURES, run
from training.new.conversion.converter import Converted, feeds_of
from training.new.conversion.tree_ensemble import Ensemble, Tree

BOOSTERS = "pip install -r requirements/boosters.txt"
"""Why a test is skipped where the libraries of boosted trees are missing."""

Frame = tuple[pd.DataFrame, NDArray[Any]]


def flowers() -> Frame:
    """Three classes, four numbers."""
    table, target = load_iris(return_X_y=True, as_frame=True)
    return table, np.array(["setosa", "versicolor", "virginica"])[target]


def patients(rows: int = 300) -> Frame:
    """A number from ten numbers."""
    table, target = load_diabetes(return_X_y=True, as_frame=True)
    return table.iloc[:rows], target.to_numpy()[:rows]


def with_holes(table: pd.DataFrame) -> pd.DataFrame:
    """A table with a tenth of its numbers missing."""
    return table.mask(np.random.default_rng(5).random(table.shape) < 0.1)


def mixed(rows: int = 400) -> Frame:
    """A number from numbers, integer codes and categories, some missing."""
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "size": random.normal(size=rows),
            "shape": pd.Categorical(random.choice(["rond", "carré", "étoile", "sans"], rows)),
            "code": random.choice([3, 5, 9, 70000], rows),
            "weight": random.normal(size=rows),
            "colour": pd.Categorical(random.choice(["rouge", "vert", "bleu"], rows)),
        }
    )
    table.loc[random.random(rows) < 0.1, "size"] = np.nan
    table.loc[random.random(rows) < 0.1, "colour"] = np.nan
    target = table["size"].fillna(1) + (table["shape"] == "rond") * 2 + (table["code"] == 5) * 1.5
    target += (table["colour"] == "vert") * table["weight"] + random.normal(size=rows) * 0.2
    return table, target.to_numpy()


def as_labels(target: NDArray[Any]) -> NDArray[Any]:
    """Three classes of a number: its terciles."""
    return np.asarray(pd.qcut(target, 3, labels=["bas", "moyen", "haut"]).astype(str))


def ensemble_of(converted: Converted) -> Ensemble:
    """The one ensemble of a conversion."""
    (ensemble,) = converted.conversion.ensembles.values()
    return ensemble


def replayed(converted: Converted, table: pd.DataFrame) -> NDArray[np.float64]:
    """What the ensemble answers: base + factor * (sum of the leaves), for the features that the graph makes."""
    conversion, ensemble = converted.conversion, ensemble_of(converted)
    matrix = ensemble.matrix
    assert len(ensemble.features) == matrix.width
    model = conversion.graph.model({FEATURES: (matrix.tensor, TensorProto.DOUBLE, matrix.width)})
    features = run(model.SerializeToString(), feeds_of(model, conversion), {}, table)[FEATURES]
    total = sum(tree.value[[leaf_of(tree, row) for row in features]] for tree in ensemble.trees)
    return np.asarray(ensemble.base + ensemble.factor * total, dtype=np.float64)


def leaf_of(tree: Tree, row: NDArray[np.float64]) -> int:
    """The leaf of a row."""
    node = 0
    while tree.feature[node] >= 0:
        number = row[tree.feature[node]]
        goes_left = tree.missing_left[node] if np.isnan(number) else number <= tree.threshold[node]
        node = int(tree.left[node] if goes_left else tree.right[node])
    return node


def assert_covers_add_up(converted: Converted) -> None:
    """At each node the training rows are those of its children."""
    for tree in ensemble_of(converted).trees:
        inner = tree.feature >= 0
        children = tree.cover[tree.left[inner]] + tree.cover[tree.right[inner]]
        np.testing.assert_allclose(tree.cover[inner], children, rtol=1e-5)


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the second of two classes: (rows, 1)."""
    return np.asarray(np.log(probabilities[:, 1:] / probabilities[:, :1]))
