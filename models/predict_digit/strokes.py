"""Pen strokes: 7,494 digits written by 30 people on a tablet, as sequences of points.

Source: Alpaydin, Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI 81, doi:10.24432/C5MG6K, CC BY 4.0.
Format: UNIPEN text. A `.SEGMENT DIGIT` line carries the digit in quotes, the `.COMMENT` after it the digit, the writer
and the sample; a stroke is one ` x  y` line per point between `.PEN_DOWN` and `.PEN_UP`, with y pointing up.
"""

import gzip
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.datasets import DataError, Source, read

Stroke = NDArray[np.float64]
"""(points, 2): x and y, with y pointing down, in any unit."""
Drawing = tuple[Stroke, ...]

SOURCE = Source(
    path="pendigits/pendigits-orig.tra.gz",
    url="https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip",
    sha256="d6a5f33f75b481a5bdbfc64a3429574ad21d54c258767f2c31aca6e47b9159fc",
    member="pendigits-orig.tra.Z",
    by_hand="gzip -dc pendigits-orig.tra.Z | gzip -9n > pendigits-orig.tra.gz",
)
WRITERS = 30
TEST_WRITERS = frozenset(range(5, WRITERS + 1, 5))
"""The six writers of the reported metrics: every fifth one, chosen before any training."""
VALIDATION_WRITERS = frozenset((3, 9, 16, 22))
"""The four writers of the validation set."""

NO_STROKE = ("{file} : un chiffre sans trait.", "{file}: a digit without a stroke.")
NOT_PAIRS = (
    "{file} : attendu des couples de coordonnées, reçu {count} nombres.",
    "{file}: expected pairs of coordinates, got {count} numbers.",
)

_SEGMENT = re.compile(r'^\.SEGMENT DIGIT [^"\n]*"(\d)"\s*^\.COMMENT\s+\d+\s+(\d+)', re.MULTILINE)
_STROKE = re.compile(r"^\.PEN_DOWN\s*$(.*?)^\.PEN_UP", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class PenDigits:
    """`drawings` of n digits, `labels` (n,) uint8, `writers` (n,) from 1 to 30."""

    drawings: tuple[Drawing, ...]
    labels: NDArray[np.uint8]
    writers: NDArray[np.int64]

    def by(self, writers: frozenset[int]) -> "PenDigits":
        """The digits of these writers."""
        return self.take(np.flatnonzero(np.isin(self.writers, sorted(writers))))

    def sample(self, count: int | None) -> "PenDigits":
        """About `count` digits, spread over the writers; None: all."""
        step = max(1, len(self.labels) // (count or len(self.labels)))
        return self.take(np.arange(0, len(self.labels), step))

    def take(self, indices: NDArray[np.int64]) -> "PenDigits":
        """The digits at these indices."""
        drawings = tuple(self.drawings[index] for index in indices)
        return PenDigits(drawings, self.labels[indices], self.writers[indices])


def load() -> PenDigits:
    """Every digit of the file.

    Raises:
        DataError: a digit without a stroke, or a stroke without a point.
    """
    text = gzip.decompress(read(SOURCE)).decode("ascii")
    _, *fields = _SEGMENT.split(text)
    labels, writers, bodies = fields[::3], fields[1::3], fields[2::3]
    drawings = tuple(_drawing(body) for body in bodies)
    return PenDigits(drawings, np.array(labels, dtype=np.uint8), np.array(writers, dtype=np.int64))


def training() -> PenDigits:
    """The digits of the 20 other writers."""
    return load().by(frozenset(range(1, WRITERS + 1)) - TEST_WRITERS - VALIDATION_WRITERS)


def _drawing(body: str) -> Drawing:
    strokes = tuple(_stroke(points.split()) for points in _STROKE.findall(body))
    if not strokes:
        raise DataError(NO_STROKE, file=SOURCE.path)
    return strokes


def _stroke(numbers: list[str]) -> Stroke:
    if not numbers or len(numbers) % 2:
        raise DataError(NOT_PAIRS, file=SOURCE.path, count=len(numbers))
    return np.array(numbers, dtype=np.float64).reshape(-1, 2) * (1, -1)
