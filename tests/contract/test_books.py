"""The catalogue as its callers see it: the project's own list, through the real loader."""

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

OWN = json.loads((ROOT / "functions/books/books.json").read_text("utf-8"))
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def books(function: Callable[[str], Client]) -> Client:
    """The function with its own list."""
    return function("books")


def titles(client: Client, address: str) -> list[str]:
    """The titles on a page of answers, in their order."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return [book["titre"] for book in answer.get_json()["livres"]]


def links(client: Client, address: str) -> dict[str, str]:
    """The addresses that an answer's Link header gives, by relation."""
    header = client.get(address).headers["Link"]
    return {name: urljoin(address, target) for target, name in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a problem of this status and code."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    body: dict[str, Any] = answer.get_json()
    assert (body["code"], body["error"], body["request_id"]) == (
        code,
        body["detail"],
        answer.headers["X-Request-Id"],
    )
    return body


def test_own_list_is_of_real_books_of_many_languages() -> None:
    assert len(OWN) >= 60
    assert [book["id"] for book in OWN] == list(range(1, len(OWN) + 1))
    assert len({book["title"] for book in OWN}) == len(OWN)
    assert {type(book["year"]) for book in OWN} == {int}
    assert all(1500 < book["year"] < 1931 for book in OWN)  # an author who died since may still have rights
    languages = [book["language"] for book in OWN]
    assert languages.count("fr") > len(OWN) / 2
    assert len(set(languages)) >= 8


def test_every_book_of_the_own_list_is_served_as_it_stands(books: Client) -> None:
    assert books.get("/health/ready").get_json() == {
        "status": "ready",
        "source": "embedded",
        "version": books.get("/health/ready").get_json()["version"],
        "books": len(OWN),
        "skipped": {},
        "mended": {},
    }
    for book in OWN:
        names = book["author"] if isinstance(book["author"], list) else [book["author"]]
        assert books.get(f"/api/books/{book['id']}").get_json() == {
            "id": str(book["id"]),
            "titre": book["title"],
            "auteurs": names,
            "annee": book["year"],
            "langue": book["language"],
            "sujets": [book["subject"]],
        }


def test_hello(books: Client) -> None:
    assert (books.get("/hello").text, books.get("/hello").content_type) == (
        "hello DC",
        "text/plain; charset=utf-8",
    )
    page = books.get("/hello/Zo%C3%A9").text
    assert "<h1>hello Zoé</h1>" in page
    nasty = books.get(f"/hello/{quote('<script>alert(1)</script>', safe='')}").text
    assert "<h1>hello &lt;script&gt;alert(1)&lt;/script&gt;</h1>" in nasty
    assert "<script" not in nasty


def test_home_is_titled_hello_my_app(books: Client) -> None:
    page = books.get("/").text
    assert "<title>hello my app</title>" in page
    assert f"{len(OWN)} livres" in page
    assert f"{len(OWN)} books" in books.get("/", headers=ENGLISH).text
    assert '<html lang="en">' in books.get("/", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("asked", "first"),
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
def test_case_accents_ligatures_and_apostrophes_do_not_matter(books: Client, asked: str, first: str) -> None:
    addresses = (f"/api/books?titre={quote(asked)}", f"/api/books/titre/{quote(asked)}", f"/api/books?q={quote(asked)}")
    for address in addresses:
        assert titles(books, address)[0] == first
    page = books.get(f"/recherche?q={quote(asked)}").text
    assert f">{escape(first)}</span>" in page


def test_a_title_that_is_asked_for_comes_before_those_that_have_it(books: Client) -> None:
    expected = [book["title"] for book in OWN if "vie" in book["title"].lower()]
    assert "Une vie" in expected
    assert titles(books, "/api/books?titre=une%20vie") == ["Une vie"]
    alone = titles(books, "/api/books?titre=Essais")
    assert alone == ["Essais"]
    found = titles(books, "/api/books?titre=le&par_page=100")
    assert found == [book["title"] for book in OWN if "le" in fold(book["title"])]
    assert titles(books, "/api/books?q=roman&par_page=100")[0] == "Romances sans paroles"


def fold(title: str) -> str:
    return title.lower().replace("é", "e").replace("è", "e")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("hugo theatre", ["Hernani"]),
        ("1857 flaubert", ["Madame Bovary"]),
        ("wilhelm grimm", ["Kinder- und Hausmärchen"]),
        ("verne lune", ["De la Terre à la Lune"]),
        ("hugo verne", []),
        ("???", []),
    ],
)
def test_words_are_looked_for_in_every_field(books: Client, asked: str, expected: list[str]) -> None:
    assert titles(books, f"/api/books?q={quote(asked)}") == expected


def test_title_and_words_are_both_looked_for(books: Client) -> None:
    assert titles(books, "/api/books?titre=terre&q=verne%201865") == ["De la Terre à la Lune"]
    assert titles(books, "/api/books?titre=terre&q=hugo") == []


def test_letters_that_are_not_encoded_are_read_too(books: Client) -> None:
    assert titles(books, "/api/books?q=misérables") == ["Les Misérables"]


def test_links_go_through_all_pages_and_back(books: Client) -> None:
    places = ["/api/books?q=roman&page=1&par_page=25"]
    while following := links(books, places[-1]).get("next"):
        places.append(following)
    assert places == [f"/api/books?q=roman&page={page}&par_page=25" for page in range(1, len(places) + 1)]
    assert len(places) > 2
    for before, place in pairwise(places):
        around = links(books, place)
        assert (around["first"], around["prev"], around["last"]) == (places[0], before, places[-1])
    assert set(links(books, places[0])) == {"first", "next", "last"}
    found = [title for place in places for title in titles(books, place)]
    assert found == titles(books, "/api/books?q=roman&par_page=100")
    assert len(set(found)) == len(found) == books.get(places[0]).get_json()["total"]


def test_a_page_beyond_the_last_is_empty_and_leads_back(books: Client) -> None:
    body = books.get("/api/books?page=99").get_json()
    assert (body["total"], body["page"], body["livres"]) == (len(OWN), 99, [])
    last = -(-len(OWN) // 20)
    assert links(books, "/api/books?page=99") == {
        "first": "/api/books?page=1&par_page=20",
        "prev": f"/api/books?page={last}&par_page=20",
        "last": f"/api/books?page={last}&par_page=20",
    }
    nothing = books.get("/api/books?q=zzz")
    assert (nothing.status_code, nothing.get_json()["total"]) == (200, 0)
    assert set(links(books, "/api/books?q=zzz")) == {"first", "last"}


def test_without_a_query_a_trailing_slash_is_the_same_page(books: Client) -> None:
    assert titles(books, "/api/books/") == titles(books, "/api/books")
    assert books.get("/api/books/60/").get_json() == books.get("/api/books/60").get_json()
    assert "<h1>hello Victor</h1>" in books.get("/hello/Victor/").text


def test_404(books: Client) -> None:
    body = refused(books.get("/api/books/abc"), 404, "no_such_book")
    assert (body["detail"], body["title"]) == ("aucun livre n'a cet identifiant : abc", "Introuvable")
    body = refused(books.get("/api/books/titre/zzz", headers=ENGLISH), 404, "no_such_book")
    assert (body["detail"], body["title"]) == ("no book has this title: zzz", "Not Found")
    refused(books.get("/api/books/titre/%20"), 404, "no_such_book")
    refused(books.get("/api/book"), 404, "not_found")
    refused(books.get("/model"), 404, "not_found")
    assert refused(books.post("/api/books", json={}), 405, "method_not_allowed")["status"] == 405


@pytest.mark.parametrize(
    ("address", "pointers", "detail"),
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
def test_400(books: Client, address: str, pointers: list[str], detail: str) -> None:
    body = refused(books.get(address), 400, "invalid_parameter")
    assert body["title"] == "Requête illisible"
    assert [fault["pointer"] for fault in body["errors"]] == pointers
    assert detail in body["detail"]


def test_400_in_english(books: Client) -> None:
    body = refused(books.get("/api/books?page=0", headers=ENGLISH), 400, "invalid_parameter")
    assert body["detail"] == 'expected: integer between 1 and 999999, got: "0" (/page)'


def test_what_a_link_brings_along_does_not_hurt_a_page(books: Client) -> None:
    page = books.get("/recherche?q=hugo&utm_source=lettre&utm_source=x").text
    assert "5 livres pour « hugo »" in page
    assert "118 livres" in books.get("/?fbclid=1").text


def test_a_parameter_without_a_value_is_not_given(books: Client) -> None:
    assert titles(books, "/api/books?titre=&q=&page=") == titles(books, "/api/books")


def test_openapi_tells_every_parameter(books: Client) -> None:
    paths = books.get("/openapi.json", headers=ENGLISH).get_json()["paths"]
    told = {
        path: [(one["name"], one["in"], one["required"]) for one in methods["get"].get("parameters", ())]
        for path, methods in paths.items()
    }
    paging = [("page", "query", False), ("par_page", "query", False)]
    assert told == {
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
    per_page = next(one for one in paths["/api/books"]["get"]["parameters"] if one["name"] == "par_page")
    assert per_page["description"] == "Books per page"
    assert per_page["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert {"200", "400", "404", "500"} == set(paths["/api/books/{id}"]["get"]["responses"])


def test_no_request_leaves_a_line(books: Client, log_lines: Lines) -> None:
    for address in ("/", "/api/books?q=hugo", "/api/books/nobody", "/api/books?page=x", "/recherche?q=hugo"):
        books.get(address)
    assert log_lines() == []


def test_an_internal_error_on_cloud_run_says_nothing_of_the_request(
    function: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("K_SERVICE", "augure-books")
    client = function("books")

    def fail(*asked: object, **_: object) -> None:
        raise RuntimeError(*asked)

    monkeypatch.setattr("shared.web.parameters.parse_qsl", fail)
    refused(client.get("/api/books?q=zelie.quignon"), 500, "internal_error")
    said = capfd.readouterr()
    assert "RuntimeError" in said.err
    assert "zelie" not in said.out + said.err


def test_pages_lead_to_each_other_wherever_they_are(books: Client) -> None:
    for address in ("/", "/recherche?q=roman", "/hello/a/b/c", "/hello/a%2Fb"):
        page = books.get(address).text
        for target in set(re.findall(r'(?:href|action)="([^"#]*)"', page)) - {"", "?lang=en"}:
            if not target.startswith("data:"):
                place = urljoin(address, target.replace("&amp;", "&"))
                assert books.get(place).status_code == 200, f"{address}: {target}"
                assert not place.startswith("/hello/a"), f"{address}: {target}"
