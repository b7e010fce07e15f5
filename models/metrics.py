"""Figures that say how good a model is, and how far its probabilities can be believed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Flags = NDArray[np.bool_]

BINS = 15
CERTAINTY = 0.6
"""The certainty from which a digit is answered, by default."""


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
