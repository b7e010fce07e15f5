"""Where the curve of a quantity may bend."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from functions.predire.student import SEMESTER_1, SEMESTER_2

Floats = NDArray[np.float64]
Ramp = tuple[float, float, bool]
"""Where it starts and ends, in the column's units, and whether it is the one over the whole range."""

SPREAD = 0.02
"""The least standard deviation of a ramp, in [0, 1], that anything can be learnt from."""


def ramps_of(name: str, values: Floats, pieces: int) -> Iterator[Ramp]:
    """The ramps that the curve of a quantity is the sum of, from its values (n,); none where it never varies."""
    lowest, highest = float(np.min(values)), float(np.max(values))
    if lowest == highest:
        return
    yield lowest, highest, True
    knots = _knots(name, values, pieces) if len(np.unique(values)) > 2 else values[:0]
    for start, end in itertools.pairwise(knots):
        if np.clip((values - start) / (end - start), 0, 1).std() > SPREAD:
            yield start, end, False


def _knots(name: str, values: Floats, pieces: int) -> Floats:
    """Of a semester's counts and grades, evenly spaced between the usual values, and 0; elsewhere at quantiles."""
    if name not in SEMESTER_1 + SEMESTER_2:
        return np.unique(np.quantile(values, np.linspace(0, 1, pieces + 1)))
    usual = values[values > 0] if name.endswith("_grade") else values
    low, high = np.quantile(usual, [0.01, 0.99]).tolist()
    return np.unique([0.0, *np.linspace(low, high, pieces + 1)])
