"""A uniform random sample of a stream, in bounded memory."""

import math
import random
from typing import Generic, TypeVar

T = TypeVar("T")

SEED = 0
"""Seed of the random generator: a file gives the same sample each time."""


class Reservoir(Generic[T]):
    """At most `size` of the offered items, each with the same probability, in the order in which they were offered.

    Source: Li, "Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n)))", ACM TOMS 20, 1994, algorithm L.

    Attributes:
        offered: number of items offered so far.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.offered = 0
        self._next = 0  # index of the next offered item to keep
        self._sample: list[tuple[int, T]] = []
        self._random = random.Random(SEED)  # noqa: S311  # a sample, no secret
        self._weight = 1.0

    def offer(self, item: T) -> None:
        """Count an item, and keep it if the algorithm selects it."""
        if self.offered == self._next:
            self._keep(item)
        self.offered += 1

    def _keep(self, item: T) -> None:
        if len(self._sample) < self.size:
            self._sample.append((self.offered, item))
        else:
            self._sample[self._random.randrange(self.size)] = (self.offered, item)
        self._next += 1
        if len(self._sample) == self.size:
            self._weight *= self._uniform() ** (1 / self.size)
            self._next += int(math.log(self._uniform()) / math.log1p(-self._weight))

    def _uniform(self) -> float:
        """A random number in (0, 1), both ends excluded."""
        return self._random.random() or 0.5

    def items(self) -> list[T]:
        """The sample."""
        return [item for _, item in sorted(self._sample, key=lambda pair: pair[0])]
