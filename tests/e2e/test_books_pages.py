"""The pages of the catalogue in a real browser. They have no script."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browsing import faults, needs_axe, needs_chromium, overflow
from tests.replay import ROOT
from tests.serving import Server, serving

pytestmark = needs_chromium

OWN = json.loads((ROOT / "functions/books/books.json").read_text("utf-8"))
SCRIPT = "<script>document.title = 'caught'</script>"
LONG = "Anticonstitutionnellement" * 6
WILD = [
    {"_id": "a/b", "title": SCRIPT, "authors": ['<img src=x onerror="document.title=1">'], "lang": "fr", "year": -19},
    {"title": LONG, "authors": [LONG, LONG], "tags": [LONG]},
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("books", tmp_path_factory.mktemp("books")) as server:
        yield server


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("wild")
    (folder / "wild.json").write_text(json.dumps(WILD))
    with serving("books", folder, environ={"BOOKS_URI": "wild.json"}) as server:
        yield server


@contextmanager
def visit(
    browser: Browser,
    address: str,
    *,
    width: int = 1200,
    language: str = "fr-FR",
    scheme: Literal["light", "dark"] = "light",
    script: bool = True,
) -> Iterator[Page]:
    """A page. Its console must stay empty, without violations of its Content-Security-Policy."""
    context = browser.new_context(
        locale=language, viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    console: list[str] = []

    def note(message: ConsoleMessage) -> None:
        console.append(message.text)

    page.on("console", note)
    page.goto(address)
    yield page
    context.close()
    assert console == []


def record(page: Page) -> dict[str, Any]:
    """The record of the first book, from the target of its link."""
    address = page.get_by_role("link", name="JSON").first.evaluate("link => link.href")
    book: dict[str, Any] = page.request.get(address).json()
    return book


def test_searching_from_the_home_page_finds_a_book(browser: Browser, library: Server) -> None:
    with visit(browser, library.address, script=False) as page:
        expect(page).to_have_title("hello my app")
        page.get_by_role("searchbox", name="Titre, auteur, sujet ou année").fill("MISERABLES")
        page.get_by_role("button", name="Rechercher").click()
        expect(page).to_have_url(re.compile(r"/recherche\?q=MISERABLES$"))
        expect(page.get_by_role("heading", level=2)).to_have_text("1 livre pour « MISERABLES »")
        expect(page.locator(".books .title")).to_have_text("Les Misérables")
        expect(page.locator(".books li")).to_contain_text("Victor Hugo · 1862 · français · roman")
        page.get_by_role("link", name="Victor Hugo").click()
        expect(page.get_by_role("heading", level=2)).to_have_text("5 livres pour « Victor Hugo »")
        expect(page.locator(".books li")).to_have_count(5)
        assert record(page)["titre"] == "Hernani"


def test_pagination_links_open_the_next_and_previous_pages(browser: Browser, library: Server) -> None:
    titles = []
    with visit(browser, f"{library.address}/recherche") as page:
        expect(page.get_by_role("heading", level=2)).to_have_text(f"{len(OWN)} livres")
        while True:
            titles += page.locator(".books .title").all_inner_texts()
            if not page.get_by_role("link", name="Suivante").count():
                break
            page.get_by_role("link", name="Suivante").click()
        assert titles == [book["title"] for book in OWN]
        last = -(-len(OWN) // 20)
        expect(page.locator(".turn")).to_contain_text(f"Page {last} sur {last}")
        page.get_by_role("link", name="Précédente").click()
        expect(page.locator(".turn")).to_contain_text(f"Page {last - 1} sur {last}")


def test_an_empty_result_links_to_the_whole_catalogue(browser: Browser, library: Server) -> None:
    with visit(browser, f"{library.address}/recherche?q=zzz") as page:
        expect(page.get_by_role("heading", level=2)).to_have_text("Aucun livre ne correspond à « zzz ».")
        expect(page.get_by_role("searchbox")).to_have_value("zzz")
        page.get_by_role("link", name="voir tous les livres").click()
        expect(page.locator(".books li")).to_have_count(20)
    with visit(browser, f"{library.address}/recherche?q=roman&page=99") as page:
        page.get_by_role("link", name="voir la dernière").click()
        expect(page.locator(".turn")).to_contain_text("Page 4 sur 4")


def test_search_terms_are_escaped(browser: Browser, library: Server) -> None:
    with visit(browser, library.address) as page:
        page.get_by_role("searchbox").fill(SCRIPT)
        page.get_by_role("button", name="Rechercher").click()
        expect(page.get_by_role("heading", level=2)).to_have_text(f"Aucun livre ne correspond à « {SCRIPT} ».")
        expect(page.get_by_role("searchbox")).to_have_value(SCRIPT)
        expect(page).to_have_title(f"{SCRIPT} · hello my app")
        assert page.locator("script").count() == 0
    with visit(browser, f"{library.address}/hello/%3Cscript%3Edocument.title=1%3C%2Fscript%3E") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("hello <script>document.title=1</script>")
        page.get_by_role("link", name="Accueil").click()
        expect(page).to_have_title("hello my app")


def test_catalogue_fields_are_escaped(browser: Browser, wild: Server) -> None:
    with visit(browser, f"{wild.address}/recherche?q=script") as page:
        expect(page.locator(".books .title")).to_have_text(SCRIPT)
        expect(page.locator(".books li")).to_contain_text("19 av. J.-C.")
        expect(page).to_have_title("script · hello my app")
        assert page.locator("script, .books img").count() == 0
        assert record(page)["id"] == "a/b"
    with visit(browser, wild.address) as page:
        expect(page).to_have_title("hello my app")


@pytest.mark.parametrize("path", ["/", "/recherche", f"/hello/{LONG}"])
def test_no_sideways_scrolling_on_a_narrow_phone(path: str, browser: Browser, wild: Server) -> None:
    with visit(browser, wild.address + path, width=320) as page:
        assert overflow(page) == 0
        button = page.get_by_role("button", name="Rechercher").bounding_box()
        assert button is not None
        assert button["height"] >= 44


def test_dark_colours_follow_the_browser_preference(browser: Browser, library: Server) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        with visit(browser, f"{library.address}/recherche?q=hugo", scheme=scheme) as page:
            colours[scheme] = [
                min(
                    map(
                        int,
                        re.findall(r"\d+", page.locator(where).first.evaluate(f"one => getComputedStyle(one).{what}")),
                    )
                )
                for where, what in (("body", "backgroundColor"), (".books .title", "color"))
            ]
    (paper, ink), (dark_paper, dark_ink) = colours["light"], colours["dark"]
    assert min(paper, dark_ink) > 200
    assert max(ink, dark_paper) < 50


def test_pages_are_in_english_if_the_browser_prefers_it(browser: Browser, library: Server) -> None:
    with visit(browser, library.address, language="en-GB") as page:
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("searchbox", name="Title, author, subject or year").fill("hugo")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", level=2)).to_have_text("5 books for “hugo”")
        expect(page.locator(".books li").first).to_contain_text("French")


def test_pages_work_with_the_keyboard_alone(browser: Browser, library: Server) -> None:
    with visit(browser, library.address) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("bel ami")
        page.keyboard.press("Enter")
        expect(page.locator(".books .title")).to_have_text("Bel-Ami")


def test_the_chosen_language_is_kept_across_pages(browser: Browser, library: Server) -> None:
    with visit(browser, f"{library.address}/recherche?q=Victor+Hugo", script=False) as page:
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look for a book")
        expect(page.get_by_role("searchbox")).to_have_value("Victor Hugo")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("searchbox").fill("Verne")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look for a book")
        page.locator(".books a").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look for a book")
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_text("Neither case nor accents matter.")).to_be_visible()
        page.get_by_role("link", name="Français").click()
        expect(page.get_by_text("Ni les majuscules ni les accents ne comptent.")).to_be_visible()


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/recherche?q=roman", "/recherche?q=zzz", "/hello/Victor"])
def test_pages_are_accessible(path: str, scheme: Literal["light", "dark"], browser: Browser, library: Server) -> None:
    with visit(browser, library.address + path, scheme=scheme) as page:
        assert faults(page) == []
