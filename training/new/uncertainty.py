"""What a model cannot rule out: intervals of numbers and sets of classes that hold the truth 9 times out of 10.

Their sizes come from the answers of refits to rows that they have not seen, never from the training rows, which the
model knows too well. Source: Vovk, Gammerman, Shafer, "Algorithmic learning in a random world", 2005; Barber, Candès,
Ramdas, Tibshirani, "Predictive inference with the jackknife+", Annals of Statistics 49(1), 2021 (the CV variant).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from shared.model.table import CLASSES
from training.metrics import rounded, share_interval
from training.new.answers import Floats
from training.new.problem import Places, Problem
from training.new.refits import Refits

COVERAGE = 0.9
"""Share of the rows whose truth is in the set or the interval."""
MARGIN = 1e-6
"""Added to the limit of a set: a graph's probability may differ by less, and many rows may have just this one."""
LOGARITHMS = {np.log: np.exp, np.log2: np.exp2}
"""Functions of a target that are the natural logarithm up to a factor, and their inverses."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The sets or the intervals of one target, and how they did.

    Attributes:
        limit: 1 - the lowest probability of a class in a set; or half the width of an interval.
        logarithm: whether the half width is of the natural logarithm.
        covered: for each judged row, whether the set or the interval holds the truth.
        sizes: for each judged row, the number of classes in the set, or the width of the interval.
    """

    limit: float
    logarithm: bool
    covered: NDArray[np.bool_]
    sizes: Floats

    def figures(self) -> dict[str, float]:
        """Coverage with its 95 % interval, and mean size."""
        low, high = share_interval(int(self.covered.sum()), len(self.covered))
        return {
            "coverage": rounded(self.covered.mean()),
            "coverage_low": low,
            "coverage_high": high,
            "mean_size": rounded(self.sizes.mean()),
        }


def uncertainty_of(estimator: Any, problem: Problem, refits: Refits) -> tuple[Uncertainty | None, ...]:
    """The uncertainty of each target; None: the estimator has no probabilities, or there are too few rows.

    Args:
        estimator: the served one, which says whether a target is learned on its logarithm.
        problem: the rows.
        refits: the answers to rows that were not seen.
    """
    if problem.kind == CLASSES:
        truth = problem.classes()[refits.rows]
        return tuple(sets(part, truth[:, at], refits.fold) for at, part in enumerate(refits.answers.probabilities))
    if refits.answers.values is None:
        return ()
    numbers, on_logarithm = problem.numbers()[refits.rows], learns_logarithm(estimator)
    return tuple(
        intervals(refits.answers.values[:, at], numbers[:, at], refits.fold, logarithm=on_logarithm)
        for at in range(numbers.shape[1])
    )


def sets(probabilities: Floats, truth: Places, fold: Places) -> Uncertainty | None:
    """The prediction sets of a classifier: the classes whose probability is at least 1 - limit.

    Args:
        probabilities: (n, classes), of refits.
        truth: (n,) places of the true classes.
        fold: (n,) number of the fold of each row.
    """
    scores = 1 - probabilities[np.arange(len(truth)), truth]
    limit = quantile(scores)
    if limit is None:
        return None
    members = probabilities >= 1 - MARGIN - _limits(scores, fold)[:, None]
    return Uncertainty(
        limit=min(1.0, limit + MARGIN),
        logarithm=False,
        covered=members[np.arange(len(truth)), truth],
        sizes=members.sum(axis=1).astype(np.float64),
    )


def intervals(values: Floats, truth: Floats, fold: Places, *, logarithm: bool = False) -> Uncertainty | None:
    """The intervals of a regressor: value ± half width, or value x exp(± half width).

    Args:
        values: (n,), of refits.
        truth: (n,).
        fold: (n,) number of the fold of each row.
        logarithm: whether the target is learned on its logarithm; ignored unless every number is above 0.
    """
    logarithm = logarithm and bool((values > 0).all() and (truth > 0).all())
    write: Callable[[Floats], Floats] = np.log if logarithm else np.asarray
    scores = np.abs(write(values) - write(truth))
    limit, widths = quantile(scores), _limits(scores, fold)
    if limit is None or not np.isfinite(widths).all():
        return None
    sizes = values * (np.exp(widths) - np.exp(-widths)) if logarithm else 2 * widths
    return Uncertainty(limit, logarithm, scores <= widths, sizes)


def quantile(scores: Floats) -> float | None:
    """The score that a new row exceeds one time in ten at most; None if there are too few rows to say."""
    rank = math.ceil((len(scores) + 1) * COVERAGE)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else None


def _limits(scores: Floats, fold: Places) -> Floats:
    """For each row the quantile of the scores of the other folds, so that no row sets its own limit."""
    limits = np.empty(len(scores))
    for one in np.unique(fold):
        others = quantile(scores[fold != one])
        limits[fold == one] = np.inf if others is None else others
    return limits


def learns_logarithm(estimator: Any) -> bool:
    """Whether a regressor is fitted on the logarithm of its target, and not only has a logarithm as its link."""
    if hasattr(estimator, "best_estimator_"):
        return learns_logarithm(estimator.best_estimator_)
    if isinstance(estimator, Pipeline):
        return learns_logarithm(estimator.steps[-1][1])
    if not isinstance(estimator, TransformedTargetRegressor):
        return False
    return any(
        estimator.func is logarithm and estimator.inverse_func is power for logarithm, power in LOGARITHMS.items()
    )
