"""The estimator of one stage, and how it is judged."""

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from functions.predire.student import CODED
from models.report import track
from shared.model_store import Feature

from .data import Students

FOLDS = 10
STRENGTH = 0.3
"""C, the inverse of the L2 penalty: a category seen a few times weighs next to nothing."""


def places(inputs: tuple[Feature, ...]) -> tuple[list[int], list[int]]:
    """Where the columns of codes are, and where the columns of quantities are."""
    coded = [place for place, feature in enumerate(inputs) if feature.name in CODED]
    return coded, [place for place in range(len(inputs)) if place not in coded]


def recipe(inputs: tuple[Feature, ...]) -> Pipeline:
    """Logistic regression on standardised quantities and one column a code; a code never seen weighs nothing."""
    coded, quantities = places(inputs)
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((codes, coded), (StandardScaler(), quantities))
    return make_pipeline(columns, LogisticRegression(C=STRENGTH, max_iter=2000))


def out_of_fold(students: Students, seed: int, stage: str) -> NDArray[np.float64]:
    """The probability of failure (n,) given to each student by a model that never saw them: 10 stratified folds."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    probability = np.empty(len(students.failed))
    for learnt, unseen in track(list(folds.split(students.rows, students.failed)), f"validation croisée {stage}"):
        estimator = clone(recipe(students.inputs)).fit(students.rows[learnt], students.failed[learnt])
        probability[unseen] = estimator.predict_proba(students.rows[unseen])[:, 1]
    return probability
