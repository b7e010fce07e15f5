"""Metrics of classifiers: accuracy, log-loss, calibration, and their confidence intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import brier_score_loss, roc_auc_score

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Flags = NDArray[np.bool_]

Figures = dict[str, float]
Intervals = dict[str, tuple[float, float]]
"""Low and high end of each metric, by name."""

BINS = 15
"""Bins of equal width of a calibration error."""
CERTAINTY = 0.6
"""Certainty from which a digit is answered by default, in [0, 1]."""
CONFIDENCE = 0.95
"""Level of every confidence interval."""
RESAMPLES = 2000
"""Resamples of a bootstrap."""


def rounded(value: float) -> float:
    """Round to six decimals, as manifests store metrics."""
    return round(float(value), 6)


def calibration_error(probability: Floats, outcome: Flags) -> float:
    """Expected calibration error, in [0, 1], over 15 bins of equal width.

    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.

    Args:
        probability: (n,), predicted, in [0, 1].
        outcome: (n,), observed.
    """
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=probability - outcome, minlength=BINS)
    return float(np.abs(gaps).sum() / len(outcome))


def binary(outcome: Flags, probability: Floats) -> dict[str, float]:
    """AUC, Brier score, calibration error, and accuracy at 0.5, of the probabilities (n,) of an event (n,)."""
    return {
        "auc": rounded(roc_auc_score(outcome, probability)),
        "brier": rounded(brier_score_loss(outcome, probability)),
        "ece": rounded(calibration_error(probability, outcome)),
        "accuracy": rounded(np.mean((probability > 0.5) == outcome)),
    }


def multiclass(labels: Integers, probabilities: Floats) -> dict[str, float]:
    """Accuracy, log-loss (nats), and calibration error of the highest probability, of probabilities (n, classes)."""
    right = probabilities.argmax(axis=1) == labels
    return {
        "accuracy": rounded(right.mean()),
        "log_loss": rounded(log_loss(labels, probabilities)),
        "ece": rounded(calibration_error(probabilities.max(axis=1), right)),
    }


def log_loss(labels: Integers, probabilities: Floats) -> float:
    """Mean of -log of the probability of the true class, in nats.

    scikit-learn's own warns about float32 rows that do not sum to one in float64's precision.
    """
    true_class = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(true_class, np.finfo(np.float32).tiny)).mean())


def selective(labels: Integers, probabilities: Floats, certainty: float = CERTAINTY) -> dict[str, float]:
    """The share of rows refused below a certainty, and the error rate of the answered ones.

    Args:
        labels: (n,), true classes.
        probabilities: (n, classes).
        certainty: the lowest highest-probability that is answered, in [0, 1].
    """
    answered = probabilities.max(axis=1) >= certainty
    wrong = probabilities.argmax(axis=1) != labels
    return {"refused": rounded(1 - answered.mean()), "error_when_answered": rounded(wrong[answered].mean())}


def intervals(
    measure: Callable[[Integers], Figures], units: Integers, seed: int = 0, resamples: int = RESAMPLES
) -> Intervals:
    """95 % intervals by the percentile bootstrap over units, drawn with replacement.

    A calibration error is never negative and grows by resampling, so its interval leans upwards.

    Args:
        measure: the metrics of the rows at these indices, which may repeat.
        units: (n,), the unit of each row; rows of one flower, or of one writer, are drawn together.
        seed: of the draws.
        resamples: number of draws.
    """
    names, owner = np.unique(units, return_inverse=True)
    rows = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])

    def figures(drawn: Integers) -> list[float]:
        return list(measure(np.concatenate([rows[unit] for unit in drawn])).values())

    interval = bootstrap(
        (np.arange(len(names)),),
        figures,
        n_resamples=resamples,
        batch=50,
        vectorized=False,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    ends = zip(np.atleast_1d(interval.low).tolist(), np.atleast_1d(interval.high).tolist(), strict=True)
    return dict(zip(measure(np.arange(len(units))), ends, strict=True))


def share_interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson interval of `count` out of `total` independent rows, valid near 0 and 1 too."""
    interval = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return rounded(interval.low), rounded(interval.high)


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, with its 95 % Wilson interval."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, in [0, 1]; NaN if the total is 0."""
        return self.count / self.total if self.total else float("nan")

    @property
    def total_text(self) -> str:
        """The total as a French number: `2 381`."""
        return f"{self.total:,}".replace(",", "\u202f")

    @property
    def ends(self) -> tuple[float, float]:
        """The interval; [0, 1] if the total is 0."""
        return share_interval(self.count, self.total) if self.total else (0.0, 1.0)
