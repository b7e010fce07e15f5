"""Public catalogues as they are, through the real loader: file formats, field names, broken records."""

import contextlib
import html
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.books import formats
from tests.catalogues import TITLES, dirty
from tests.client import Client

Load = Callable[..., Client]
BOOKS = [
    {"_id": {"$oid": "5f00"}, "title": "L’Étranger", "authors": ["Albert Camus"], "year": 1942},
    {"_id": 2, "titre": "Œuvres", "auteur": "Louise Labé", "annee": "1555"},
    {"titre": "Les Misérables", "auteur": "Victor Hugo", "annee": 1862},
]
EXPECTED = ["L’Étranger", "Œuvres", "Les Misérables"]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: Callable[[str], Client]) -> Load:
    """Serve this content as the catalogue."""

    def load(content: bytes | object) -> Client:
        file = tmp_path / "livres.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        monkeypatch.setenv("BOOKS_URI", str(file))
        return function("books")

    return load


def titles(client: Client) -> list[str]:
    return [book["titre"] for book in client.get("/api/books?par_page=100").get_json()["livres"]]


def only_book(client: Client) -> dict[str, Any]:
    """The one book that is served."""
    books: list[dict[str, Any]] = client.get("/api/books").get_json()["livres"]
    [book] = books
    return book


def readiness(client: Client) -> dict[str, Any]:
    facts: dict[str, Any] = client.get("/health/ready").get_json()
    return facts


def test_dirty_records_are_mended_or_skipped_and_counted(serve: Load, capfd: pytest.CaptureFixture[str]) -> None:
    records, skipped, mended = dirty()
    assert len(records) == 400
    client = serve(records)
    facts = readiness(client)
    assert (facts["source"], facts["books"]) == ("file", 400 - skipped.total())
    assert (facts["skipped"], facts["mended"]) == (dict(skipped), dict(mended))
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert line["severity"] == "WARNING"
    assert line["message"].endswith(
        "livres.json: 345 books; skipped 55 (duplicate 35, no_title 9, not_an_object 5, wrong_title 6); "
        "mended 45 (author 10, id 20, year 15)"
    )
    listed = [client.get(f"/api/books?par_page=100&page={page}").get_json()["livres"] for page in (1, 2, 3, 4)]
    books = [book for page in listed for book in page]
    assert len({book["id"] for book in books}) == len(books) == 345
    assert all(client.get(f"/api/books/{book['id']}").get_json() == book for book in books)
    for title in TITLES:
        assert client.get(f"/api/books/titre/{title}").get_json()["total"] >= 10


ARRAY = json.dumps(BOOKS, ensure_ascii=False)
LINES = "\n".join(json.dumps(book, ensure_ascii=False) for book in BOOKS)


@pytest.mark.parametrize(
    "content",
    [
        ARRAY.encode(),
        ARRAY.encode("utf-8-sig"),
        ARRAY.encode("utf-16"),
        ARRAY.encode("cp1252"),
        json.dumps({"books": BOOKS}).encode(),
        json.dumps({"name": "x", "total": 3, "response": {"facets": [{"a": 1}] * 9, "docs": BOOKS}}).encode(),
        json.dumps([{"recordid": f"r{at}", "fields": book} for at, book in enumerate(BOOKS)]).encode(),
        LINES.encode(),
        f"\n{LINES}\n\n".replace("\n", "\r\n").encode("cp1252"),
        "\n".join(json.dumps(book, indent=2) for book in BOOKS).encode(),
        ARRAY.replace('"year"', '"note": NaN, "year"').encode(),
        json.dumps({"note": float("nan"), "books": BOOKS}).encode(),
        json.dumps({"-Na": BOOKS[0], "-Nb": BOOKS[1], "-Nc": BOOKS[2]}).encode(),
        json.dumps({"total": 3, "books": {str(at): book for at, book in enumerate(BOOKS)}}).encode(),
    ],
    ids=[
        "array",
        "byte order mark",
        "utf-16",
        "cp1252",
        "object",
        "nested",
        "fields",
        "lines",
        "windows",
        "pretty",
        "nan",
        "object with nan",
        "keys",
        "keys in an object",
    ],
)
def test_every_file_format_is_read(serve: Load, content: bytes) -> None:
    client = serve(content)
    assert titles(client) == EXPECTED
    assert readiness(client)["skipped"] == {}
    assert client.get("/api/books/5f00").status_code == 200


@pytest.mark.parametrize(
    ("content", "expected", "lost"),
    [
        (ARRAY[:-1].encode(), EXPECTED, 0),
        (ARRAY[: ARRAY.index('"Œuvres"') + 5].encode(), EXPECTED[:1], 1),
        (LINES.replace('"titre": "Œ', '"titre": Œ').encode(), [EXPECTED[0], EXPECTED[2]], 1),
        (f"// exported\n{LINES}\nthe end".encode(), EXPECTED, 2),
        (f"[\n{LINES.replace(chr(10), ',' + chr(10))},\n]".encode(), EXPECTED, 0),
        (b'{"title": "\xff", "_id": 1}\n{"title": "\\ud800"}\n' + LINES.encode("cp1252"), ["ÿ", *EXPECTED], 0),
    ],
    ids=["no end", "cut", "broken line", "comments", "commas", "bytes"],
)
def test_a_broken_file_keeps_its_readable_records(serve: Load, content: bytes, expected: list[str], lost: int) -> None:
    client = serve(content)
    assert titles(client) == expected
    assert readiness(client)["skipped"].get("unreadable", 0) == lost


def test_broken_lines_are_read_in_linear_time() -> None:
    def seconds(lines: int) -> float:
        content = b'{"title": "x\n' * lines + b'{"title": "y"}'
        start = time.thread_time()
        assert len(list(formats.read_records(content, bool))) == lines + 1
        return time.thread_time() - start

    assert seconds(48_000) < 24 * seconds(6_000)


def test_nan_counts_as_a_missing_value(serve: Load) -> None:
    nan = float("nan")
    client = serve([{"title": nan, "author": "a"}, {"title": "x", "author": nan, "year": nan, "subject": nan}])
    assert (readiness(client)["skipped"], readiness(client)["mended"]) == ({"no_title": 1}, {"id": 1})
    assert (only_book(client)["titre"], only_book(client)["auteurs"], only_book(client)["sujets"]) == ("x", [], [])


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"_id": {"$oid": "ab"}, "title": "x"}, {"id": "ab"}),
        ({"_id": {"$numberInt": "5"}, "title": "x"}, {"id": "5"}),
        ({"_id": {"$oid": "ab"}, "id": 7, "title": "x"}, {"id": "7"}),
        ({"_id": 5.0, "title": "x"}, {"id": "5"}),
        ({"id": "ark:/12148/cb1", "title": "x"}, {"id": "ark:/12148/cb1"}),
        ({"title": 1984}, {"titre": "1984"}),
        ({"title": "\u202eA \x00 B\n\tC\u00a0\ufeff"}, {"titre": "A B C"}),
        ({"titre": "", "Title": "y"}, {"titre": "y"}),
        ({"TITRE": ["z", "w"]}, {"titre": "z"}),
        ({"title": "x", "author": "Jacob Grimm ; Wilhelm Grimm"}, {"auteurs": ["Jacob Grimm", "Wilhelm Grimm"]}),
        ({"title": "x", "authors": ["A", "", None, "A", {"name": "B"}]}, {"auteurs": ["A", "B"]}),
        ({"title": "x", "creator": {"nom": "C"}}, {"auteurs": ["C"]}),
        ({"title": "x", "authors": [f"a{at}" for at in range(30)]}, {"auteurs": [f"a{at}" for at in range(20)]}),
        ({"title": "x", "publishedDate": {"$date": "2009-04-01T00:00:00.000-0700"}}, {"annee": 2009}),
        ({"title": "x", "publishedDate": {"$date": {"$numberLong": "-3408004800000"}}}, {"annee": 1862}),
        ({"title": "x", "publishedDate": {"$date": -3408004800000}}, {"annee": 1862}),
        ({"title": "x", "date": "Paris, 12/04/1862"}, {"annee": 1862}),
        ({"title": "x", "year": "-19"}, {"annee": -19}),
        ({"title": "x", "year": 1862.0}, {"annee": 1862}),
        ({"title": "x", "Année d'édition": "1862"}, {"annee": 1862}),
        ({"title": "x", "lang": "fr", "tags": ["a", "b"]}, {"langue": "fr", "sujets": ["a", "b"]}),
        ({"title": "x", "\nlan\ngue\n": "fr", "": 1}, {"langue": "fr"}),
        ({"title": "x", "langue": None}, {"langue": None, "sujets": [], "auteurs": [], "annee": None}),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_field_names_and_types_are_normalised(serve: Load, record: object, expected: dict[str, Any]) -> None:
    book = only_book(serve([record]))
    assert {name: book[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"year": "inconnue"}, "year"),
        ({"year": 18.62}, "year"),
        ({"year": 99999}, "year"),
        ({"year": {"$date": {"$numberLong": "9" * 30}}}, "year"),
        ({"year": {"$date": "x"}}, "year"),
        ({"year": True}, "year"),
        ({"year": 10**30}, "year"),
        ({"authors": [[[[[["deep"]]]]]]}, "author"),
        ({"authors": {"a": 1}}, "author"),
        ({"langue": {"a": 1}}, "language"),
        ({"tags": [False]}, "subject"),
    ],
    ids=str,
)
def test_an_unusable_field_is_dropped_and_counted(serve: Load, record: dict[str, Any], field: str) -> None:
    assert readiness(serve([{"_id": 1, "title": "x", **record}]))["mended"] == {field: 1}


@pytest.mark.parametrize("identifier", ["", True, "..", "a/../b", "titre/x", "/", "x" * 201, {"a": 1}], ids=str)
def test_an_identifier_unfit_for_a_path_is_replaced(serve: Load, identifier: object) -> None:
    client = serve([{"_id": identifier, "title": "x"}])
    assert readiness(client)["mended"] == {"id": 1}
    assert client.get(f"/api/books/{only_book(client)['id']}").status_code == 200


def test_generated_identifiers_do_not_depend_on_order_or_file(serve: Load) -> None:
    books = [{"title": f"Livre {number}", "author": "Zoé", "year": 1900 + number} for number in range(5)]
    identifiers = {book["titre"]: book["id"] for book in serve(books).get("/api/books").get_json()["livres"]}
    reordered = [{"titre": book["title"], "auteur": book["author"], "annee": book["year"]} for book in reversed(books)]
    other_identifiers = {
        book["titre"]: book["id"]
        for book in serve([{"title": "autre"}, *reordered]).get("/api/books").get_json()["livres"]
    }
    assert len(set(identifiers.values())) == 5
    assert identifiers.items() <= other_identifiers.items()


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"_id": 1, "title": "X", "author": "A"}, {"_id": 1, "title": "x ", "author": "a"}], 1),
        ([{"_id": 1, "title": "Été", "author": "A"}, {"_id": 2, "title": "ete", "author": "a"}], 1),
        ([{"title": "X"}, {"title": "x"}], 1),
        ([{"_id": 1, "title": "Poésies"}, {"_id": 2, "title": "Poésies"}], 2),
        ([{"_id": 1, "title": "X", "author": "A"}, {"_id": 1, "title": "Y", "author": "A"}], 2),
        ([{"title": "X", "author": "A", "year": 1900}, {"title": "X", "author": "A", "year": 1901}], 2),
        ([{"title": "X", "author": "A", "lang": "fr"}, {"title": "X", "author": "A", "lang": "en"}], 2),
        ([{"_id": 1, "title": "X"}, {"_id": 1, "title": "X", "author": "A"}], 1),
    ],
)
def test_duplicates_are_served_once(serve: Load, records: list[object], expected: int) -> None:
    facts = readiness(serve(records))
    assert facts["books"] == expected
    assert facts["skipped"].get("duplicate", 0) == len(records) - expected


def test_results_rank_the_exact_title_then_partial_titles_then_other_fields(serve: Load) -> None:
    weaker_matches = [{"title": "Le retour", "author": "Claire Vie"}, {"title": "Nuit", "subject": "vie rurale"}]
    client = serve(
        [weaker_matches[0], {"title": "Une vie"}, {"title": "VIE"}, {"title": "La Vie, tome 2"}, weaker_matches[1]]
    )

    def search(query: str) -> list[str]:
        return [book["titre"] for book in client.get(f"/api/books?{query}").get_json()["livres"]]

    assert search("titre=vie") == ["VIE", "Une vie", "La Vie, tome 2"]
    assert search("q=Vie") == ["VIE", "Une vie", "La Vie, tome 2", "Le retour", "Nuit"]
    assert search("q=vie&par_page=1&page=5") == ["Nuit"]
    assert search("q=vie%20claire") == ["Le retour"]
    assert search("titre=vie&q=tome") == ["La Vie, tome 2"]
    assert search("titre=v") == ["Une vie", "VIE", "La Vie, tome 2"]


def test_links_of_long_texts_find_the_book(serve: Load) -> None:
    client = serve([{"title": "mot " * 99, "author": "nom " * 99, "subject": "genre " * 99}])
    page = client.get("/").text + client.get("/recherche").text
    links = set(re.findall(r'href="\./((?:recherche|api/books)[?/][^"]*)"', page))
    assert len(links) == 6
    assert {client.get(f"/{html.unescape(link)}").status_code for link in links} == {200}
    assert {"1 livre" in client.get(f"/{link}").text for link in links if link.startswith("recherche")} == {True}


def test_html_in_records_is_escaped(serve: Load) -> None:
    title = "<script>alert('&amp;')</script>"
    client = serve([{"_id": '"><b>', "title": title, "author": "<b>", "subject": '" onclick="x', "langue": "<i>"}])
    assert only_book(client)["titre"] == title
    page = client.get("/recherche?q=script").text
    assert "&lt;script&gt;alert(&#39;&amp;amp;&#39;)&lt;/script&gt;" in page
    assert not [tag for tag in ("<script", "<b>", "<i>", '" onclick') if tag in page]
    assert "<script" not in client.get("/").text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "aucun livre dans ce catalogue, sur 0 enregistrement(s)"),
        (b"[]", "aucun livre dans ce catalogue, sur 0 enregistrement(s)"),
        (b"<html>{</html>", "aucun livre dans ce catalogue, sur 1 enregistrement(s)"),
        (b'["Les Mis\xe9rables", "Germinal"]', "aucun livre dans ce catalogue, sur 2 enregistrement(s)"),
        (b"[" * 100_000, "aucun livre dans ce catalogue, sur 0 enregistrement(s)"),
        (b'{"a":' * 100_000, "aucun livre dans ce catalogue, sur 1 enregistrement(s)"),
        (b" " * (32 * 1024 * 1024 + 1), "attendu : 33554432 octets au plus, reçu : davantage"),
    ],
    ids=["empty", "no record", "html", "texts", "brackets", "braces", "too large"],
)
@pytest.mark.usefixtures("french")
def test_a_catalogue_without_a_book_stops_the_start_with_one_sentence(serve: Load, content: bytes, reason: str) -> None:
    with pytest.raises(SystemExit) as excinfo:
        serve(content)
    assert str(excinfo.value.code).startswith("BOOKS_URI : /")
    assert str(excinfo.value.code).endswith(f"livres.json : {reason}")


@pytest.mark.usefixtures("french")
def test_a_missing_file_stops_the_start(function: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKS_URI", "nulle/part.json")
    with pytest.raises(SystemExit) as excinfo:
        function("books")
    assert excinfo.value.code == "BOOKS_URI : nulle/part.json : illisible : No such file or directory"


@pytest.mark.usefixtures("french")
def test_reading_a_file_without_an_end_times_out(
    function: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "tube")
    monkeypatch.setenv("BOOKS_URI", str(tmp_path / "tube"))
    monkeypatch.setenv("MODEL_PULL_SECONDS", "0.2")
    start = time.monotonic()
    try:
        with pytest.raises(SystemExit) as excinfo:
            function("books")
        assert "n'a pas répondu à temps" in str(excinfo.value.code)
        assert time.monotonic() - start < 20
    finally:
        with contextlib.suppress(OSError):  # the thread may have ended
            os.close(os.open(tmp_path / "tube", os.O_WRONLY | os.O_NONBLOCK))  # ends the thread that reads
