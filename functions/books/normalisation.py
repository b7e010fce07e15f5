"""Text normalisation for search: case, accents, ligatures and punctuation removed, in Unicode's NFKD form."""

import re
import unicodedata
from collections.abc import Iterable

_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ʼ": " "}
"""Letters that NFKD does not decompose, and an apostrophe that Unicode classes as a letter."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
_BETWEEN_WORDS = re.compile(r"(?:[^\w\n]|_)+")
_EDGES = re.compile(r" ?\n ?")


def normalise(text: str) -> str:
    """Lower-case words separated by one space: `L’ŒUVRE  d'Émile` becomes `l oeuvre d emile`."""
    return normalise_all([clean(text)])[0]


def normalise_all(texts: Iterable[str]) -> list[str]:
    """Normalise many texts at once, ten times faster than one by one.

    Args:
        texts: results of `clean`, so without line breaks. A text that is only punctuation stays as it is.
    """
    originals = list(texts)
    joined = unicodedata.normalize("NFKD", "\n".join(originals)).casefold()
    for letter, plain in _LETTERS.items():  # ten times faster than `translate`
        joined = joined.replace(letter, plain)
    joined = _BETWEEN_WORDS.sub(" ", _ACCENTS.sub("", joined))
    lines = _EDGES.sub("\n", joined).strip(" ").split("\n")
    return [line or original for line, original in zip(lines, originals, strict=True)]


def clean(text: str) -> str:
    """A text for display: without invisible characters, each run of white space as one space."""
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    return " ".join(text.split())
