"""Warnings of scikit-learn that say nothing to the user of a recipe."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

EXPECTED = (
    "The least populated class",  # rare classes: `trial` gives them a probability of 0 where a fold lacks them
    "lbfgs failed to converge",  # the weights are good long before the gradient is 0
    "Found unknown categories",
    "Bins whose width are too small",
)
"""First words of the warnings."""


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out the expected warnings."""
    with warnings.catch_warnings():
        for start in EXPECTED:
            warnings.filterwarnings("ignore", message=start)
        yield
