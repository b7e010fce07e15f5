"""Iris: 150 flowers, 50 of each species, four measurements in centimetres.

Source: Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936; measured by
Anderson. The copy is scikit-learn's: it has Fisher's own values for two flowers that are wrong in UCI's copy.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_iris

from shared.model.bundle import Data, Feature

CLASSES = ("setosa", "versicolor", "virginica")
FRENCH = ("longueur du sépale (cm)", "largeur du sépale (cm)", "longueur du pétale (cm)", "largeur du pétale (cm)")
"""French names of the columns, in order."""


@dataclass(frozen=True, slots=True)
class Flowers:
    """`rows` (150, 4) float32, in cm; `labels` (150,) int, indices into CLASSES; `inputs` describe the columns."""

    rows: NDArray[np.float32]
    labels: NDArray[np.int64]
    inputs: tuple[Feature, ...]


def load() -> Flowers:
    """The whole data set."""
    iris = load_iris()
    lows, highs = iris.data.min(axis=0), iris.data.max(axis=0)
    bounds = zip(iris.feature_names, lows.tolist(), highs.tolist(), strict=True)
    inputs = tuple(Feature(name, minimum=low, maximum=high) for name, low, high in bounds)
    return Flowers(iris.data.astype(np.float32), iris.target.astype(np.int64), inputs)


def describe() -> Data:
    """The manifest's description of the data set."""
    content = (files("sklearn.datasets") / "data" / "iris.csv").read_bytes()
    return Data(
        title="Iris de Fisher, copie de scikit-learn",
        source='Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936',
        licence="CC BY 4.0 (UCI 53) ; copie de scikit-learn : BSD-3-Clause",
        rows=150,
        sha256={"iris.csv": hashlib.sha256(content).hexdigest()},
    )
