"""How good a digit model is, on what it never learnt from: MNIST's test, six writers' drawings, and no digits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from training.console import track
from training.metrics import CERTAINTY, Figures, Floats, Integers, multiclass, rounded, selective

from . import data, negatives, strokes
from .data import Rows
from .pen import Pen, framed

Read = Callable[[Rows], Floats]
"""Framed digits (n, 784) to the probabilities of the ten digits (n, 10)."""

USUAL = Pen()
WIDTHS = {f"{width} pixels": Pen(width=width) for width in (8, 12, 18, 24, 30, 36)}
SCALES = {f"{scale} %": Pen(scale=scale / 100) for scale in (30, 40, 55, 70, 85, 100)}
CORNERS = {"en haut à gauche": (0, 0), "en haut à droite": (1, 0), "en bas à gauche": (0, 1), "en bas à droite": (1, 1)}
PLACES = {name: Pen(scale=0.5, place=place) for name, place in CORNERS.items()}
VARIATIONS: dict[str, dict[str, Pen]] = {"trait": WIDTHS, "taille": SCALES, "place": PLACES}
"""One thing varies at a time; the rest is as usual: a line of 18 pixels, 70 % of the canvas, in its middle."""
SEED = 4
"""Of the pictures of no digit: another training is measured on the same ones."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured: MNIST digits, drawings of each variation (None: all), pictures of each kind of no digit."""

    digits: int | None
    drawings: int | None
    pictures: int


FULL = Scope(None, None, 1000)
QUICK = Scope(1000, 150, 50)
AT_ONCE = 500
"""Rows shown to a model at once: all of them would need gigabytes."""


@dataclass(frozen=True, slots=True)
class Answers:
    """`labels` (n,) of some digits, the `probabilities` (n, 10) that they were given, and the `rows` (n, 784) read."""

    labels: Integers
    probabilities: Floats
    rows: Rows

    @property
    def error(self) -> float:
        """The share of digits read wrong."""
        return rounded(np.mean(self.probabilities.argmax(axis=1) != self.labels))


@dataclass(frozen=True, slots=True)
class Pictures:
    """Some pictures of no digit: their `rows` (n, 784), and the `probabilities` (n, 10) that they were given."""

    rows: Rows
    probabilities: Floats

    @property
    def refused(self) -> float:
        """The share of them whose certainty is below the threshold."""
        return rounded(np.mean(self.probabilities.max(axis=1) < CERTAINTY))


@dataclass(frozen=True, slots=True)
class Examined:
    """What a model answered to everything that it is measured on.

    Attributes:
        scanned: the test digits of MNIST.
        drawn: the drawings of the six writers, by what varies and how.
        writers: (n,), who wrote each drawing.
        others: pictures of no digit, by kind.
    """

    scanned: Answers
    drawn: Mapping[str, Mapping[str, Answers]]
    writers: Integers
    others: Mapping[str, Pictures]

    @property
    def drawings(self) -> int:
        """How many drawings each variation has."""
        return len(self.writers)

    def all_drawn(self) -> Answers:
        """Every drawing of every variation, in the order of `drawn`."""
        every = [answers for found in self.drawn.values() for answers in found.values()]
        return Answers(
            np.concatenate([answers.labels for answers in every]),
            np.concatenate([answers.probabilities for answers in every]),
            np.concatenate([answers.rows for answers in every]),
        )


def examine(read: Read, scope: Scope = FULL) -> Examined:
    """Show a model everything that it is measured on."""
    unseen = data.test().part(0, scope.digits)
    written = strokes.load().by(strokes.LEFT_OUT).some(scope.drawings)

    def drawn(pen: Pen) -> Answers:
        rows = framed(list(written.drawings), [pen] * len(written.labels))
        return Answers(written.labels, in_parts(read, rows), rows)

    rows = data.rows(unseen.images)
    varied: dict[str, dict[str, Answers]] = {what: {} for what in VARIATIONS}
    ways = [(what, name, pen) for what, pens in VARIATIONS.items() for name, pen in pens.items()]
    for what, name, pen in track(ways, "mesure sur les dessins"):
        varied[what][name] = drawn(pen)
    pictures = negatives.unseen(scope.pictures, np.random.default_rng(SEED))
    return Examined(
        Answers(unseen.labels, in_parts(read, rows), rows),
        varied,
        written.writers,
        {kind: Pictures(shown, in_parts(read, shown)) for kind, shown in pictures.items()},
    )


def in_parts(read: Read, rows: Rows) -> Floats:
    """The ten probabilities (n, 10) of framed digits (n, 784), however many they are."""
    return np.concatenate([read(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)])


def figures(found: Examined) -> Figures:
    """The figures of the manifest: of scanned digits, of drawn ones (`pen_`), of what is no digit."""
    drawn = found.all_drawn()
    return {
        **of(found.scanned),
        **{f"pen_{name}": value for name, value in of(drawn).items()},
        "pen_error_usual": found.drawn["trait"]["18 pixels"].error,
        "pen_error_worst": max(answers.error for varied in found.drawn.values() for answers in varied.values()),
        **{f"not_digit_refused_{kind}": shown.refused for kind, shown in found.others.items()},
        "not_digit_refused": rounded(np.mean([shown.refused for shown in found.others.values()])),
    }


def of(answers: Answers) -> Figures:
    """Error, accuracy, log-loss, calibration, and what the threshold of certainty refuses."""
    labels, probabilities = answers.labels, answers.probabilities
    return {"error": answers.error, **multiclass(labels, probabilities), **selective(labels, probabilities)}
