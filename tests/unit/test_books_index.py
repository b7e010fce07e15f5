"""Search of books: text folding, and an index that agrees with a linear search."""

import json
from collections.abc import Sequence

import pytest

from functions.books.catalogue import parse
from functions.books.normalisation import clean, normalise, normalise_all
from functions.books.search_index import SearchIndex, build_index


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("L’ŒUVRE  d'Émile", "l oeuvre d emile"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Ⅳ ﬁn", "iv fin"),
        ("aujourdʼhui", "aujourd hui"),
        ("a_b-c.d", "a b c d"),
        ("Ħ & Łódź", "ħ lodz"),
        ("???", "???"),
        ("", ""),
    ],
)
def test_normalise_removes_case_accents_and_punctuation(text: str, normalised: str) -> None:
    assert normalise(text) == normalised
    assert normalise_all(["x", text, "y"]) == ["x", normalised, "y"]
    assert normalise(normalised) == normalised


def test_clean_collapses_spaces_and_drops_control_characters() -> None:
    assert clean(" a\u00a0\t b\u202e\x00\ud800c \ufeff") == "a bc"


@pytest.mark.parametrize("word", ["a", "ab", "abc", "b a", "zzz"])
def test_the_index_agrees_with_a_linear_search(word: str) -> None:
    texts = ["abc", "", "b a b a", "ab", "abc", "c abc c", "a"] * 3
    matches = build_index(texts).matching(word)
    assert matches == [position for position, text in enumerate(texts) if word in text]
    assert build_index(texts).matching(word, range(3, 9)) == [position for position in matches if 3 <= position < 9]
    assert build_index(texts).equal(word, matches) == [position for position, text in enumerate(texts) if word == text]


def test_the_rarest_word_is_searched_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting with a common word would visit each of its matches and then drop nearly all of them."""
    records = [{"id": number, "title": f"Livre {number}", "author": "Auteur commun"} for number in range(1000, 1200)]
    catalogue = parse(json.dumps(records).encode())
    searched: list[str] = []
    original_matching = SearchIndex.matching

    def matching(self: SearchIndex, word: str, among: Sequence[int] | None = None) -> list[int]:
        searched.append(word)
        return original_matching(self, word, among)

    monkeypatch.setattr(SearchIndex, "matching", matching)
    assert [catalogue.books[position].titre for position in catalogue.search("", "auteur 1150")] == ["Livre 1150"]
    assert searched[:2] == ["1150", "auteur"]
