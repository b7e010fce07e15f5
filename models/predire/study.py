"""Everything that is measured of the served model, stage by stage: what the manifest says and the card explains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

from functions.predire.student import STAGES
from training.console import track
from training.contract import Options
from training.metrics import RESAMPLES, Figures, Integers, binary, calibration_error, intervals, rounded

from . import abstention
from .additive import Additive
from .data import Students, enrolled, load
from .recipe import by_course, folds, out_of_fold, recipe, stratified

LAST = "semestre_2"
SHUFFLES = 10
"""How many shuffles of the folds are tried."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Study:
    """One stage, measured and learnt.

    Attributes:
        students: those whose outcome is known.
        unseen: (n,) the probability of failure that each was given by a model that never saw them.
        estimator: the served model, which learnt from all of them.
        enrolled: (m,) what it gives to those who have no outcome yet, whom it never saw.
        figures: for the manifest, but for those of the abstention band.
    """

    students: Students
    unseen: Floats
    estimator: Additive
    enrolled: Floats
    figures: Figures


def studies(options: Options) -> dict[str, Study]:
    """Measure every stage; `options.quick` asks fewer folds and other seeds."""
    stages = [*STAGES]
    return {stage: study(stage, options) for stage in track(stages, "mesure du modèle, étape par étape")}


def study(stage: str, options: Options) -> Study:
    """Measure one stage by stratified folds, and by what else is asked of it."""
    students, count = load(stage), folds(options)
    unseen = out_of_fold(students, stratified(students, options.seed, count))
    estimator = recipe(students.inputs).fit(students.rows, students.failed)
    undecided = estimator.predict_proba(enrolled(stage))[:, 1]
    others = load(stage, sensitive=True)
    figures = (
        binary(students.failed, unseen)
        | _intervals(students, unseen, options)
        | _seeds(students, unseen, options)
        | _named("other_course", students, out_of_fold(students, by_course(students, count)))
        | _named("with_sensitive", others, out_of_fold(others, stratified(others, options.seed, count)))
        | {"enrolled_mean": rounded(undecided.mean()), "enrolled_failing": rounded((undecided > 0.5).mean())}
    )
    return Study(students, unseen, estimator, undecided, figures)


def judged(students: Students, probability: Floats) -> Figures:
    """The three figures that models are compared by."""
    return {
        "auc": rounded(roc_auc_score(students.failed, probability)),
        "brier": rounded(brier_score_loss(students.failed, probability)),
        "ece": rounded(calibration_error(probability, students.failed)),
    }


def with_band(found: Study, low: float) -> Figures:
    """All the figures of a stage: those of the study, and what the abstention band does there."""
    ends = abstention.thresholds(low)
    inside = (found.enrolled >= ends["abstention_low"]) & (found.enrolled <= ends["abstention_high"])
    band = abstention.measure(found.students.failed, found.unseen, low)
    return found.figures | band | {"enrolled_abstention_share": rounded(inside.mean())}


def band(found: dict[str, Study]) -> float:
    """The low end of the abstention band, chosen where most is known."""
    return abstention.narrowest(found[LAST].students.failed, found[LAST].unseen)


def _named(prefix: str, students: Students, probability: Floats) -> Figures:
    return {f"{prefix}_{name}": value for name, value in judged(students, probability).items()}


def _intervals(students: Students, probability: Floats, options: Options) -> Figures:
    """The 95 % bootstrap intervals, over students."""

    def measure(places: Integers) -> Figures:
        return binary(students.failed[places], probability[places])

    resamples = 100 if options.quick else RESAMPLES
    ends = intervals(measure, np.arange(len(probability)), options.seed, resamples)
    return {
        f"{name}_{side}": rounded(value)
        for name, pair in ends.items()
        for side, value in zip(("low", "high"), pair, strict=True)
    }


def _seeds(students: Students, first: Floats, options: Options) -> Figures:
    """The worst figure over other shuffles of the folds: nothing must hang on the first one."""
    seeds = range(options.seed + 1, options.seed + (2 if options.quick else SHUFFLES))
    found = [first, *(out_of_fold(students, stratified(students, seed, folds(options))) for seed in seeds)]
    each = [judged(students, probability) for probability in found]
    worst = {"auc": min, "brier": max, "ece": max}
    return {f"{name}_worst_shuffle": pick(one[name] for one in each) for name, pick in worst.items()}
