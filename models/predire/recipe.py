"""The estimators, and their cross-validation."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shared.model.bundle import Feature
from training.contract import Options

from .additive import Additive
from .data import Students

FOLDS, QUICK_FOLDS = 10, 3
LINEAR_STRENGTH = 0.3
"""C of the plain logistic regression."""
SETTINGS = {"strength": [0.2, 0.5], "pieces": [4, 6, 8]}
"""Grid of the served model's settings."""

Recipe = Callable[[tuple[Feature, ...]], BaseEstimator]
"""Makes an unfitted estimator for the columns of a stage."""
Split = tuple[NDArray[np.integer], NDArray[np.integer]]
"""Indices of the training rows, and of the test rows."""


def recipe(inputs: tuple[Feature, ...]) -> Additive:
    """The served model."""
    return Additive(inputs)


def columns(inputs: tuple[Feature, ...]) -> tuple[list[int], list[int]]:
    """The indices of the columns of codes, and of the columns of quantities."""
    coded = [column for column, feature in enumerate(inputs) if feature.categories is not None]
    return coded, [column for column in range(len(inputs)) if column not in coded]


def with_encoding(inputs: tuple[Feature, ...], model: BaseEstimator) -> Pipeline:
    """A model behind standardised quantities and one-hot codes; unknown codes are ignored."""
    coded, quantities = columns(inputs)
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer((codes, coded), (StandardScaler(), quantities)), model)


def linear(inputs: tuple[Feature, ...]) -> Pipeline:
    """The project's first model: logistic regression, linear in each quantity, without constraints."""
    return with_encoding(inputs, LogisticRegression(C=LINEAR_STRENGTH, max_iter=2000))


def folds(options: Options) -> int:
    """Number of folds."""
    return QUICK_FOLDS if options.quick else FOLDS


def stratified(students: Students, seed: int, count: int) -> list[Split]:
    """Shuffled stratified folds.

    Args:
        students: the data.
        seed: of the shuffle.
        count: number of folds.
    """
    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(students.rows, students.failed))


def by_course(students: Students, count: int) -> list[Split]:
    """Folds of whole courses: no course is in both parts of a split."""
    course = students.rows[:, [feature.name for feature in students.inputs].index("course")]
    return list(GroupKFold(count).split(students.rows, students.failed, course))


def out_of_fold(students: Students, splits: Iterable[Split], make: Recipe = recipe) -> NDArray[np.float64]:
    """The out-of-fold probabilities of failure (n,).

    Args:
        students: the data.
        splits: the folds.
        make: makes the estimator.
    """
    probability = np.full(len(students.failed), np.nan)
    for training, test in splits:
        estimator = make(students.inputs).fit(students.rows[training], students.failed[training])
        probability[test] = estimator.predict_proba(students.rows[test])[:, 1]
    return probability


def nested(inputs: tuple[Feature, ...]) -> BaseEstimator:
    """The served model with settings chosen by nested cross-validation in 3 folds."""
    return GridSearchCV(Additive(inputs), SETTINGS, scoring="neg_log_loss", cv=3)
