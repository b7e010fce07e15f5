"""A fair sample of rows that come one by one, in bounded memory."""

import math
import random
from typing import Generic, TypeVar

T = TypeVar("T")

SEED = 0
"""The same file gives the same sample each time."""


class Reservoir(Generic[T]):
    """At most `size` of the items that were offered, each with the same chance, in the order of their coming.

    Source: Li, "Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n)))", ACM TOMS 20, 1994, algorithm L.

    Attributes:
        offered: how many items came so far.
        wanted: the number, from 0 on, of the next item that must be given to `take`; the others need not be looked at.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.offered = 0
        self.wanted = 0
        self._kept: list[tuple[int, T]] = []
        self._random = random.Random(SEED)  # noqa: S311  # a sample, no secret
        self._weight = 1.0

    def offer(self, item: T) -> None:
        """Count an item, and keep it if its turn has come."""
        if self.offered == self.wanted:
            self._take(item)
        self.offered += 1

    def _take(self, item: T) -> None:
        if len(self._kept) < self.size:
            self._kept.append((self.offered, item))
        else:
            self._kept[self._random.randrange(self.size)] = (self.offered, item)
        self.wanted += 1
        if len(self._kept) == self.size:
            self._weight *= self._chance() ** (1 / self.size)
            self.wanted += int(math.log(self._chance()) / math.log1p(-self._weight))

    def _chance(self) -> float:
        """A number between 0 and 1, both left out."""
        return self._random.random() or 0.5

    def items(self) -> list[T]:
        """What was kept."""
        return [item for _, item in sorted(self._kept, key=lambda pair: pair[0])]
