"""The members of the recipe, and the trial of one on a fold: which setting of it predicts best."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from training.new.recipe.kinds import Kinds
from training.new.recipe.tables import boosting_table, forest_table, linear_table

Array = NDArray[np.float64]

FOREST_ROWS = 2000
"""Rows below which extra trees are tried."""
STAGES = (10, 15, 20, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800)
"""Numbers of boosted trees that are compared."""
PATIENCE = 25
"""Trees without progress after which a boosting stops."""
QUICK_STAGES = (10, 20, 30)
SMALL_ROWS = 3000
"""Rows up to which a leaf of a boosted tree may hold 10 of them; else 20."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the members are made for.

    Attributes:
        rows: rows of the training data.
        classes: number of classes; 0: the target is a number.
        seed: of the trees.
        quick: whether to compare less.
    """

    rows: int
    classes: int
    seed: int = 0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A member before it is fitted.

    Attributes:
        name: `linear`, `boosting 15`, `boosting 31` or `extra trees`.
        table: from the columns to its matrix.
        model: what reads the matrix.
        parameter: the parameter of `model` that is chosen on folds.
        settings: its values.
        staged: whether one fit gives the predictions of every setting: boosted trees.
    """

    name: str
    table: ColumnTransformer
    model: Any
    parameter: str
    settings: tuple[float, ...]
    staged: bool = False

    def estimator(self, place: int) -> Pipeline:
        """The pipeline with the setting at this place."""
        model = clone(self.model).set_params(**{self.parameter: self.settings[place]})
        return Pipeline([("table", clone(self.table)), ("model", model)])


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows to fit on and rows to predict, with the targets: numbers, or places of classes."""

    train: Any
    target: NDArray[Any]
    test: Any
    test_target: NDArray[Any]
    classes: int
    """0: the target is a number."""


def members_of(kinds: Kinds, task: Task) -> list[Member]:
    """The members for a table with columns of these kinds."""
    members = [_linear(kinds, task), *(_boosting(kinds, task, leaves) for leaves in (15, 31))]
    return [*members, _forest(kinds, task)] if task.rows < FOREST_ROWS else members


def trial(member: Member, fold: Fold) -> Array:
    """What each setting predicts of the fold's test rows: (settings, rows), or (settings, rows, classes)."""
    table = clone(member.table)
    train, test = table.fit_transform(fold.train, fold.target), table.transform(fold.test)
    found = list(_stages(member, fold, train, test) if member.staged else _fits(member, fold, train, test))
    found += [found[-1]] * (len(member.settings) - len(found))
    return np.stack(found)


def _fits(member: Member, fold: Fold, train: Any, test: Any) -> Iterator[Array]:
    for setting in member.settings:
        model = clone(member.model).set_params(**{member.parameter: setting}).fit(train, fold.target)
        yield _aligned(model.predict_proba(test), model, fold) if fold.classes else np.ravel(model.predict(test))


def _stages(member: Member, fold: Fold, train: Any, test: Any) -> Iterator[Array]:
    """The predictions after each number of trees, until more trees stop helping."""
    known = np.isin(fold.test_target, fold.target) if fold.classes else np.ones(len(test), dtype=bool)
    model = clone(member.model).set_params(max_iter=member.settings[-1], early_stopping=True, n_iter_no_change=PATIENCE)
    model.fit(train, fold.target, X_val=test[known], y_val=fold.test_target[known])
    stages = model.staged_predict_proba(test) if fold.classes else model.staged_predict(test)
    for trees, stage in enumerate(stages, start=1):
        if trees in member.settings or trees == model.n_iter_:
            yield _aligned(stage, model, fold) if fold.classes else stage


def _aligned(probabilities: Array, model: Any, fold: Fold) -> Array:
    """The probabilities of every class; 0 for those that the rows to fit on do not have."""
    aligned = np.zeros((len(probabilities), fold.classes))
    aligned[:, model.classes_.astype(int)] = probabilities
    return aligned


def _linear(kinds: Kinds, task: Task) -> Member:
    table = linear_table(kinds, task.rows, regression=not task.classes)
    if not task.classes:
        return Member(
            "linear", table, Ridge(), "alpha", (10.0,) if task.quick else (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
        )
    settings = (0.03,) if task.quick else (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    if kinds.texts:  # most words are rare: their weights must be free to be large
        settings = (1.0,) if task.quick else (*settings, 3.0, 10.0)
    return Member("linear", table, LogisticRegression(max_iter=300), "C", settings)


def _boosting(kinds: Kinds, task: Task, leaves: int) -> Member:
    kind = HistGradientBoostingClassifier if task.classes else HistGradientBoostingRegressor
    model = kind(
        learning_rate=0.06 if task.classes <= 2 else 0.1,  # an iteration grows a tree for each class
        max_leaf_nodes=leaves,
        min_samples_leaf=20 if task.rows > SMALL_ROWS else 10,
        l2_regularization=1.0,
        max_features=0.5,
        categorical_features=list(range(len(kinds.low))) or None,
        early_stopping=False,
        random_state=task.seed,
    )
    table = boosting_table(kinds, task.rows, regression=not task.classes)
    return Member(f"boosting {leaves}", table, model, "max_iter", QUICK_STAGES if task.quick else STAGES, staged=True)


def _forest(kinds: Kinds, task: Task) -> Member:
    kind = ExtraTreesClassifier if task.classes else ExtraTreesRegressor
    model = kind(30 if task.quick else 150, max_features=0.5 if task.classes else 0.7, random_state=task.seed)
    table = forest_table(kinds, task.rows, regression=not task.classes)
    return Member("extra trees", table, model, "min_samples_leaf", (3,) if task.quick else (2, 3, 5, 10))
