"""Pen strokes: 7,494 digits that 30 people wrote on a tablet, as the points where the pen passed.

Source: Alpaydin, Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI 81, doi:10.24432/C5MG6K, CC BY 4.0.
Format: UNIPEN text. A `.SEGMENT DIGIT` line carries the digit in quotes, the `.COMMENT` after it the digit, the writer
and the sample; each stroke is one ` x  y` line a point between `.PEN_DOWN` and `.PEN_UP`, with y pointing up.
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
LEFT_OUT = frozenset(range(5, WRITERS + 1, 5))
"""The six writers of the reported figures: every fifth one, named before any model was trained."""
HELD_BACK = frozenset((3, 9, 16, 22))
"""The four writers that choices are made on."""

_SEGMENT = re.compile(r'^\.SEGMENT DIGIT [^"\n]*"(\d)"\s*^\.COMMENT\s+\d+\s+(\d+)', re.MULTILINE)
_STROKE = re.compile(r"^\.PEN_DOWN\s*$(.*?)^\.PEN_UP", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """`drawings` of n digits, `labels` (n,) uint8, `writers` (n,) from 1 to 30."""

    drawings: tuple[Drawing, ...]
    labels: NDArray[np.uint8]
    writers: NDArray[np.int64]

    def by(self, writers: frozenset[int]) -> "Written":
        """What these people wrote."""
        return self.at(np.flatnonzero(np.isin(self.writers, sorted(writers))))

    def some(self, count: int | None) -> "Written":
        """As many digits, spread over the writers; all of them for None."""
        step = max(1, len(self.labels) // (count or len(self.labels)))
        return self.at(np.arange(0, len(self.labels), step))

    def at(self, places: NDArray[np.int64]) -> "Written":
        """The digits at these places."""
        return Written(tuple(self.drawings[place] for place in places), self.labels[places], self.writers[places])


def load() -> Written:
    """Every digit of the file.

    Raises:
        DataError: a digit has no stroke, or a stroke no point.
    """
    text = gzip.decompress(read(SOURCE)).decode("ascii")
    _, *parts = _SEGMENT.split(text)
    labels, writers, bodies = parts[::3], parts[1::3], parts[2::3]
    drawings = tuple(_drawing(body) for body in bodies)
    return Written(drawings, np.array(labels, dtype=np.uint8), np.array(writers, dtype=np.int64))


def training() -> Written:
    """The digits of the 20 writers that are neither held back nor left out."""
    return load().by(frozenset(range(1, WRITERS + 1)) - LEFT_OUT - HELD_BACK)


def _drawing(body: str) -> Drawing:
    strokes = tuple(_stroke(points.split()) for points in _STROKE.findall(body))
    if not strokes:
        raise DataError(f"{SOURCE.path} : un chiffre sans trait.")
    return strokes


def _stroke(numbers: list[str]) -> Stroke:
    if not numbers or len(numbers) % 2:
        raise DataError(f"{SOURCE.path} : attendu des couples de coordonnées, reçu {len(numbers)} nombres.")
    return np.array(numbers, dtype=np.float64).reshape(-1, 2) * (1, -1)
