"""Measures a digit model on test data: MNIST's test set, the drawings of six writers, and pictures without a digit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from training.console import track
from training.metrics import CERTAINTY, Figures, Floats, Integers, multiclass, rounded, selective

from . import data, negatives, strokes
from .data import Rows
from .pen import Pen, framed

Predict = Callable[[Rows], Floats]
"""From framed digits (n, 784) to the probabilities of the ten digits (n, 10)."""

USUAL = Pen()
WIDTHS = {f"{width} pixels": Pen(width=width) for width in (8, 12, 18, 24, 30, 36)}
SCALES = {f"{scale} %": Pen(scale=scale / 100) for scale in (30, 40, 55, 70, 85, 100)}
CORNERS = {"en haut à gauche": (0, 0), "en haut à droite": (1, 0), "en bas à gauche": (0, 1), "en bas à droite": (1, 1)}
PLACES = {name: Pen(scale=0.5, place=place) for name, place in CORNERS.items()}
VARIATIONS: dict[str, dict[str, Pen]] = {"trait": WIDTHS, "taille": SCALES, "place": PLACES}
"""Pens in which one property varies, by property then by value; the others are the usual pen's."""
SEED = 4
"""Seed of the negatives, the same for every training."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured.

    Attributes:
        digits: MNIST digits; None: all.
        drawings: drawings of each variation; None: all.
        pictures: pictures of each kind of negative.
    """

    digits: int | None
    drawings: int | None
    pictures: int


FULL = Scope(None, None, 1000)
QUICK = Scope(1000, 150, 50)
BATCH = 500
"""Rows that a model reads at once: all of them would need gigabytes."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions for some digits: `labels` (n,), `probabilities` (n, 10) and `rows` (n, 784)."""

    labels: Integers
    probabilities: Floats
    rows: Rows

    @property
    def error(self) -> float:
        """The error rate, in [0, 1]."""
        return rounded(np.mean(self.probabilities.argmax(axis=1) != self.labels))


@dataclass(frozen=True, slots=True)
class NegativePredictions:
    """The predictions for some pictures without a digit: `rows` (n, 784) and `probabilities` (n, 10)."""

    rows: Rows
    probabilities: Floats

    @property
    def refused(self) -> float:
        """The share of pictures below the default certainty, in [0, 1]."""
        return rounded(np.mean(self.probabilities.max(axis=1) < CERTAINTY))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The predictions of a model for all test data.

    Attributes:
        scanned: for MNIST's test digits.
        drawn: for the drawings of the six test writers, by varied property, then by its value.
        writers: (n,), the writer of each drawing.
        negatives: for pictures without a digit, by kind.
    """

    scanned: Predictions
    drawn: Mapping[str, Mapping[str, Predictions]]
    writers: Integers
    negatives: Mapping[str, NegativePredictions]

    @property
    def drawings(self) -> int:
        """Number of drawings of each variation."""
        return len(self.writers)

    def all_drawn(self) -> Predictions:
        """The predictions for every variation, concatenated in the order of `drawn`."""
        every = [predictions for variation in self.drawn.values() for predictions in variation.values()]
        return Predictions(
            np.concatenate([predictions.labels for predictions in every]),
            np.concatenate([predictions.probabilities for predictions in every]),
            np.concatenate([predictions.rows for predictions in every]),
        )


def evaluation_of(predict: Predict, scope: Scope = FULL) -> Evaluation:
    """Run a model on all test data."""
    test = data.test().slice(0, scope.digits)
    written = strokes.load().by(strokes.TEST_WRITERS).sample(scope.drawings)

    def drawn(pen: Pen) -> Predictions:
        rows = framed(list(written.drawings), [pen] * len(written.labels))
        return Predictions(written.labels, in_batches(predict, rows), rows)

    rows = data.rows(test.images)
    variations: dict[str, dict[str, Predictions]] = {what: {} for what in VARIATIONS}
    pens = [(what, name, pen) for what, values in VARIATIONS.items() for name, pen in values.items()]
    for what, name, pen in track(pens, ("mesure sur les dessins", "measuring on drawings")):
        variations[what][name] = drawn(pen)
    pictures = negatives.test_rows(scope.pictures, np.random.default_rng(SEED))
    return Evaluation(
        Predictions(test.labels, in_batches(predict, rows), rows),
        variations,
        written.writers,
        {kind: NegativePredictions(negative, in_batches(predict, negative)) for kind, negative in pictures.items()},
    )


def in_batches(predict: Predict, rows: Rows) -> Floats:
    """The probabilities (n, 10) of any number of framed digits (n, 784)."""
    return np.concatenate([predict(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)])


def figures(evaluation: Evaluation) -> Figures:
    """The metrics of the manifest: of scanned digits, of drawn ones (`pen_`) and of negatives (`not_digit_`)."""
    drawn = evaluation.all_drawn()
    errors = [predictions.error for variation in evaluation.drawn.values() for predictions in variation.values()]
    negative = evaluation.negatives
    return {
        **metrics_of(evaluation.scanned),
        **{f"pen_{name}": value for name, value in metrics_of(drawn).items()},
        "pen_error_usual": evaluation.drawn["trait"]["18 pixels"].error,
        "pen_error_worst": max(errors),
        **{f"not_digit_refused_{kind}": predictions.refused for kind, predictions in negative.items()},
        "not_digit_refused": rounded(np.mean([predictions.refused for predictions in negative.values()])),
    }


def metrics_of(predictions: Predictions) -> Figures:
    """Error rate, accuracy, log-loss, calibration error, and the effect of the certainty threshold."""
    labels, probabilities = predictions.labels, predictions.probabilities
    return {"error": predictions.error, **multiclass(labels, probabilities), **selective(labels, probabilities)}
