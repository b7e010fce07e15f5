"""Counts the words of texts as scikit-learn's vectorizers do, to the bit, without scikit-learn.

`training.new.vectorizers` describes a fitted vectorizer as a `WordCounter`; the bundle has it as JSON.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_SPACES = re.compile(r"\s\s+")
_MASK = 0xFFFFFFFF
_CACHED_HASHES = 65_536


class WordCounter(Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """How a vectorizer makes counts of a text. The names are those of scikit-learn's parameters.

    Attributes:
        analyzer: `word`, `char`, or `char_wb`: characters within words.
        ngram_range: least and greatest number of words or characters in a row.
        token_pattern: regular expression of a word.
        lowercase: whether a text is lowered first.
        strip_accents: `unicode`, `ascii` or empty.
        stop_words: words that are left out.
        binary: whether a count is 1 at most.
        vocabulary: column of each word; empty for a hashing vectorizer.
        width: number of columns.
        hashing: whether a hash of the word is its column.
        alternate_sign: whether half of the hashed words count negatively.
    """

    analyzer: Literal["word", "char", "char_wb"]
    ngram_range: tuple[int, int]
    token_pattern: str
    lowercase: bool
    strip_accents: Literal["", "unicode", "ascii"]
    stop_words: frozenset[str]
    binary: bool
    vocabulary: dict[str, int]
    width: int
    hashing: bool = False
    alternate_sign: bool = False

    def counts(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """How often each text has each word: (texts, width)."""
        counts = np.zeros((len(texts), self.width))
        add = self._add_hashes if self.hashing else self._add_words
        for row, text in zip(counts, texts, strict=True):
            add(row, text)
        return counts

    def words(self, text: str) -> list[str]:
        """The words of a text, in order, with repetitions."""
        if self.lowercase:
            text = text.lower()
        if self.strip_accents:
            text = _STRIP[self.strip_accents](text)
        if self.analyzer == "word":
            return _grams_of_words(self._tokens(text), self.ngram_range)
        text = _SPACES.sub(" ", text)
        least, most = self.ngram_range
        if self.analyzer == "char":
            return [gram for n in range(least, most + 1) for gram in _grams(text, n)]
        return [gram for word in text.split() for gram in _padded_grams(f" {word} ", least, most)]

    def _tokens(self, text: str) -> list[str]:
        tokens: list[str] = self._find(text)
        return [token for token in tokens if token not in self.stop_words] if self.stop_words else tokens

    @functools.cached_property
    def _find(self) -> Callable[[str], list[str]]:
        return re.compile(self.token_pattern).findall

    def _add_words(self, row: NDArray[np.float64], text: str) -> None:
        columns = [column for column in map(self.vocabulary.get, self.words(text)) if column is not None]
        if self.binary:
            row[columns] = 1.0
        else:
            np.add.at(row, columns, 1.0)

    def _add_hashes(self, row: NDArray[np.float64], text: str) -> None:
        hashes = list(map(murmurhash3, self.words(text)))
        columns = [abs(number) % self.width for number in hashes]
        if self.binary:
            row[columns] = 1.0
        else:
            signs = [1.0 if number >= 0 or not self.alternate_sign else -1.0 for number in hashes]
            np.add.at(row, columns, signs)


def _grams_of_words(tokens: list[str], ngram_range: tuple[int, int]) -> list[str]:
    least, most = ngram_range
    if most == 1:
        return tokens
    return [" ".join(tokens[at : at + n]) for n in range(least, most + 1) for at in range(len(tokens) - n + 1)]


def _grams(text: str, n: int) -> list[str]:
    return [text[at : at + n] for at in range(len(text) - n + 1)]


def _padded_grams(word: str, least: int, most: int) -> Iterator[str]:
    """The runs of characters of a word between spaces; a word shorter than a run counts once, whole."""
    for n in range(least, most + 1):
        if n >= len(word):
            yield word
            return
        yield from _grams(word, n)


def _strip_unicode(text: str) -> str:
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _strip_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


_STRIP = {"unicode": _strip_unicode, "ascii": _strip_ascii}


@functools.lru_cache(_CACHED_HASHES)
def murmurhash3(word: str) -> int:
    """MurmurHash3 (32 bits, x86, seed 0) of a word in UTF-8, as a signed integer. Source: Austin Appleby's smhasher."""
    data = word.encode()
    state = 0
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        state = (((state << 13) | (state >> 19)) * 5 + 0xE6546B64) & _MASK
    if tail := data[whole:]:
        state ^= _mixed(int.from_bytes(tail, "little"))
    state ^= len(data)
    state = ((state ^ (state >> 16)) * 0x85EBCA6B) & _MASK
    state = ((state ^ (state >> 13)) * 0xC2B2AE35) & _MASK
    state ^= state >> 16
    return state - (1 << 32) if state >> 31 else state


def _mixed(block: int) -> int:
    block = (block * 0xCC9E2D51) & _MASK
    block = ((block << 15) | (block >> 17)) & _MASK
    return (block * 0x1B873593) & _MASK
