"""Tries the members of the recipe on folds, finds the best setting of each, and weighs them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from training.console import track
from training.contract import Options
from training.new.recipe.blend import FLOOR
from training.new.recipe.kinds import Kinds
from training.new.recipe.members import Fold, Member, Task, members_of, trial
from training.new.recipe.quiet import quiet
from training.new.recipe.targets import Goal
from training.new.recipe.weights import log_odds_weights, pool, value_weights

Array = NDArray[np.float64]

TRYING = ("Essai des modèles de la recette", "Trying the models of the recipe")
FOREST = "extra trees"
FOREST_GAIN = 0.01
"""Share of the loss that extra trees must save: a blend with them cannot be explained."""
FOREST_FLOOR = 1e-3
"""Smallest probability of extra trees, which know nothing between 0 and the share of one leaf."""
LARGE = 30_000
"""Rows times classes above which three folds are enough."""
SMALL = 5000
"""Rows below which five folds are quick."""
SMALLEST_CHANCE = 1e-6
"""Smaller probabilities count as this in the log-loss of a member."""


@dataclass(slots=True)
class Tried:
    """A member with its best setting."""

    member: Member
    place: int
    predicted: Array
    """Out of fold: (rows,) or (rows, classes)."""


def try_members(frame: pd.DataFrame, goal: Goal, learnt: NDArray[Any], kinds: Kinds, options: Options) -> list[Tried]:
    """Predict every row with every member fitted on other rows, and keep the best setting of each.

    Args:
        frame: the features.
        goal: the target.
        learnt: what the members are fitted on, one for each row of `frame`.
        kinds: the columns.
        options: the seed, and whether to be quick.
    """
    members = members_of(kinds, Task(len(frame), goal.classes, options.seed, options.quick))
    count = 2 if options.quick else fold_count(len(frame), goal.classes)
    splitter = (StratifiedKFold if goal.classes else KFold)(count, shuffle=True, random_state=options.seed)
    with quiet():
        folds = list(splitter.split(frame, learnt))
        work = [(member, fold) for member in members for fold in folds]
        found: dict[str, list[tuple[NDArray[Any], Array]]] = {member.name: [] for member in members}
        for member, (train, test) in track(work, TRYING):
            fold = Fold(frame.iloc[train], learnt[train], frame.iloc[test], learnt[test], goal.classes)
            found[member.name].append((test, trial(member, fold)))
    return [_best(member, found[member.name], goal, learnt) for member in members]


def fold_count(rows: int, classes: int) -> int:
    """The more there is to learn from, the fewer folds are needed."""
    if rows * max(1, classes / 2) > LARGE:
        return 3
    return 5 if rows < SMALL else 4


def _best(member: Member, parts: list[tuple[NDArray[Any], Array]], goal: Goal, learnt: NDArray[Any]) -> Tried:
    """The setting with the smallest loss over all folds."""
    every = np.concatenate([predicted for _, predicted in parts], axis=1)
    order = np.argsort(np.concatenate([test for test, _ in parts]))
    losses = [loss(one[order], goal, learnt) for one in every]
    place = int(np.argmin(losses))
    return Tried(member, place, every[place][order])


def loss(predicted: Array, goal: Goal, learnt: NDArray[Any]) -> float:
    """Log-loss, or root of the mean squared error on the learnt scale.

    Args:
        predicted: (rows, classes), or (rows,).
        goal: the target.
        learnt: what the members learnt.
    """
    if goal.classes:
        own = predicted[np.arange(len(learnt)), learnt.astype(int)]
        return float(-np.log(np.maximum(own, SMALLEST_CHANCE)).mean())
    return float(np.sqrt(np.mean((predicted - learnt) ** 2)))


def weigh(tried: list[Tried], goal: Goal, learnt: NDArray[Any]) -> tuple[list[Tried], tuple[float, ...]]:
    """The members of the blend and their weights: with extra trees only if these save enough.

    Args:
        tried: every member.
        goal: the target.
        learnt: what the members learnt.
    """
    explained = [one for one in tried if one.member.name != FOREST]
    weights = _weights(explained, goal, learnt)
    if len(explained) == len(tried):
        return explained, weights
    every = _weights(tried, goal, learnt)
    before = loss(blended(explained, weights, goal), goal, learnt)
    gain = 1 - loss(blended(tried, every, goal), goal, learnt) / max(before, SMALLEST_CHANCE)
    return (tried, every) if every[-1] > 0 and gain >= FOREST_GAIN else (explained, weights)


def floor_of(members: list[Tried]) -> float:
    """The smallest probability of a member in a blend of these."""
    return FOREST_FLOOR if any(one.member.name == FOREST for one in members) else FLOOR


def _logarithms(members: list[Tried]) -> list[Array]:
    return [np.log(np.maximum(one.predicted, floor_of(members))) for one in members]


def _weights(members: list[Tried], goal: Goal, learnt: NDArray[Any]) -> tuple[float, ...]:
    if goal.classes:
        return log_odds_weights(_logarithms(members), learnt)
    return value_weights([one.predicted for one in members], learnt, logarithm=goal.logarithm)


def blended(members: list[Tried], weights: tuple[float, ...], goal: Goal) -> Array:
    """What the blend predicts out of fold: (rows,) or (rows, classes).

    Args:
        members: its members.
        weights: their weights.
        goal: the target.
    """
    if goal.classes:
        return pool(_logarithms(members), weights)
    return np.asarray(np.asarray(weights) @ np.stack([one.predicted for one in members]))


def measures_of(
    tried: list[Tried], chosen: list[Tried], weights: tuple[float, ...], goal: Goal, learnt: NDArray[Any]
) -> dict[str, dict[str, float]]:
    """The measures of every member and of the blend, by name.

    Args:
        tried: every member.
        chosen: those that the blend was made of.
        weights: their weights.
        goal: the target.
        learnt: what the members learnt.
    """
    compared = {one.member.name: _measures(one.predicted, goal, learnt) for one in tried}
    return compared | {"blend": _measures(blended(chosen, weights, goal), goal, learnt)}


def _measures(predicted: Array, goal: Goal, learnt: NDArray[Any]) -> dict[str, float]:
    if goal.classes:
        accuracy = float((predicted.argmax(axis=1) == learnt).mean())
        return {"log_loss": loss(predicted, goal, learnt), "accuracy": accuracy}
    error = goal.back(predicted) - goal.back(learnt)
    variance = float(np.var(goal.back(learnt)))
    r2 = 1 - float(np.mean(error**2)) / variance if variance else 0.0
    return {"rmse": float(np.sqrt(np.mean(error**2))), "r2": r2}
