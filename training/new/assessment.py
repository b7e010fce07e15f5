"""Judges an estimator on rows that it has not seen; building a bundle and evaluating it do the same."""

from dataclasses import dataclass
from typing import Any

from shared.errors import Text
from shared.model.table import CLUSTERS
from training.contract import Options
from training.new.answers import Answers, answers
from training.new.cluster_measures import cluster_figures
from training.new.measures import Measured, flat, measure
from training.new.problem import Problem
from training.new.progress import Steps
from training.new.refits import NoRefitsError, Refits, refit
from training.new.uncertainty import Uncertainty, uncertainty_of

REFITS = ("Nouveaux apprentissages sur une partie des lignes", "Fitting again on parts of the rows")
MEASURES = ("Mesures et intervalles", "Metrics and intervals")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was measured.

    Attributes:
        refits: the answers to rows that were not seen; None: there are none.
        no_refits: why not.
        measured: the figures of each target.
        uncertain: the sets or intervals of each target.
    """

    refits: Refits | None
    no_refits: Text | None
    measured: tuple[Measured, ...]
    uncertain: tuple[Uncertainty | None, ...]

    def figures(self) -> dict[str, float]:
        """Every figure, as the manifest has them."""
        if self.refits is None:
            return flat(self.measured)
        return {"folds": float(len(self.refits.folds)), "judged": float(len(self.refits.rows))} | flat(self.measured)


def assess(estimator: Any, problem: Problem, options: Options, steps: Steps, *, limit: int = 0) -> Assessment:
    """Fit an estimator again on parts of the rows, and measure it on the others.

    Args:
        estimator: the served one.
        problem: the rows.
        options: the seed.
        steps: shows the progress.
        limit: folds to judge; 0: all, or fewer if fits are slow.
    """
    refits, reason = None, None
    with steps.step(REFITS) as advance:
        try:
            refits = refit(estimator, problem, options, limit=limit, progress=advance)
        except NoRefitsError as error:
            reason = error.reason
    with steps.step(MEASURES):
        if problem.kind == CLUSTERS:
            figures = cluster_figures(estimator, problem, served(estimator, problem), refits, options.seed)
            return Assessment(refits, reason, (Measured("", figures),), ())
        if refits is None:
            return Assessment(None, reason, (), ())
        uncertain = uncertainty_of(estimator, problem, refits)
        return Assessment(refits, None, _with(measure(problem, refits, options), uncertain), uncertain)


def served(estimator: Any, problem: Problem) -> Any:
    """The labels that the served estimator gives to every row: (n,)."""
    labels: Any = answers(estimator, problem.inputs(), problem, probable=False).labels
    return labels[:, 0]


def every_answer(estimator: Any, problem: Problem, refits: Refits | None) -> Answers:
    """The answers to rows that were not seen, else those of the estimator itself.

    Args:
        estimator: fitted.
        problem: the rows.
        refits: the answers of estimators fitted without these rows; None: there are none.
    """
    return answers(estimator, problem.inputs(), problem, probable=False) if refits is None else refits.answers


def _with(measured: tuple[Measured, ...], uncertain: tuple[Uncertainty | None, ...]) -> tuple[Measured, ...]:
    known = [*uncertain, *([None] * (len(measured) - len(uncertain)))]
    return tuple(
        Measured(one.target, one.figures, one.ends, one.baseline, {} if limits is None else limits.figures())
        for one, limits in zip(measured, known, strict=True)
    )
