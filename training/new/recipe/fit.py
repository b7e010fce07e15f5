"""Trains the recipe: tries every member on folds, weighs them, and fits those that count on the whole table."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import KFold, StratifiedKFold

from shared.errors import Text
from shared.i18n import fill
from training.console import track
from training.contract import Options
from training.new.conversion.refusal import Refusal
from training.new.recipe.blend import FLOOR, LogOddsBlend, ValueBlend
from training.new.recipe.kinds import Kinds, kinds_of
from training.new.recipe.members import Fold, Member, Task, members_of, trial
from training.new.recipe.quiet import quiet
from training.new.recipe.several import SeveralClasses, SeveralValues
from training.new.recipe.targets import Goal, goal_of
from training.new.recipe.weights import log_odds_weights, pool, value_weights

Array = NDArray[np.float64]

TRYING = ("Essai des modèles de la recette", "Trying the models of the recipe")
LARGE_ROWS = 30_000
"""Rows above which three folds are enough."""
TRIAL_ROWS = 100_000
"""Rows that the members are compared on, at most; every row counts in the fit."""
QUICK_ROWS = 2000
FOREST = "extra trees"
FOREST_GAIN = 0.01
"""Share of the loss that extra trees must save: a blend with them cannot be explained."""
FOREST_FLOOR = 1e-3
"""Smallest probability of extra trees, which know nothing between 0 and the share of one leaf."""

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


@dataclass(slots=True)
class Tried:
    """A member with its best setting."""

    member: Member
    place: int
    predicted: Array
    """Out of fold: (rows,) or (rows, classes)."""
    losses: list[float] = field(default_factory=list)


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
    tried = _try_members(frame.iloc[rows], goal, goal.learnt[rows], kinds, options)
    chosen, weights = _weigh(tried, goal, goal.learnt[rows])
    estimator = _estimator(chosen, weights, goal)
    with quiet():
        estimator.fit(frame, target)
    compared = _compared(tried, chosen, weights, goal, goal.learnt[rows])
    return FittedRecipe(estimator, compared, _notes(chosen, weights, goal), goal.kind, goal.logarithm)


def _sample(rows: int, options: Options) -> NDArray[np.int64]:
    most = QUICK_ROWS if options.quick else TRIAL_ROWS
    order = np.random.default_rng(options.seed).permutation(rows)
    return np.sort(order[:most])


def _try_members(frame: pd.DataFrame, goal: Goal, learnt: NDArray[Any], kinds: Kinds, options: Options) -> list[Tried]:
    members = members_of(kinds, Task(len(frame), goal.classes, options.seed, options.quick))
    count = 2 if options.quick else 3 if len(frame) > LARGE_ROWS else 5 if len(frame) < 5000 else 4
    splitter = (StratifiedKFold if goal.classes else KFold)(count, shuffle=True, random_state=options.seed)
    with quiet():
        folds = list(splitter.split(frame, learnt))
        work = [(member, fold) for member in members for fold in folds]
        found: dict[str, list[tuple[NDArray[Any], Array]]] = {member.name: [] for member in members}
        for member, (train, test) in track(work, TRYING):
            fold = Fold(frame.iloc[train], learnt[train], frame.iloc[test], learnt[test], goal.classes)
            found[member.name].append((test, trial(member, fold)))
    return [_best(member, found[member.name], goal, learnt) for member in members]


def _best(member: Member, parts: list[tuple[NDArray[Any], Array]], goal: Goal, learnt: NDArray[Any]) -> Tried:
    """The setting with the smallest loss over all folds."""
    every = np.concatenate([predicted for _, predicted in parts], axis=1)
    order = np.argsort(np.concatenate([test for test, _ in parts]))
    losses = [loss(one[order], goal, learnt) for one in every]
    place = int(np.argmin(losses))
    return Tried(member, place, every[place][order], losses)


def loss(predicted: Array, goal: Goal, learnt: NDArray[Any]) -> float:
    """Log-loss, or root of the mean squared error on the learnt scale."""
    if goal.classes:
        own = predicted[np.arange(len(learnt)), learnt.astype(int)]
        return float(-np.log(np.clip(own, 1e-6, 1)).mean())
    return float(np.sqrt(np.mean((predicted - learnt) ** 2)))


def _weigh(tried: list[Tried], goal: Goal, learnt: NDArray[Any]) -> tuple[list[Tried], tuple[float, ...]]:
    """The members and their weights: with extra trees only if these save enough."""
    explained = [one for one in tried if one.member.name != FOREST]
    weights = _weights(explained, goal, learnt)
    if len(explained) == len(tried):
        return explained, weights
    every = _weights(tried, goal, learnt)
    gain = 1 - loss(_blend(tried, every, goal), goal, learnt) / loss(_blend(explained, weights, goal), goal, learnt)
    return (tried, every) if every[-1] > 0 and gain >= FOREST_GAIN else (explained, weights)


def _floor(members: list[Tried]) -> float:
    return FOREST_FLOOR if any(one.member.name == FOREST for one in members) else FLOOR


def _logarithms(members: list[Tried]) -> list[Array]:
    return [np.log(np.maximum(one.predicted, _floor(members))) for one in members]


def _weights(members: list[Tried], goal: Goal, learnt: NDArray[Any]) -> tuple[float, ...]:
    if goal.classes:
        return log_odds_weights(_logarithms(members), learnt)
    return value_weights([one.predicted for one in members], learnt, logarithm=goal.logarithm)


def _blend(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> Array:
    if goal.classes:
        return pool(_logarithms(members), weights)
    return np.asarray(np.asarray(weights) @ np.stack([one.predicted for one in members]))


def _estimator(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> Any:
    used = [(one, weight) for one, weight in zip(members, weights, strict=True) if weight > 0]
    named = [(one.member.name, one.member.estimator(one.place)) for one, _ in used]
    given = tuple(weight for _, weight in used)
    if goal.classes:
        return LogOddsBlend(named, given, floor=_floor(members))
    blend = ValueBlend(named, given)
    if goal.logarithm:
        return TransformedTargetRegressor(blend, func=np.log, inverse_func=np.exp, check_inverse=False)
    return blend


def _compared(
    tried: list[Tried], chosen: list[Tried], weights: tuple[float, ...], goal: Goal, learnt: NDArray[Any]
) -> dict[str, dict[str, float]]:
    compared = {one.member.name: _measures(one.predicted, goal, learnt) for one in tried}
    return compared | {"blend": _measures(_blend(chosen, weights, goal), goal, learnt)}


def _measures(predicted: Array, goal: Goal, learnt: NDArray[Any]) -> dict[str, float]:
    if goal.classes:
        accuracy = float((predicted.argmax(axis=1) == learnt).mean())
        return {"log_loss": loss(predicted, goal, learnt), "accuracy": accuracy}
    error = goal.back(predicted) - goal.back(learnt)
    variance = float(np.var(goal.back(learnt)))
    return {"rmse": float(np.sqrt(np.mean(error**2))), "r2": 1 - float(np.mean(error**2)) / variance}


def _notes(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> list[Text]:
    named = ", ".join(
        f"{one.member.name} × {weight:.2f}" for one, weight in zip(members, weights, strict=True) if weight > 0
    )
    logarithm = [fill(LOGARITHM, target=goal.name)] if goal.logarithm else []
    return [fill(MEMBERS, target=goal.name, members=named), *logarithm]
