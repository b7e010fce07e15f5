"""From the graphs' outputs to one prediction a student, with the factors that weigh most: all students at once."""

from collections.abc import Mapping
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from shared.columns import Columns, rounded
from shared.i18n import pick
from shared.operation import Context, Matrix, Outputs

from .student import LABELS, STAGES, STUDENTS

FACTORS = 5
"""How many factors an answer names, those that weigh most."""

CLASSES = ("reussite", "echec")
NAMES = tuple(STAGES)
"""The stages, by the number that `Students` has for each."""


class Model(Struct, frozen=True):
    """Which model answered."""

    nom: str
    version: str


class Factor(Struct, frozen=True):
    """What one value adds to the log-odds of failing, beside the average student of the training data."""

    variable: str
    libelle: str
    valeur: float
    contribution: float
    sens: str


class Prediction(Struct, frozen=True):
    """The answer for one student. `a_verifier`: too close to call, a person must look."""

    prediction: str
    probabilite_echec: float
    probabilite_reussite: float
    etape: str
    a_verifier: bool
    facteurs: list[Factor]
    modele: Model


class Students(Struct, frozen=True):
    """The students of a request, in its order.

    Attributes:
        values: (n, 26) float64, by column of `Student`, NaN where a semester is not given.
        stages: (n,) the stage of each, as its place in `NAMES`.
        many: whether they came as an array.
    """

    values: Columns
    stages: NDArray[np.int64]
    many: bool


def abstention_band(context: Context) -> tuple[float, float]:
    """The probabilities of failing between which a person must look."""
    thresholds = context.manifest.thresholds
    return thresholds["abstention_low"], thresholds["abstention_high"]


def predict_all(students: Students, outputs: Outputs, context: Context, factors: int = FACTORS) -> list[Prediction]:
    """The prediction of each student, with this many factors at most."""
    if len(outputs) == 1:
        [(stage, numbers)] = outputs.items()
        return _predictions(students.values, stage, numbers, context, factors)
    predictions = np.empty(len(students.values), dtype=object)
    for stage, numbers in outputs.items():
        own = students.stages == NAMES.index(stage)
        predictions[own] = _predictions(students.values[own], stage, numbers, context, factors)
    return predictions.tolist()


def _predictions(
    values: Columns, stage: str, numbers: Mapping[str, Matrix], context: Context, factors: int
) -> list[Prediction]:
    failure = numbers["probabilities"][:, CLASSES.index("echec")].astype(np.float64)
    low, high = abstention_band(context)
    return list(
        map(
            Prediction,
            ["echec" if failed else "reussite" for failed in (failure >= 0.5).tolist()],
            rounded(failure, 6).tolist(),
            rounded(1 - failure, 6).tolist(),
            repeat(stage),
            ((low <= failure) & (failure <= high)).tolist(),
            _factors(values, numbers["contributions"], context.language, factors),
            repeat(Model(context.manifest.name, context.manifest.version)),
        )
    )


def _factors(values: Columns, contributions: Matrix, language: str, count: int) -> list[list[Factor]]:
    """The factors of each student, the strongest first."""
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :count]
    width = strongest.shape[1]
    columns = strongest.ravel()
    rows = np.repeat(np.arange(len(values)), width)
    added = contributions[rows, columns].astype(np.float64)
    given = values[rows, columns]
    names, labels = _words(language)
    factors = list(
        map(
            Factor,
            names[columns].tolist(),
            labels[columns].tolist(),
            np.where(STUDENTS.whole[columns], given.astype(np.int64).astype(object), given).tolist(),
            rounded(added, 6).tolist(),
            ["augmente" if more else "diminue" for more in (added > 0).tolist()],
        )
    )
    return [factors[at : at + width] for at in range(0, len(factors), width)]


@cache
def _words(language: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The columns and what they are called, as arrays of text to choose from."""
    return np.array(list(LABELS), dtype=object), np.array([pick(text, language) for text in LABELS.values()], object)
