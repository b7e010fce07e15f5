"""How books are found: normalised texts, and an index of them that finds what a plain search finds."""

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
def test_normalisation(text: str, normalised: str) -> None:
    assert normalise(text) == normalised
    assert normalise_all(["x", text, "y"]) == ["x", normalised, "y"]
    assert normalise(normalised) == normalised


def test_cleaning() -> None:
    assert clean(" a\u00a0\t b\u202e\x00\ud800c \ufeff") == "a bc"


@pytest.mark.parametrize("word", ["a", "ab", "abc", "b a", "zzz"])
def test_index_finds_what_a_plain_search_finds(word: str) -> None:
    texts = ["abc", "", "b a b a", "ab", "abc", "c abc c", "a"] * 3
    found = build_index(texts).matching(word)
    assert found == [at for at, text in enumerate(texts) if word in text]
    assert build_index(texts).matching(word, range(3, 9)) == [at for at in found if 3 <= at < 9]
    assert build_index(texts).equal(word, found) == [at for at, text in enumerate(texts) if word == text]


def test_the_rarest_word_is_looked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a common one each hit would be gone to, before nearly all are left out again."""
    records = [{"id": number, "title": f"Livre {number}", "author": "Auteur commun"} for number in range(1000, 1200)]
    catalogue = parse(json.dumps(records).encode())
    looked: list[str] = []
    plain = SearchIndex.matching

    def matching(self: SearchIndex, word: str, among: Sequence[int] | None = None) -> list[int]:
        looked.append(word)
        return plain(self, word, among)

    monkeypatch.setattr(SearchIndex, "matching", matching)
    assert [catalogue.books[at].titre for at in catalogue.search("", "auteur 1150")] == ["Livre 1150"]
    assert looked[:2] == ["1150", "auteur"]
