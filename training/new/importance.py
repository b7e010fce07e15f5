"""How much worse the answers get when one column of the table is shuffled: its importance, on rows that were not seen.

Source: Breiman, "Random forests", Machine Learning 45, 2001, section 10; Fisher, Rudin, Dominici, "All models are
wrong, but many are useful", JMLR 20, 2019. Columns are shuffled, not features: all that is made of a column moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shared.model.table import CLASSES, VALUES
from training.contract import Options
from training.metrics import rounded
from training.new.answers import Answers, Floats, answers
from training.new.measures import SMALLEST, significant
from training.new.problem import Places, Problem
from training.new.refits import Refits

REPEATS = 3
MOST_ROWS = 1500
"""Rows that are judged; a bigger table is sampled."""
MOST_ANSWERS = 250_000
"""Answers that are computed; with many columns, fewer rows are judged."""
LEAST_ROWS = 200
BATCH = 20_000
"""Rows that an estimator answers at a time."""
Z = 1.96
"""Half width of a 95 % interval, in standard errors."""


@dataclass(frozen=True, slots=True)
class Importance:
    """The importance of one column.

    Attributes:
        column: its name.
        value: mean loss that shuffling it adds: log-loss (nats), absolute error (in the unit of the target), or share
            of other answers.
        low: low end of its 95 % interval.
        high: high end of its 95 % interval.
    """

    column: str
    value: float
    low: float
    high: float


def importance_of(
    problem: Problem,
    refits: Refits,
    columns: Sequence[str],
    options: Options,
    progress: Callable[[int, int], None] = lambda done, every: None,  # noqa: ARG005
) -> tuple[Importance, ...]:
    """The importance of these columns, the largest first. The losses of several targets are added up.

    Args:
        problem: the rows.
        refits: the estimators, each judged on the rows that it has not seen.
        columns: those that the graph reads.
        options: the seed; a reduced training shuffles once.
        progress: called with the number of folds done and of all.
    """
    random = np.random.default_rng(options.seed)
    repeats = 1 if options.quick else REPEATS
    added: list[Floats] = []
    for at, (estimator, (_, judged)) in enumerate(zip(refits.estimators, refits.folds, strict=True)):
        rows = _sample(judged, len(refits.folds), len(columns) * repeats, random)
        added.append(_added_losses(estimator, problem, rows, columns, repeats, random))
        progress(at + 1, len(refits.folds))
    losses = np.concatenate(added, axis=1)
    ranked = [_summed(name, column, problem.kind) for name, column in zip(columns, losses, strict=True)]
    return tuple(sorted(ranked, key=lambda one: -one.value))


def _sample(judged: Places, folds: int, shuffles: int, random: np.random.Generator) -> Places:
    most = max(LEAST_ROWS, min(MOST_ROWS, MOST_ANSWERS // max(1, shuffles))) // folds
    return judged if len(judged) <= most else np.sort(random.choice(judged, most, replace=False))


def _added_losses(  # noqa: PLR0913, PLR0917 - one fold of `importance_of`
    estimator: Any, problem: Problem, rows: Places, columns: Sequence[str], repeats: int, random: np.random.Generator
) -> Floats:
    """The loss that shuffling each column adds to each row, mean of the repeats: (columns, rows)."""
    table = problem.rows.iloc[rows]
    before = answers(estimator, problem.read(table), problem)
    added = np.empty((len(columns), len(rows)))
    lots = max(1, BATCH // (len(rows) * repeats))
    for start in range(0, len(columns), lots):
        names = columns[start : start + lots]
        shuffled = pd.concat([_shuffled(table, name, random) for name in names for _ in range(repeats)])
        after = answers(estimator, problem.read(shuffled), problem)
        every = np.tile(rows, len(names) * repeats)
        losses = _losses(problem, every, after, _tiled(before, len(names) * repeats))
        added[start : start + lots] = losses.reshape(len(names), repeats, len(rows)).mean(axis=1)
    return added - _losses(problem, rows, before, before)


def _shuffled(table: pd.DataFrame, name: str, random: np.random.Generator) -> pd.DataFrame:
    column = table[name].iloc[random.permutation(len(table))].set_axis(table.index)
    return table.assign(**{name: column})


def _tiled(given: Answers, times: int) -> Answers:
    return Answers(None if given.labels is None else np.tile(given.labels, (times, 1)))


def _losses(problem: Problem, rows: Places, given: Answers, before: Answers) -> Floats:
    """The loss of each answer: log-loss, absolute error, or whether it is wrong; without a truth, whether it moved."""
    if problem.kind == VALUES and given.values is not None:
        distances: Floats = np.abs(given.values - problem.numbers()[rows]).sum(axis=1)
        return distances
    if given.labels is None or problem.kind != CLASSES:
        return np.any(given.labels != before.labels, axis=1).astype(np.float64)
    truth = problem.classes()[rows]
    if not given.probabilities:
        wrong: Floats = np.sum(given.labels != truth, axis=1, dtype=np.float64)
        return wrong
    places = np.arange(len(rows))
    chances = [part[places, truth[:, at]] for at, part in enumerate(given.probabilities)]
    losses: Floats = np.sum([-np.log(np.clip(chance, SMALLEST, None)) for chance in chances], axis=0)
    return losses


def _summed(name: str, losses: Floats, kind: str) -> Importance:
    write = significant if kind == VALUES else rounded
    mean, error = losses.mean(), losses.std(ddof=1) / np.sqrt(len(losses)) if len(losses) > 1 else 0.0
    return Importance(name, write(mean), write(mean - Z * error), write(mean + Z * error))
