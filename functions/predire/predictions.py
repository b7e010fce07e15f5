"""From the graphs' outputs to one prediction a student, with the factors that weigh most: all students at once."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from shared.i18n import pick
from shared.model.codec import Context, Matrix, Outputs
from shared.model.columns import Columns

from .student import LABELS, STUDENTS

FACTORS = 5
"""How many factors an answer names, those that weigh most."""

CLASSES = ("reussite", "echec")
_SENSES = ("diminue", "augmente")


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
        stages: (n,) bool for each stage, whether a student is at it; None where all are.
        many: whether they came as an array.
    """

    values: Columns
    stages: Mapping[str, NDArray[np.bool_] | None]
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
        own = students.stages[stage]
        predictions[own] = _predictions(students.values[own], stage, numbers, context, factors)
    return predictions.tolist()


def _predictions(
    values: Columns, stage: str, numbers: Mapping[str, Matrix], context: Context, count: int
) -> list[Prediction]:
    failures: list[float] = numbers["probabilities"][:, CLASSES.index("echec")].tolist()
    contributions = numbers["contributions"]
    weights = np.abs(contributions)
    strongest = np.negative(weights, out=weights).argsort(axis=1, kind="stable")[:, :count]
    low, high = abstention_band(context)
    model = Model(context.manifest.name, context.manifest.version)
    columns = _columns(context.language)
    return [
        Prediction(
            prediction="echec" if failure >= 0.5 else "reussite",
            probabilite_echec=round(failure, 6),
            probabilite_reussite=round(1 - failure, 6),
            etape=stage,
            a_verifier=low <= failure <= high,
            facteurs=[
                Factor(name, label, int(given[at]) if whole else given[at], round(added[at], 6), _SENSES[added[at] > 0])
                for at in order
                for name, label, whole in (columns[at],)
            ],
            modele=model,
        )
        for failure, order, given, added in zip(
            failures, strongest.tolist(), values.tolist(), contributions.tolist(), strict=True
        )
    ]


@cache
def _columns(language: str) -> list[tuple[str, str, bool]]:
    """What each column is called in a request, and in words; whether its numbers are integers."""
    return [
        (name, pick(text, language), whole)
        for (name, text), whole in zip(LABELS.items(), STUDENTS.integers.tolist(), strict=True)
    ]
