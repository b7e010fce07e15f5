"""Texts in which words are looked for: one long string, in which Python's own search runs from hit to hit."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

SHORT = 2
"""Letters that are in most texts: looking into each text is faster then than going from hit to hit."""


class Index(msgspec.Struct, frozen=True):
    """Folded texts, one a line.

    Attributes:
        lines: all of them, each with its line break.
        starts: where each begins in `lines`, and where the last one ends.
    """

    lines: str
    starts: Sequence[int]

    def matching(self, word: str, among: Sequence[int] | None = None) -> list[int]:
        """Which texts have `word` in them, in their order; of those `among`, where that is given."""
        if among is None and len(word) > SHORT:
            return self._from_hit_to_hit(word)
        find, starts = self.lines.find, self.starts
        if among is None:
            among = range(len(starts) - 1)
        return [at for at in among if find(word, starts[at], starts[at + 1]) >= 0]

    def hits(self, word: str) -> int:
        """How often `word` is in the texts: a fifth of the time that it takes to tell in which."""
        return self.lines.count(word)

    def equal(self, text: str, among: Sequence[int]) -> list[int]:
        """Which texts are `text`, of those `among` that have it in them."""
        starts, length = self.starts, len(text) + 1
        return [at for at in among if starts[at + 1] - starts[at] == length]

    def _from_hit_to_hit(self, word: str) -> list[int]:
        find, starts = self.lines.find, self.starts
        found, place = [], find(word)
        while place >= 0:
            following = bisect_right(starts, place)
            found.append(following - 1)
            place = find(word, starts[following])
        return found


def index(texts: Iterable[str]) -> Index:
    """An index of texts without line breaks."""
    lines = [f"{text}\n" for text in texts]
    return Index("".join(lines), [*accumulate(map(len, lines), initial=0)])
