"""Iris: 150 flowers, 50 of each species, four measurements in centimetres.

Source: Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936; measured by
Anderson. The copy is scikit-learn's: it has Fisher's own values for two flowers that are wrong in UCI's copy.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_iris

from shared.model.bundle import Data

NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
"""scikit-learn's names of the columns, in order: those of a request."""
TARGET = "species"
CLASSES = ("setosa", "versicolor", "virginica")
FRENCH = ("longueur du sépale (cm)", "largeur du sépale (cm)", "longueur du pétale (cm)", "largeur du pétale (cm)")
"""French names of the columns, in order."""


@dataclass(frozen=True, slots=True)
class Flowers:
    """`rows` (150, 4) float64, in cm, the columns NAMES; `labels` (150,) int, indices into CLASSES."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]

    def inputs(self) -> pd.DataFrame:
        """The measurements under the names of a request: (150, 4)."""
        return pd.DataFrame(self.rows, columns=list(NAMES))

    def table(self) -> pd.DataFrame:
        """The measurements and TARGET: (150, 5)."""
        return self.inputs().assign(**{TARGET: self.labels})


def load() -> Flowers:
    """The whole data set."""
    iris = load_iris()
    return Flowers(iris.data.astype(np.float64), iris.target.astype(np.int64))


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
