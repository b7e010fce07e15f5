"""Trains the recipe: tries every member on folds, weighs them, and fits those that count on the whole table."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor

from shared.errors import Text
from shared.i18n import fill
from training.contract import Options
from training.new.conversion.refusal import Refusal
from training.new.recipe.blend import LogOddsBlend, ValueBlend
from training.new.recipe.kinds import Kinds, kinds_of
from training.new.recipe.quiet import quiet
from training.new.recipe.selection import Tried, floor_of, measures_of, try_members, weigh
from training.new.recipe.several import SeveralClasses, SeveralValues
from training.new.recipe.targets import Goal, goal_of

Array = NDArray[np.float64]

TRIAL_ROWS = 100_000
"""Rows that the members are compared on, at most; every row counts in the fit."""
QUICK_ROWS = 2000
"""The same, to be quick."""
MEMBERS = (
    "« {target} » : la recette mélange {members} (poids trouvés sur des lignes que les modèles n'avaient pas vues)",
    "`{target}`: the recipe blends {members} (weights found on rows that the models had not seen)",
)
LOGARITHM = (
    "la cible « {target} » est positive et très étalée : son logarithme est appris",
    "target `{target}` is positive and skewed: its logarithm is learnt",
)

BOTH_KINDS = (
    (
        "les cibles « {classes} » (des classes) et « {number} » (un nombre) demandent deux modèles : donnez un nom à "
        "chacun, avec une seule de ces cibles, et l'autre dans --drop."
    ),
    (
        "targets `{classes}` (classes) and `{number}` (a number) need two models: give each a name, with one of these "
        "targets, and the other in --drop."
    ),
)
NO_COLUMN = (
    "aucune colonne n'apprend quoi que ce soit : toutes sont constantes ou des identifiants.",
    "no column has anything to learn from: all are constants or identifiers.",
)


@dataclass(frozen=True, slots=True)
class FittedRecipe:
    """A model that the recipe trained.

    Attributes:
        estimator: fitted on the table; `clone` keeps its settings and weights, so that a refit costs one fit.
        compared: measures of every member and of the blend (`blend`), on rows that they were not fitted on.
        notes: what the recipe did and did not read, French then English.
        kind: `classes` or `values`.
        logarithm: whether it learns the logarithm of the target.
    """

    estimator: Any
    compared: dict[str, dict[str, float]]
    notes: list[Text]
    kind: Literal["classes", "values"]
    logarithm: bool = False


def fit_recipe(frame: pd.DataFrame, targets: pd.DataFrame, options: Options) -> FittedRecipe:
    """Train a model from a table alone. The same seed gives the same model.

    Args:
        frame: the features, as `pandas.read_csv` reads them.
        targets: the targets, without nulls, of the same rows.
        options: the seed, and whether to be quick.

    Raises:
        Refusal: there is nothing to learn, or too little to learn from; or classes and numbers are asked for at once.
    """
    goals, kinds = [goal_of(targets[name]) for name in targets], kinds_of(frame)
    if not kinds.read:
        raise Refusal(NO_COLUMN)
    if len({goal.kind for goal in goals}) > 1:
        classes = next(goal.name for goal in goals if goal.classes)
        raise Refusal(BOTH_KINDS, classes=classes, number=next(goal.name for goal in goals if not goal.classes))
    recipes = [_fit_one(frame, targets[name], goal, kinds, options) for name, goal in zip(targets, goals, strict=True)]
    if len(recipes) == 1:
        return replace(recipes[0], notes=[*recipes[0].notes, *kinds.notes])
    return _together(recipes, goals, kinds, frame, targets)


def _together(
    recipes: list[FittedRecipe], goals: list[Goal], kinds: Kinds, frame: pd.DataFrame, targets: pd.DataFrame
) -> FittedRecipe:
    """The recipes of several targets as one."""
    several = (SeveralClasses if goals[0].classes else SeveralValues)([clone(one.estimator) for one in recipes])
    with quiet():
        several.fit(frame, targets)
    compared = {
        f"{goal.name}: {name}": measures
        for goal, recipe in zip(goals, recipes, strict=True)
        for name, measures in recipe.compared.items()
    }
    notes = [note for recipe in recipes for note in recipe.notes]
    return FittedRecipe(several, compared, [*notes, *kinds.notes], goals[0].kind)


def _fit_one(frame: pd.DataFrame, target: "pd.Series[Any]", goal: Goal, kinds: Kinds, options: Options) -> FittedRecipe:
    rows = _sample(len(frame), options)
    tried = try_members(frame.iloc[rows], goal, goal.learnt[rows], kinds, options)
    chosen, weights = weigh(tried, goal, goal.learnt[rows])
    estimator = _estimator(chosen, weights, goal)
    with quiet():
        estimator.fit(frame, target)
    compared = measures_of(tried, chosen, weights, goal, goal.learnt[rows])
    return FittedRecipe(estimator, compared, _notes(chosen, weights, goal), goal.kind, goal.logarithm)


def _sample(rows: int, options: Options) -> NDArray[np.int64]:
    most = QUICK_ROWS if options.quick else TRIAL_ROWS
    order = np.random.default_rng(options.seed).permutation(rows)
    return np.sort(order[:most])


def _estimator(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> Any:
    used = [(one, weight) for one, weight in zip(members, weights, strict=True) if weight > 0]
    named = [(one.member.name, one.member.estimator(one.place)) for one, _ in used]
    given = tuple(weight for _, weight in used)
    if goal.classes:
        return LogOddsBlend(named, given, floor=floor_of(members))
    blend = ValueBlend(named, given)
    if goal.logarithm:
        return TransformedTargetRegressor(blend, func=np.log, inverse_func=np.exp, check_inverse=False)
    return blend


def _notes(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> list[Text]:
    used = [(one.member.name, f"{weight:.2f}") for one, weight in zip(members, weights, strict=True) if weight > 0]
    english = ", ".join(f"{name} × {weight}" for name, weight in used)
    french = " ; ".join(f"{name} × {weight.replace('.', ',')}" for name, weight in used)
    logarithm = [fill(LOGARITHM, target=goal.name)] if goal.logarithm else []
    return [fill(MEMBERS, target=goal.name, members=(french, english)), *logarithm]
