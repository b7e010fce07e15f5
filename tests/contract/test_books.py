"""The routes of `books` with the project's own catalogue, through the real loader."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from markupsafe import escape

from tests.client import Client
from tests.conftest import Lines
from tests.replay import ROOT

CATALOGUE = json.loads((ROOT / "functions/books/books.json").read_text("utf-8"))
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def books(function: Callable[[str], Client]) -> Client:
    """The function with the project's own catalogue."""
    return function("books")


def titles(client: Client, url: str) -> list[str]:
    """The titles on a page of results, in order."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return [book["titre"] for book in answer.get_json()["livres"]]


def links(client: Client, url: str) -> dict[str, str]:
    """The URLs of the Link header, by relation."""
    header = client.get(url).headers["Link"]
    return {name: urljoin(url, target) for target, name in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that a response is a problem of this status and code; returns its body."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    body: dict[str, Any] = answer.get_json()
    assert (body["code"], body["error"], body["request_id"]) == (
        code,
        body["detail"],
        answer.headers["X-Request-Id"],
    )
    return body


def test_the_catalogue_holds_old_books_in_many_languages() -> None:
    assert len(CATALOGUE) >= 60
    assert [book["id"] for book in CATALOGUE] == list(range(1, len(CATALOGUE) + 1))
    assert len({book["title"] for book in CATALOGUE}) == len(CATALOGUE)
    assert {type(book["year"]) for book in CATALOGUE} == {int}
    assert all(1500 < book["year"] < 1931 for book in CATALOGUE)  # an author who died late may still hold rights
    languages = [book["language"] for book in CATALOGUE]
    assert languages.count("fr") > len(CATALOGUE) / 2
    assert len(set(languages)) >= 8


def test_every_book_of_the_catalogue_is_served_unchanged(books: Client) -> None:
    assert books.get("/health/ready").get_json() == {
        "status": "ready",
        "source": "embedded",
        "version": books.get("/health/ready").get_json()["version"],
        "books": len(CATALOGUE),
        "skipped": {},
        "mended": {},
    }
    for book in CATALOGUE:
        authors = book["author"] if isinstance(book["author"], list) else [book["author"]]
        assert books.get(f"/api/books/{book['id']}").get_json() == {
            "id": str(book["id"]),
            "titre": book["title"],
            "auteurs": authors,
            "annee": book["year"],
            "langue": book["language"],
            "sujets": [book["subject"]],
        }


def test_hello_greets_and_escapes_the_name(books: Client) -> None:
    assert (books.get("/hello").text, books.get("/hello").content_type) == (
        "hello DC",
        "text/plain; charset=utf-8",
    )
    page = books.get("/hello/Zo%C3%A9").text
    assert "<h1>hello Zoé</h1>" in page
    escaped = books.get(f"/hello/{quote('<script>alert(1)</script>', safe='')}").text
    assert "<h1>hello &lt;script&gt;alert(1)&lt;/script&gt;</h1>" in escaped
    assert "<script" not in escaped


def test_home_is_titled_hello_my_app(books: Client) -> None:
    page = books.get("/").text
    assert "<title>hello my app</title>" in page
    assert f"{len(CATALOGUE)} livres" in page
    assert f"{len(CATALOGUE)} books" in books.get("/", headers=ENGLISH).text
    assert '<html lang="en">' in books.get("/", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("les misérables", "Les Misérables"),
        ("LES MISERABLES", "Les Misérables"),
        ("miserables", "Les Misérables"),
        ("oeuvres", "Œuvres"),
        ("ŒUVRES", "Œuvres"),
        ("l'education sentimentale", "L'Éducation sentimentale"),
        ("L’Éducation", "L'Éducation sentimentale"),
        ("l education", "L'Éducation sentimentale"),
        ("  bel   ami ", "Bel-Ami"),
        ("philosophiae", "Philosophiæ naturalis principia mathematica"),
        ("мертвые ДУШИ", "Мёртвые души"),
    ],
)
def test_search_ignores_case_accents_ligatures_and_apostrophes(books: Client, query: str, title: str) -> None:
    urls = (f"/api/books?titre={quote(query)}", f"/api/books/titre/{quote(query)}", f"/api/books?q={quote(query)}")
    for url in urls:
        assert titles(books, url)[0] == title
    page = books.get(f"/recherche?q={quote(query)}").text
    assert f">{escape(title)}</span>" in page


def test_an_exact_title_comes_before_titles_that_contain_it(books: Client) -> None:
    expected = [book["title"] for book in CATALOGUE if "vie" in book["title"].lower()]
    assert "Une vie" in expected
    assert titles(books, "/api/books?titre=une%20vie") == ["Une vie"]
    exact = titles(books, "/api/books?titre=Essais")
    assert exact == ["Essais"]
    matches = titles(books, "/api/books?titre=le&par_page=100")
    assert matches == [book["title"] for book in CATALOGUE if "le" in fold(book["title"])]
    assert titles(books, "/api/books?q=roman&par_page=100")[0] == "Romances sans paroles"


def fold(title: str) -> str:
    return title.lower().replace("é", "e").replace("è", "e")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hugo theatre", ["Hernani"]),
        ("1857 flaubert", ["Madame Bovary"]),
        ("wilhelm grimm", ["Kinder- und Hausmärchen"]),
        ("verne lune", ["De la Terre à la Lune"]),
        ("hugo verne", []),
        ("???", []),
    ],
)
def test_words_are_searched_in_every_field(books: Client, query: str, expected: list[str]) -> None:
    assert titles(books, f"/api/books?q={quote(query)}") == expected


def test_title_and_words_must_both_match(books: Client) -> None:
    assert titles(books, "/api/books?titre=terre&q=verne%201865") == ["De la Terre à la Lune"]
    assert titles(books, "/api/books?titre=terre&q=hugo") == []


def test_a_raw_utf_8_query_is_read(books: Client) -> None:
    assert titles(books, "/api/books?q=misérables") == ["Les Misérables"]


def test_links_lead_through_all_pages_and_back(books: Client) -> None:
    urls = ["/api/books?q=roman&page=1&par_page=25"]
    while following := links(books, urls[-1]).get("next"):
        urls.append(following)
    assert urls == [f"/api/books?q=roman&page={page}&par_page=25" for page in range(1, len(urls) + 1)]
    assert len(urls) > 2
    for before, url in pairwise(urls):
        relations = links(books, url)
        assert (relations["first"], relations["prev"], relations["last"]) == (urls[0], before, urls[-1])
    assert set(links(books, urls[0])) == {"first", "next", "last"}
    all_titles = [title for url in urls for title in titles(books, url)]
    assert all_titles == titles(books, "/api/books?q=roman&par_page=100")
    assert len(set(all_titles)) == len(all_titles) == books.get(urls[0]).get_json()["total"]


def test_a_page_beyond_the_last_is_empty_and_links_back(books: Client) -> None:
    body = books.get("/api/books?page=99").get_json()
    assert (body["total"], body["page"], body["livres"]) == (len(CATALOGUE), 99, [])
    last = -(-len(CATALOGUE) // 20)
    assert links(books, "/api/books?page=99") == {
        "first": "/api/books?page=1&par_page=20",
        "prev": f"/api/books?page={last}&par_page=20",
        "last": f"/api/books?page={last}&par_page=20",
    }
    nothing = books.get("/api/books?q=zzz")
    assert (nothing.status_code, nothing.get_json()["total"]) == (200, 0)
    assert set(links(books, "/api/books?q=zzz")) == {"first", "last"}


def test_a_trailing_slash_is_ignored(books: Client) -> None:
    assert titles(books, "/api/books/") == titles(books, "/api/books")
    assert books.get("/api/books/60/").get_json() == books.get("/api/books/60").get_json()
    assert "<h1>hello Victor</h1>" in books.get("/hello/Victor/").text


def test_an_unknown_book_title_or_path_is_404(books: Client) -> None:
    body = check_problem(books.get("/api/books/abc"), 404, "no_such_book")
    assert (body["detail"], body["title"]) == ("aucun livre n'a cet identifiant : abc", "Introuvable")
    body = check_problem(books.get("/api/books/titre/zzz", headers=ENGLISH), 404, "no_such_book")
    assert (body["detail"], body["title"]) == ("no book has this title: zzz", "Not Found")
    check_problem(books.get("/api/books/titre/%20"), 404, "no_such_book")
    check_problem(books.get("/api/book"), 404, "not_found")
    check_problem(books.get("/model"), 404, "not_found")
    assert check_problem(books.post("/api/books", json={}), 405, "method_not_allowed")["status"] == 405


@pytest.mark.parametrize(
    ("url", "pointers", "detail"),
    [
        ("/api/books?page=0", ["/page"], 'attendu : entier entre 1 et 999999, reçu : "0" (/page)'),
        ("/api/books?page=deux", ["/page"], 'attendu : entier entre 1 et 999999, reçu : "deux" (/page)'),
        ("/api/books?par_page=101", ["/par_page"], 'attendu : entier entre 1 et 100, reçu : "101" (/par_page)'),
        ("/api/books?title=x", ["/title"], "champ inconnu (/title)"),
        ("/api/books?q=a&q=b", ["/q"], "paramètre présent deux fois (/q)"),
        ("/api/books?page=x&par_page=y", ["/page", "/par_page"], "/page) ; et 1 autre(s) erreur(s)"),
        ("/api/books/titre/x?titre=y", ["/titre"], "paramètre présent deux fois (/titre)"),
        (f"/api/books?q={'x' * 201}", ["/q"], "attendu : texte de 200 caractères au plus, reçu : "),
        (f"/api/books/{'x' * 201}", ["/id"], "attendu : texte de 200 caractères au plus, reçu : "),
        ("/recherche?page=-1", ["/page"], 'attendu : entier entre 1 et 999999, reçu : "-1" (/page)'),
        (f"/api/books?{'x=1&' * 51}", [], "attendu : 50 paramètres au plus"),
    ],
)
def test_an_invalid_parameter_is_400(books: Client, url: str, pointers: list[str], detail: str) -> None:
    body = check_problem(books.get(url), 400, "invalid_parameter")
    assert body["title"] == "Requête illisible"
    assert [fault["pointer"] for fault in body["errors"]] == pointers
    assert detail in body["detail"]


def test_400_is_in_english_on_request(books: Client) -> None:
    body = check_problem(books.get("/api/books?page=0", headers=ENGLISH), 400, "invalid_parameter")
    assert body["detail"] == 'expected: integer between 1 and 999999, got: "0" (/page)'


def test_a_page_ignores_unknown_parameters(books: Client) -> None:
    page = books.get("/recherche?q=hugo&utm_source=lettre&utm_source=x").text
    assert "5 livres pour « hugo »" in page
    assert "118 livres" in books.get("/?fbclid=1").text


def test_an_empty_parameter_counts_as_absent(books: Client) -> None:
    assert titles(books, "/api/books?titre=&q=&page=") == titles(books, "/api/books")


def test_openapi_documents_every_parameter(books: Client) -> None:
    paths = books.get("/openapi.json", headers=ENGLISH).get_json()["paths"]
    documented = {
        path: [
            (parameter["name"], parameter["in"], parameter["required"])
            for parameter in methods["get"].get("parameters", ())
        ]
        for path, methods in paths.items()
    }
    paging = [("page", "query", False), ("par_page", "query", False)]
    assert documented == {
        "/": [],
        "/recherche": [("q", "query", False), ("page", "query", False)],
        "/hello": [],
        "/hello/{name}": [("name", "path", True)],
        "/api/books": [("titre", "query", False), ("q", "query", False), *paging],
        "/api/books/{id}": [("id", "path", True)],
        "/api/books/titre/{titre}": [("titre", "path", True), *paging],
        "/health/live": [],
        "/health/ready": [],
        "/openapi.json": [],
    }
    per_page = next(
        parameter for parameter in paths["/api/books"]["get"]["parameters"] if parameter["name"] == "par_page"
    )
    assert per_page["description"] == "Books per page"
    assert per_page["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert {"200", "400", "404", "500"} == set(paths["/api/books/{id}"]["get"]["responses"])


def test_a_request_writes_no_log_line(books: Client, log_lines: Lines) -> None:
    for url in ("/", "/api/books?q=hugo", "/api/books/nobody", "/api/books?page=x", "/recherche?q=hugo"):
        books.get(url)
    assert log_lines() == []


def test_an_internal_error_on_cloud_run_logs_nothing_of_the_request(
    function: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("K_SERVICE", "augure-books")
    client = function("books")

    def fail(*arguments: object, **_: object) -> None:
        raise RuntimeError(*arguments)

    monkeypatch.setattr("shared.web.parameters.parse_qsl", fail)
    check_problem(client.get("/api/books?q=zelie.quignon"), 500, "internal_error")
    captured = capfd.readouterr()
    assert "RuntimeError" in captured.err
    assert "zelie" not in captured.out + captured.err


def test_links_between_pages_work_at_any_depth(books: Client) -> None:
    for address in ("/", "/recherche?q=roman", "/hello/a/b/c", "/hello/a%2Fb"):
        page = books.get(address).text
        for target in set(re.findall(r'(?:href|action)="([^"#]*)"', page)) - {"", "?lang=en"}:
            if not target.startswith("data:"):
                url = urljoin(address, target.replace("&amp;", "&"))
                assert books.get(url).status_code == 200, f"{address}: {target}"
                assert not url.startswith("/hello/a"), f"{address}: {target}"
