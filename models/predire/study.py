"""Measures the served model stage by stage: the metrics of the manifest and of the card."""

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
"""Number of shuffles of the folds."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Study:
    """One stage: its fitted model and its metrics.

    Attributes:
        students: the students with a known outcome.
        out_of_fold: (n,), their out-of-fold probabilities of failure.
        estimator: the served model, fitted on all of them.
        enrolled: (m,), its probabilities for the students without an outcome.
        figures: the metrics of the manifest, except those of the abstention band.
    """

    students: Students
    out_of_fold: Floats
    estimator: Additive
    enrolled: Floats
    figures: Figures


def measure_stages(options: Options) -> dict[str, Study]:
    """Measure every stage; `options.quick` takes fewer folds and shuffles."""
    progress = track([*STAGES], ("mesure du modèle, étape par étape", "measuring the model, stage by stage"))
    return {stage: measure_stage(stage, options) for stage in progress}


def measure_stage(stage: str, options: Options) -> Study:
    """Measure one stage by stratified folds, other shuffles, other courses, and with sensitive columns."""
    students, count = load(stage), folds(options)
    probability = out_of_fold(students, stratified(students, options.seed, count))
    estimator = recipe(students.inputs).fit(students.rows, students.failed)
    undecided = estimator.predict_proba(enrolled(stage))[:, 1]
    sensitive = load(stage, sensitive=True)
    figures = (
        binary(students.failed, probability)
        | _intervals(students, probability, options)
        | _worst_shuffle(students, probability, options)
        | _named("other_course", students, out_of_fold(students, by_course(students, count)))
        | _named("with_sensitive", sensitive, out_of_fold(sensitive, stratified(sensitive, options.seed, count)))
        | {"enrolled_mean": rounded(undecided.mean()), "enrolled_failing": rounded((undecided > 0.5).mean())}
    )
    return Study(students, probability, estimator, undecided, figures)


def scores(students: Students, probability: Floats) -> Figures:
    """The three metrics that candidates are compared by."""
    return {
        "auc": rounded(roc_auc_score(students.failed, probability)),
        "brier": rounded(brier_score_loss(students.failed, probability)),
        "ece": rounded(calibration_error(probability, students.failed)),
    }


def with_band(study: Study, low: float) -> Figures:
    """All metrics of a stage, those of the abstention band included."""
    ends = abstention.thresholds(low)
    inside = (study.enrolled >= ends["abstention_low"]) & (study.enrolled <= ends["abstention_high"])
    band = abstention.measure(study.students.failed, study.out_of_fold, low)
    return study.figures | band | {"enrolled_abstention_share": rounded(inside.mean())}


def choose_band(studies: dict[str, Study]) -> float:
    """The low end of the abstention band, chosen at the last stage."""
    return abstention.narrowest(studies[LAST].students.failed, studies[LAST].out_of_fold)


def _named(prefix: str, students: Students, probability: Floats) -> Figures:
    return {f"{prefix}_{name}": value for name, value in scores(students, probability).items()}


def _intervals(students: Students, probability: Floats, options: Options) -> Figures:
    """The 95 % bootstrap intervals, over students."""

    def measure(indices: Integers) -> Figures:
        return binary(students.failed[indices], probability[indices])

    resamples = 100 if options.quick else RESAMPLES
    ends = intervals(measure, np.arange(len(probability)), options.seed, resamples)
    return {
        f"{name}_{side}": rounded(value)
        for name, pair in ends.items()
        for side, value in zip(("low", "high"), pair, strict=True)
    }


def _worst_shuffle(students: Students, first: Floats, options: Options) -> Figures:
    """The worst metrics over other shuffles of the folds: the results must not depend on the first one."""
    seeds = range(options.seed + 1, options.seed + (2 if options.quick else SHUFFLES))
    shuffles = [first, *(out_of_fold(students, stratified(students, seed, folds(options))) for seed in seeds)]
    each = [scores(students, probability) for probability in shuffles]
    worst = {"auc": min, "brier": max, "ece": max}
    return {f"{name}_worst_shuffle": choose(metrics[name] for metrics in each) for name, choose in worst.items()}
