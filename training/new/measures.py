"""The figures of a model: measured on rows that its refits have not seen, beside a baseline that reads no column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from shared.errors import Text
from shared.model.table import CLASSES, VALUES
from training.contract import Options
from training.metrics import (
    RESAMPLES,
    Figures,
    Integers,
    Intervals,
    calibration_error,
    intervals,
    rounded,
    share_interval,
)
from training.new.answers import Floats
from training.new.problem import Places, Problem
from training.new.refits import Refits

LEAST_RESAMPLES = 200
QUICK_RESAMPLES = 50
MOST_DRAWN = 10_000_000
"""Probabilities or numbers drawn by a bootstrap, about; a bigger table is resampled less often."""
SMALLEST = 1e-15
"""Lowest probability of a log-loss."""

NAMES: dict[str, Text] = {
    "accuracy": ("exactitude", "accuracy"),
    "log_loss": ("perte logarithmique (nats)", "log-loss (nats)"),
    "brier": ("score de Brier", "Brier score"),
    "auc": ("aire sous la courbe ROC", "area under the ROC curve"),
    "ece": ("erreur de calibration (ECE)", "calibration error (ECE)"),
    "rmse": ("écart quadratique moyen (RMSE)", "root mean squared error (RMSE)"),
    "mae": ("écart absolu moyen (MAE)", "mean absolute error (MAE)"),
    "median_error": ("écart absolu médian", "median absolute error"),
    "r2": ("part expliquée (R²)", "share explained (R²)"),
    "outliers": ("part d'anomalies", "share of outliers"),
    "clusters": ("nombre de groupes", "number of clusters"),
    "silhouette": ("silhouette", "silhouette"),
    "stability": ("stabilité des groupes", "stability of the clusters"),
    "coverage": ("couverture mesurée", "measured coverage"),
    "mean_size": ("taille moyenne", "mean size"),
}
"""Names of the figures for people."""
SHARES = frozenset({"accuracy", "outliers", "coverage"})
"""Figures that are written in percent."""
SCALED = frozenset({"rmse", "mae", "median_error", "mean_size"})
"""Figures in the unit of the target, or numbers of classes."""
WHOLE = frozenset({"clusters"})
LOW, HIGH, BASELINE = "_low", "_high", "baseline_"

Measure = Callable[[Integers], Figures]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one target.

    Attributes:
        target: its name; empty for outliers and clusters.
        figures: by name.
        ends: their 95 % intervals.
        baseline: the same figures of the baseline, where it has them.
        extra: further figures without a baseline, such as those of the uncertainty, with their intervals.
    """

    target: str
    figures: Figures
    ends: Intervals = field(default_factory=dict)
    baseline: Figures = field(default_factory=dict)
    extra: Figures = field(default_factory=dict)

    def flat(self, prefix: str = "") -> dict[str, float]:
        """Every figure in one dictionary, as the manifest has them."""
        every = dict(self.figures)
        for name, (low, high) in self.ends.items():
            every |= {f"{name}{LOW}": rounded(low), f"{name}{HIGH}": rounded(high)}
        every |= {f"{BASELINE}{name}": value for name, value in self.baseline.items()} | self.extra
        return {f"{prefix}{name}": value for name, value in every.items() if np.isfinite(value)}


def flat(measured: tuple[Measured, ...]) -> dict[str, float]:
    """Every figure of every target; several targets are told by their names."""
    several = len(measured) > 1
    return {name: value for one in measured for name, value in one.flat(f"{one.target}: " if several else "").items()}


def measure(problem: Problem, refits: Refits, options: Options) -> tuple[Measured, ...]:
    """The figures of each target on rows that were not seen, with intervals, beside the baseline.

    Args:
        problem: the rows.
        refits: the answers.
        options: the seed of the resamples.
    """
    if problem.kind == CLASSES:
        return tuple(_classes(problem, refits, at, options) for at in range(len(problem.labels)))
    if problem.kind == VALUES:
        return tuple(_values(problem, refits, at, options) for at in range(problem.truth.shape[1]))
    labels: Any = refits.answers.labels
    count = int((labels == 0).sum())
    return (Measured("", {"outliers": rounded(count / len(labels))}, {"outliers": share_interval(count, len(labels))}),)


def _classes(problem: Problem, refits: Refits, at: int, options: Options) -> Measured:
    every = problem.classes()[:, at]
    labels: Any = refits.answers.labels
    probabilities = refits.answers.probabilities[at] if refits.answers.probabilities else None
    judged = classification(every[refits.rows], labels[:, at], probabilities)
    priors = np.concatenate(
        [_shares(every[learned], len(problem.labels[at]), len(rows)) for learned, rows in refits.folds]
    )
    constant = classification(every[refits.rows], priors.argmax(axis=1), priors if probabilities is not None else None)
    whole = np.arange(len(refits.rows))
    width = 1 if probabilities is None else probabilities.shape[1]
    baseline = constant(whole) | ({} if probabilities is None else {"auc": 0.5})  # pooling folds moves it a little
    return Measured(problem.targets[at], judged(whole), bootstrapped(judged, width, options, refits), baseline)


def _values(problem: Problem, refits: Refits, at: int, options: Options) -> Measured:
    every = problem.numbers()[:, at]
    values: Any = refits.answers.values
    judged = regression(every[refits.rows], values[:, at])
    means = np.concatenate([np.full(len(rows), every[learned].mean()) for learned, rows in refits.folds])
    whole = np.arange(len(refits.rows))
    constant = regression(every[refits.rows], means)(whole)
    return Measured(problem.targets[at], judged(whole), bootstrapped(judged, 1, options, refits), constant)


def _shares(classes: Places, count: int, rows: int) -> Floats:
    shares = np.bincount(classes, minlength=count) / len(classes)
    return np.tile(shares, (rows, 1))


def bootstrapped(judged: Measure, width: int, options: Options, refits: Refits) -> Intervals:
    """95 % intervals of figures, by a bootstrap over the judged rows.

    Args:
        judged: the figures of the rows at these places.
        width: numbers for each row, which sets how often a big table is resampled.
        options: the seed; a reduced training resamples less.
        refits: the judged rows.
    """
    rows = len(refits.rows)
    resamples = max(LEAST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // (rows * width)))
    with np.errstate(all="ignore"):
        return intervals(judged, np.arange(rows), options.seed, QUICK_RESAMPLES if options.quick else resamples)


def classification(truth: Places, predicted: Places, probabilities: Floats | None) -> Measure:
    """The figures of a classifier's answers: accuracy; log-loss, calibration, and AUC if there are probabilities.

    Args:
        truth: (n,) places of the true classes.
        predicted: (n,) places of the answers.
        probabilities: (n, classes); None: the estimator has none.
    """
    right = predicted == truth
    if probabilities is None:
        return lambda drawn: {"accuracy": rounded(right[drawn].mean())}
    losses = -np.log(np.clip(probabilities[np.arange(len(truth)), truth], SMALLEST, None))
    certain = probabilities.max(axis=1)
    best = probabilities.argmax(axis=1) == truth
    binary = probabilities.shape[1] == 2

    def figures(drawn: Integers) -> Figures:
        outcome = truth[drawn]
        measured = {"accuracy": right[drawn].mean(), "log_loss": losses[drawn].mean()}
        if binary:
            positive = probabilities[drawn, 1]
            measured |= {
                "brier": np.mean((positive - outcome) ** 2),
                "auc": area(outcome == 1, positive),
                "ece": calibration_error(positive, outcome == 1),
            }
        else:
            each = [area(outcome == one, probabilities[drawn, one]) for one in range(probabilities.shape[1])]
            measured |= {"auc": _mean(each), "ece": calibration_error(certain[drawn], best[drawn])}
        return {name: rounded(value) for name, value in measured.items()}

    return figures


def _mean(areas: list[float]) -> float:
    """The mean over the classes that were drawn; 0.5 if none was, or only one."""
    known = [one for one in areas if not np.isnan(one)]
    return float(np.mean(known)) if known else 0.5


def area(outcome: NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve, from ranks; NaN if there is only one outcome."""
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)[outcome].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def regression(truth: Floats, values: Floats) -> Measure:
    """The figures of a regressor's answers (n,) to rows of true numbers (n,)."""
    errors = values - truth

    def figures(drawn: Integers) -> Figures:
        wrong, true = errors[drawn], truth[drawn]
        spread = float(((true - true.mean()) ** 2).sum())
        return {
            "rmse": significant(float(np.sqrt((wrong**2).mean()))),
            "mae": significant(float(np.abs(wrong).mean())),
            "median_error": significant(float(np.median(np.abs(wrong)))),
            "r2": rounded(1 - float((wrong**2).sum()) / spread) if spread else 0.0,
        }

    return figures


def significant(value: float) -> float:
    """Round to nine significant digits: numbers of a table have any scale."""
    return float(f"{value:.9g}")


def per_class(truth: Places, predicted: Places, count: int) -> Mapping[str, NDArray[np.int64]]:
    """For each class: rows that have it, that were answered it, and both.

    Args:
        truth: (n,) places of the true classes.
        predicted: (n,) places of the answers.
        count: number of classes.
    """
    return {
        "true": np.bincount(truth, minlength=count),
        "answered": np.bincount(predicted, minlength=count),
        "right": np.bincount(truth[truth == predicted], minlength=count),
    }
