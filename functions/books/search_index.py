"""A substring index: all texts in one long string, searched by `str.find`."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

SHORT_WORD = 2
"""Length, in letters, up to which a word is in most texts: searching text by text is then faster."""


class SearchIndex(msgspec.Struct, frozen=True):
    """Normalised texts, one per line.

    Attributes:
        lines: all texts, each followed by a line break.
        starts: offset of each text in `lines`, then the length of `lines`.
    """

    lines: str
    starts: Sequence[int]

    def matching(self, word: str, among: Sequence[int] | None = None) -> list[int]:
        """Positions of the texts that contain `word`, in order; restricted to `among` if given."""
        if among is None and len(word) > SHORT_WORD:
            return self._scan(word)
        find, starts = self.lines.find, self.starts
        if among is None:
            among = range(len(starts) - 1)
        return [position for position in among if find(word, starts[position], starts[position + 1]) >= 0]

    def occurrences(self, word: str) -> int:
        """Number of occurrences of `word` in all texts; five times faster than `matching`."""
        return self.lines.count(word)

    def equal(self, text: str, among: Sequence[int]) -> list[int]:
        """Positions of the texts equal to `text`, out of `among`, which must all contain it."""
        starts, length = self.starts, len(text) + 1
        return [position for position in among if starts[position + 1] - starts[position] == length]

    def _scan(self, word: str) -> list[int]:
        find, starts = self.lines.find, self.starts
        positions, offset = [], find(word)
        while offset >= 0:
            following = bisect_right(starts, offset)
            positions.append(following - 1)
            offset = find(word, starts[following])
        return positions


def build_index(texts: Iterable[str]) -> SearchIndex:
    """An index of texts that have no line breaks."""
    lines = [f"{text}\n" for text in texts]
    return SearchIndex("".join(lines), [*accumulate(map(len, lines), initial=0)])
