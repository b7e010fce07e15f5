"""The estimators, and how they are judged: by students that they never saw."""

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
SETTINGS = {"strength": [0.2, 0.5], "pieces": [4, 6, 8]}
"""What the settings of the served model might have been."""

Recipe = Callable[[tuple[Feature, ...]], BaseEstimator]
"""From a stage's columns to an estimator, not fitted."""
Split = tuple[NDArray[np.integer], NDArray[np.integer]]
"""The rows to learn from, and the rows to judge."""


def recipe(inputs: tuple[Feature, ...]) -> Additive:
    """The model that is served."""
    return Additive(inputs)


def places(inputs: tuple[Feature, ...]) -> tuple[list[int], list[int]]:
    """Where the columns of codes are, and where the columns of quantities are."""
    coded = [place for place, feature in enumerate(inputs) if feature.categories is not None]
    return coded, [place for place in range(len(inputs)) if place not in coded]


def with_columns(inputs: tuple[Feature, ...], model: BaseEstimator) -> Pipeline:
    """A model on standardised quantities and one column a code; a code never seen weighs nothing."""
    coded, quantities = places(inputs)
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer((codes, coded), (StandardScaler(), quantities)), model)


def linear(inputs: tuple[Feature, ...]) -> Pipeline:
    """The first model of the project: one straight line a quantity, free to go either way."""
    return with_columns(inputs, LogisticRegression(C=LINEAR_STRENGTH, max_iter=2000))


def folds(options: Options) -> int:
    """How many folds students are judged by."""
    return QUICK_FOLDS if options.quick else FOLDS


def stratified(students: Students, seed: int, count: int) -> list[Split]:
    """Shuffled folds with the same share of failures."""
    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(students.rows, students.failed))


def by_course(students: Students, count: int) -> list[Split]:
    """Folds of whole courses: none is both learnt from and judged."""
    course = students.rows[:, [feature.name for feature in students.inputs].index("course")]
    return list(GroupKFold(count).split(students.rows, students.failed, course))


def out_of_fold(students: Students, splits: Iterable[Split], make: Recipe = recipe) -> NDArray[np.float64]:
    """The probability of failure (n,) given to each student by a model that never saw them."""
    probability = np.full(len(students.failed), np.nan)
    for learnt, unseen in splits:
        estimator = make(students.inputs).fit(students.rows[learnt], students.failed[learnt])
        probability[unseen] = estimator.predict_proba(students.rows[unseen])[:, 1]
    return probability


def nested(inputs: tuple[Feature, ...]) -> BaseEstimator:
    """The served model, but for its two settings: chosen by 3 folds of the students that it learns from."""
    return GridSearchCV(Additive(inputs), SETTINGS, scoring="neg_log_loss", cv=3)
