"""How books are found: texts folded, and an index of them that finds what a plain search finds."""

import json
from collections.abc import Sequence

import pytest

from functions.books.catalogue import parse
from functions.books.folding import clean, fold, fold_all
from functions.books.index import Index, index


@pytest.mark.parametrize(
    ("text", "folded"),
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
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold_all(["x", text, "y"]) == ["x", folded, "y"]
    assert fold(folded) == folded


def test_cleaning() -> None:
    assert clean(" a\u00a0\t b\u202e\x00\ud800c \ufeff") == "a bc"


@pytest.mark.parametrize("word", ["a", "ab", "abc", "b a", "zzz"])
def test_index_finds_what_a_plain_search_finds(word: str) -> None:
    texts = ["abc", "", "b a b a", "ab", "abc", "c abc c", "a"] * 3
    found = index(texts).matching(word)
    assert found == [at for at, text in enumerate(texts) if word in text]
    assert index(texts).matching(word, range(3, 9)) == [at for at in found if 3 <= at < 9]
    assert index(texts).equal(word, found) == [at for at, text in enumerate(texts) if word == text]


def test_the_rarest_word_is_looked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a common one each hit would be gone to, before nearly all are left out again."""
    records = [{"id": number, "title": f"Livre {number}", "author": "Auteur commun"} for number in range(1000, 1200)]
    catalogue = parse(json.dumps(records).encode())
    looked: list[str] = []
    plain = Index.matching

    def matching(self: Index, word: str, among: Sequence[int] | None = None) -> list[int]:
        looked.append(word)
        return plain(self, word, among)

    monkeypatch.setattr(Index, "matching", matching)
    assert [catalogue.books[at].titre for at in catalogue.search("", "auteur 1150")] == ["Livre 1150"]
    assert looked[:2] == ["1150", "auteur"]
