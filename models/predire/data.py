"""UCI 697: 4,424 students of a Portuguese institute, with the data known at enrolment and after each semester.

Source: Realinho, Vieira Martins, Machado, Baptista, "Predict Students' Dropout and Academic Success", UCI 697,
doi:10.24432/C5MC89, CC BY 4.0.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.predire.student import CODED, SENSITIVE, STAGES, snake_case
from shared.model.bundle import Data, Feature
from training.datasets import DataError, Source, read

CLASSES = ("reussite", "echec")
OUTCOMES = {"Graduate": False, "Dropout": True}
"""Failure by target; students who are still `Enrolled` have no outcome yet."""

SENSITIVE_CODED = frozenset(
    {
        "fathers_occupation",
        "fathers_qualification",
        "marital_status",
        "mothers_occupation",
        "mothers_qualification",
        "nacionality",
    }
)
"""Sensitive columns whose numbers are codes."""

MISSING = ("{file} : colonnes absentes : {columns}.", "{file}: missing columns: {columns}.")
SOURCE = Source(
    path="uci697/data.csv",
    url="https://archive.ics.uci.edu/static/public/697/predict+students+dropout+and+academic+success.zip",
    sha256="3ef126de5cefff26eb11fbb4237f1a1401cb64b488e2f1d598c23cedeb4c45ae",
    member="data.csv",
)


@dataclass(frozen=True, slots=True)
class Students:
    """The training data of one stage.

    Attributes:
        rows: (n, len(inputs)) float32, in the dataset's units and codes.
        failed: (n,), True for a dropout.
        inputs: the columns, in order.
    """

    rows: NDArray[np.float32]
    failed: NDArray[np.bool_]
    inputs: tuple[Feature, ...]


def table() -> pd.DataFrame:
    """The whole file; columns have the names of the function's fields, plus `target`.

    Raises:
        DataError: a column of a stage is missing.
    """
    frame = pd.read_csv(BytesIO(read(SOURCE)), sep=";", encoding="utf-8-sig")
    frame.columns = pd.Index([snake_case(name) for name in frame.columns])
    missing = {"target", *STAGES["semestre_2"]} - set(frame.columns)
    if missing:
        raise DataError(MISSING, file=SOURCE.path, columns=", ".join(sorted(missing)))
    return frame


def known() -> pd.DataFrame:
    """The rows of the table with a known outcome, in the file's order."""
    frame = table()
    return frame[frame["target"].isin(list(OUTCOMES))]


def load(stage: str, *, sensitive: bool = False) -> Students:
    """The students with a known outcome, and the columns of a stage.

    `sensitive` adds the columns that no served model reads, to measure the cost of leaving them out.
    """
    frame = known()
    columns = [*STAGES[stage], *(name for name in sorted(SENSITIVE) if sensitive and name in frame)]
    failed = frame["target"].map(OUTCOMES).to_numpy(dtype=np.bool_)
    inputs = tuple(_feature(frame[name]) for name in columns)
    return Students(frame[columns].to_numpy(dtype=np.float32), failed, inputs)


def enrolled(stage: str) -> NDArray[np.float32]:
    """The students without an outcome, and the columns of a stage: (m, columns)."""
    frame = table()
    return frame.loc[frame["target"] == "Enrolled", list(STAGES[stage])].to_numpy(dtype=np.float32)


def _feature(column: "pd.Series[float]") -> Feature:
    name = str(column.name)
    if name in CODED or name in SENSITIVE_CODED:
        return Feature(name, categories=tuple(sorted({int(code) for code in column})))
    return Feature(name, minimum=float(column.min()), maximum=float(column.max()))


def describe() -> Data:
    """The manifest's description of the training data."""
    return Data(
        title="Predict Students' Dropout and Academic Success : étudiants sortis (Graduate, Dropout)",
        source="Realinho, Vieira Martins, Machado, Baptista, UCI 697, doi:10.24432/C5MC89",
        licence="CC BY 4.0",
        rows=int(table()["target"].isin(list(OUTCOMES)).sum()),
        sha256={SOURCE.path: SOURCE.sha256},
    )
