"""The ramps that the curve of a quantity is a sum of."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from functions.predire.student import SEMESTER_1, SEMESTER_2

Floats = NDArray[np.float64]
Ramp = tuple[float, float, bool]
"""Start and end, in the column's units, and whether it spans the whole range."""

SPREAD = 0.02
"""Smallest standard deviation of a useful ramp, in [0, 1]."""


def ramps_of(name: str, values: Floats, pieces: int) -> Iterator[Ramp]:
    """Choose the ramps of a quantity; a constant one has no ramp.

    Args:
        name: of the column.
        values: (n,), of the training data.
        pieces: largest number of linear pieces.
    """
    lowest, highest = float(np.min(values)), float(np.max(values))
    if lowest == highest:
        return
    yield lowest, highest, True
    knots = _knots(name, values, pieces) if len(np.unique(values)) > 2 else values[:0]
    for start, end in itertools.pairwise(knots):
        if np.clip((values - start) / (end - start), 0, 1).std() > SPREAD:
            yield start, end, False


def _knots(name: str, values: Floats, pieces: int) -> Floats:
    """Evenly spaced between usual values, plus 0, for counts and grades of a semester; else quantiles."""
    if name not in SEMESTER_1 + SEMESTER_2:
        return np.unique(np.quantile(values, np.linspace(0, 1, pieces + 1)))
    usual = values[values > 0] if name.endswith("_grade") else values
    low, high = np.quantile(usual, [0.01, 0.99]).tolist()
    return np.unique([0.0, *np.linspace(low, high, pieces + 1)])
