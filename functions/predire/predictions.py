"""The graphs' outputs as one prediction per student, with the strongest factors; vectorised over the students."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from shared.i18n import pick
from shared.model.codec import Context, Matrix, Outputs
from shared.model.columns import Columns

from .student import FIELD_ROWS, LABELS

MAX_FACTORS = 5
"""Maximum number of factors in a prediction, the strongest ones."""

CLASSES = ("reussite", "echec")
_DIRECTIONS = ("diminue", "augmente")


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
        values: (n, 26) float64, one column per field of `Student`, NaN for a semester that is not given.
        stages: for each stage, the mask (n,) bool of its students; None if it has all of them.
        many: whether the request is an array.
    """

    values: Columns
    stages: Mapping[str, NDArray[np.bool_] | None]
    many: bool


def abstention_band(context: Context) -> tuple[float, float]:
    """Bounds of the probability of failing between which a person must look."""
    thresholds = context.manifest.thresholds
    return thresholds["abstention_low"], thresholds["abstention_high"]


def build_predictions(
    students: Students, outputs: Outputs, context: Context, max_factors: int = MAX_FACTORS
) -> list[Prediction]:
    """One prediction per student, in the request's order.

    Args:
        students: the students of the request.
        outputs: for each stage, the outputs of its graph, one row per student of the stage.
        context: the served model and the request's language.
        max_factors: maximum number of factors in a prediction.
    """
    if len(outputs) == 1:
        [(stage, tensors)] = outputs.items()
        return _predictions_of_stage(students.values, stage, tensors, context, max_factors)
    predictions = np.empty(len(students.values), dtype=object)
    for stage, tensors in outputs.items():
        mask = students.stages[stage]
        predictions[mask] = _predictions_of_stage(students.values[mask], stage, tensors, context, max_factors)
    return predictions.tolist()


def _predictions_of_stage(
    values: Columns, stage: str, tensors: Mapping[str, Matrix], context: Context, max_factors: int
) -> list[Prediction]:
    failures: list[float] = tensors["probabilities"][:, CLASSES.index("echec")].tolist()
    contributions = tensors["contributions"]
    weights = np.abs(contributions)
    strongest = np.negative(weights, out=weights).argsort(axis=1, kind="stable")[:, :max_factors]
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
                Factor(name, label, int(row[i]) if whole else row[i], round(added[i], 6), _DIRECTIONS[added[i] > 0])
                for i in order
                for name, label, whole in (columns[i],)
            ],
            modele=model,
        )
        for failure, order, row, added in zip(
            failures, strongest.tolist(), values.tolist(), contributions.tolist(), strict=True
        )
    ]


@cache
def _columns(language: str) -> list[tuple[str, str, bool]]:
    """Field name, label and integer flag of each column."""
    return [
        (name, pick(label, language), whole)
        for (name, label), whole in zip(LABELS.items(), FIELD_ROWS.integers.tolist(), strict=True)
    ]
