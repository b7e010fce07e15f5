"""Fits an estimator again on parts of the table, so that every row is judged by one that has never seen it.

The same refits serve the metrics, the uncertainty and the importance of the columns.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold, StratifiedKFold

from shared.errors import Text
from shared.i18n import fill
from shared.model.table import CLASSES
from training.contract import Options
from training.new.answers import Answers, answers, joined
from training.new.problem import Places, Problem

FOLDS = 5
FEWER_FOLDS = 3
"""Folds that are judged if fits are slow."""
QUICK_FOLDS = 2
"""Folds that are judged by a reduced training."""
SLOW = 60.0
"""Duration of a fit from which fewer folds are judged, in seconds."""

FROZEN = (
    (
        "l'estimateur contient une partie déjà apprise ({part}), qu'on ne peut réapprendre : aucune ligne ne lui est "
        "inconnue, rien d'honnête ne peut être mesuré."
    ),
    (
        "the estimator holds a part that was fitted before ({part}) and cannot be fitted again: no row is new to it, "
        "nothing honest can be measured."
    ),
)
FAILED = (
    "l'estimateur n'a pu être réappris sur une partie des lignes ({reason}) : rien d'honnête ne peut être mesuré.",
    "the estimator could not be fitted again on part of the rows ({reason}): nothing honest can be measured.",
)
TOO_FEW = (
    "{rows} lignes ne suffisent pas à réapprendre l'estimateur sur une partie d'entre elles.",
    "{rows} rows are too few to fit the estimator again on part of them.",
)
FEWER = (
    "un apprentissage dure plus de {seconds:g} s : {folds} plis sur {all} ont été jugés ({rows} lignes).",
    "one fit takes more than {seconds:g} s: {folds} of {all} folds were judged ({rows} rows).",
)
MOST_LETTERS = 160
"""Longest part of another library's error in a message, in characters."""

Fold = tuple[Places, Places]
"""Places of the rows to learn from, and of the rows to judge."""
Progress = Callable[[int, int], None]
"""Called with the number of refits done and of all."""


class NoRefitsError(Exception):
    """The estimator cannot be fitted again; `reason` says why, French then English."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason[0])


@dataclass(frozen=True, slots=True)
class Refits:
    """Estimators fitted again, and their answers to rows that they have not seen.

    Attributes:
        folds: the rows that each has learned from, and those that it judged.
        estimators: the fitted estimators.
        answers: their answers, to `rows`.
        rows: (m,) places of the judged rows.
        fold: (m,) number of the fold of each.
        note: what was left out and why; None: nothing.
    """

    folds: tuple[Fold, ...]
    estimators: tuple[Any, ...]
    answers: Answers
    rows: Places
    fold: Places
    note: Text | None = None


def refit(  # noqa: PLR0913 - the last three are for the display and for tests
    estimator: Any,
    problem: Problem,
    options: Options,
    *,
    limit: int = 0,
    progress: Progress = lambda done, every: None,  # noqa: ARG005
    clock: Callable[[], float] = time.monotonic,
) -> Refits:
    """Fit clones of an estimator on the other rows of each fold.

    Args:
        estimator: fitted or not; of a search, the best estimator is fitted again with the settings found.
        problem: the rows.
        options: the seed; a reduced training judges two folds.
        limit: folds to judge; 0: all, or fewer if fits are slow.
        progress: called after each fold.
        clock: seconds.

    Raises:
        NoRefitsError: the estimator cannot be cloned, or a fit fails.
    """
    fresh = unfitted(estimator, options.seed)
    every = folds_of(problem, options.seed)
    count = limit or (QUICK_FOLDS if options.quick else len(every))
    fitted: list[Any] = []
    parts: list[Answers] = []
    slow = False
    for learned, judged in every:
        started = clock()
        fitted.append(_fit(fresh, problem, learned, options.seed))
        if not limit and clock() - started > SLOW:
            count, slow = min(count, FEWER_FOLDS), True
        parts.append(_judge(fitted[-1], problem, judged))
        progress(len(fitted), count)
        if len(fitted) == count:
            break
    return _gathered(every[:count], fitted, parts, len(every) if slow else 0)


def _gathered(folds: list[Fold], fitted: list[Any], parts: list[Answers], slow: int) -> Refits:
    rows = np.concatenate([judged for _, judged in folds])
    number = np.concatenate([np.full(len(judged), at) for at, (_, judged) in enumerate(folds)])
    note = fill(FEWER, seconds=SLOW, folds=len(folds), all=slow, rows=len(rows)) if slow else None
    return Refits(tuple(folds), tuple(fitted), joined(parts), rows, number, note)


def folds_of(problem: Problem, seed: int) -> list[Fold]:
    """Shuffled folds, with like shares of the classes of one target.

    Raises:
        NoRefitsError: there are too few rows.
    """
    count = min(FOLDS, len(problem))
    if count < 2:
        raise NoRefitsError(fill(TOO_FEW, rows=len(problem)))
    if problem.kind == CLASSES and len(problem.labels) == 1:
        classes = problem.classes()[:, 0]
        if np.max(np.bincount(classes)) >= count:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a class of fewer rows than folds
                return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(classes, classes))
    return list(KFold(count, shuffle=True, random_state=seed).split(np.arange(len(problem))))


def unfitted(estimator: Any, seed: int) -> Any:
    """A clone that can be fitted, with the seed wherever the estimator has none, so that refits repeat.

    Raises:
        NoRefitsError: it cannot be cloned, or a part of it was fitted before.
    """
    chosen = getattr(estimator, "best_estimator_", estimator)
    try:
        fresh = clone(chosen)
        parameters = fresh.get_params(deep=True)
    except Exception as error:  # whatever the estimator's own code raises
        raise NoRefitsError(fill(FAILED, reason=_short(error))) from error
    part = next((_frozen(name, value) for name, value in parameters.items() if _frozen(name, value)), None)
    if part or isinstance(fresh, FrozenEstimator):
        raise NoRefitsError(fill(FROZEN, part=part or "FrozenEstimator"))
    seeds = {name: seed for name, value in parameters.items() if _is_seed(name) and value is None}
    return fresh.set_params(**seeds)


def _is_seed(name: str) -> bool:
    return name.rpartition("__")[2] in {"random_state", "random_seed"}


def _frozen(name: str, value: Any) -> str | None:
    if isinstance(value, FrozenEstimator):
        return "FrozenEstimator"
    if isinstance(value, str) and value == "prefit":
        return f"{name}='prefit'"
    return f"{name}=True" if name.rpartition("__")[2] == "prefit" and value is True else None


def _fit(fresh: Any, problem: Problem, learned: Places, seed: int) -> Any:
    expected = problem.expected(learned)
    try:
        estimator = clone(fresh)
        with _seeded(seed):
            return estimator.fit(problem.inputs(learned), *([] if expected is None else [expected]))
    except Exception as error:  # whatever the estimator's own code raises
        raise NoRefitsError(fill(FAILED, reason=_short(error))) from error


def _judge(estimator: Any, problem: Problem, judged: Places) -> Answers:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return answers(estimator, problem.inputs(judged), problem)
    except Exception as error:  # such as a category that the other folds do not have
        raise NoRefitsError(fill(FAILED, reason=_short(error))) from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the draws of code without a `random_state` of its own; warnings of a fit are not for the user."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)


def _short(error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "..."
