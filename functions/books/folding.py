"""Texts as they are compared: without case, accents, ligatures, punctuation, in Unicode's compatibility form."""

import re
import unicodedata
from collections.abc import Iterable

_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ʼ": " "}
"""What Unicode does not take apart; and an apostrophe that counts as a letter."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
_BETWEEN_WORDS = re.compile(r"(?:[^\w\n]|_)+")
_EDGES = re.compile(r" ?\n ?")


def fold(text: str) -> str:
    """`L’ŒUVRE  d'Émile` and `l oeuvre d emile` are one: words in lower case with one space between."""
    return fold_all([clean(text)])[0]


def fold_all(texts: Iterable[str]) -> list[str]:
    """The same of many texts, in one piece: a tenth of the time.

    Args:
        texts: clean, and so without line breaks. One that is all punctuation stays as it is.
    """
    kept = list(texts)
    folded = unicodedata.normalize("NFKD", "\n".join(kept)).casefold()
    for letter, plain in _LETTERS.items():  # a tenth of the time of `translate`
        folded = folded.replace(letter, plain)
    folded = _BETWEEN_WORDS.sub(" ", _ACCENTS.sub("", folded))
    lines = _EDGES.sub("\n", folded).strip(" ").split("\n")
    return [line or text for line, text in zip(lines, kept, strict=True)]


def clean(text: str) -> str:
    """A text for people: what cannot be seen is taken out, white space is single spaces."""
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    return " ".join(text.split())
