"""Figures that say how good a model is, and how far its probabilities can be believed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import brier_score_loss, roc_auc_score

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Flags = NDArray[np.bool_]

Figures = dict[str, float]
Intervals = dict[str, tuple[float, float]]
"""The low and the high end of each figure, by its name."""

BINS = 15
CERTAINTY = 0.6
"""The certainty from which a digit is answered, by default."""
CONFIDENCE = 0.95
RESAMPLES = 2000


def rounded(value: float) -> float:
    """Six decimals: enough for any figure here, and short enough to read."""
    return round(float(value), 6)


def calibration_error(probability: Floats, outcome: Flags) -> float:
    """Expected calibration error, in [0, 1], over 15 bins of equal width.

    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.

    Args:
        probability: (n,) in [0, 1], what was announced.
        outcome: (n,), what happened.
    """
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=probability - outcome, minlength=BINS)
    return float(np.abs(gaps).sum() / len(outcome))


def binary(outcome: Flags, probability: Floats) -> dict[str, float]:
    """AUC, Brier score, calibration error and accuracy at 0.5 of the probabilities (n,) of an event (n,)."""
    return {
        "auc": rounded(roc_auc_score(outcome, probability)),
        "brier": rounded(brier_score_loss(outcome, probability)),
        "ece": rounded(calibration_error(probability, outcome)),
        "accuracy": rounded(np.mean((probability > 0.5) == outcome)),
    }


def multiclass(labels: Integers, probabilities: Floats) -> dict[str, float]:
    """Accuracy, log-loss (nats) and calibration error of the highest of the probabilities (n, classes)."""
    right = probabilities.argmax(axis=1) == labels
    return {
        "accuracy": rounded(right.mean()),
        "log_loss": rounded(log_loss(labels, probabilities)),
        "ece": rounded(calibration_error(probabilities.max(axis=1), right)),
    }


def log_loss(labels: Integers, probabilities: Floats) -> float:
    """Mean of -log of the probability given to the right class, in nats.

    scikit-learn's asks that float32 rows sum to one within float64's precision, and warns when they do not.
    """
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(given, np.finfo(np.float32).tiny)).mean())


def selective(labels: Integers, probabilities: Floats, certainty: float = CERTAINTY) -> dict[str, float]:
    """What a limit of certainty does: the share of rows below it, and the share of errors among the others."""
    answered = probabilities.max(axis=1) >= certainty
    wrong = probabilities.argmax(axis=1) != labels
    return {"refused": rounded(1 - answered.mean()), "error_when_answered": rounded(wrong[answered].mean())}


def intervals(
    measure: Callable[[Integers], Figures], units: Integers, seed: int = 0, resamples: int = RESAMPLES
) -> Intervals:
    """95 % intervals by the percentile bootstrap: as many units as there are, drawn with replacement.

    A calibration error is never negative, so it grows by drawing again: its interval leans upwards.

    Args:
        measure: the figures of the rows at these places (any number of them, a place as often as it was drawn).
        units: (n,), what each row comes from: rows of one flower, or of one writer, are drawn together.
        seed: of the draws.
        resamples: how many times they are drawn.
    """
    names, owner = np.unique(units, return_inverse=True)
    rows = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])

    def figures(drawn: Integers) -> list[float]:
        return list(measure(np.concatenate([rows[unit] for unit in drawn])).values())

    found = bootstrap(
        (np.arange(len(names)),),
        figures,
        n_resamples=resamples,
        batch=50,
        vectorized=False,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    ends = zip(np.atleast_1d(found.low).tolist(), np.atleast_1d(found.high).tolist(), strict=True)
    return dict(zip(measure(np.arange(len(units))), ends, strict=True))


def share_interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, `count` out of `total` independent rows: right near 0 and 1 too."""
    found = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return rounded(found.low), rounded(found.high)
