"""The pages of the model cards, in a real browser on the real functions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Page, expect

from tests.browsing import needs_chromium, overflow, visit
from tests.buckets import until
from tests.replay import MODELS, ROOT
from tests.serving import Server, serving
from tools import serve

pytestmark = needs_chromium
OTHER = "https://chiffre.example"


@pytest.fixture(scope="module", params=MODELS, ids=lambda folder: folder.name)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """Each function in turn, with the URL of another one."""
    name = request.param.name
    environ = {"SERVICE_URLS": f"predict_digit={OTHER}", "REQUEST_LOG": "off", "SAVED_IMAGES_URI": "off"}
    with serving(name, tmp_path_factory.mktemp(name), environ=environ) as running:
        yield name, running


def page_of(running: Server) -> str:
    """The path of the function's page: the menu of its card leads there."""
    [path] = re.findall(r'href="\.\.(/[^"]*)" aria-current="true"', running.get("/model/card").decode())
    return str(path)


def shown(page: Page) -> list[str]:
    """The alternative texts of the pictures that the browser has decoded."""
    words: list[str] = page.evaluate(
        "Promise.all([...document.images].map((image) => image.decode().then(() => image.alt)))"
    )
    return [word.replace("\u00a0", " ") for word in words]


def test_the_whole_card_is_shown(server: tuple[str, Server], browser: Browser) -> None:
    name, running = server
    text = (ROOT / "models" / name / "bundle/CARD.md").read_text("utf-8")
    with visit(browser, running, "/model/card") as page:
        assert shown(page) == re.findall(r"!\[([^\]]+)\]", text)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile(text.partition(":")[2].partition("\n")[0].strip())
        )
        expect(page.locator(".other")).to_be_hidden()
        assert page.evaluate("document.querySelectorAll('.table[tabindex=\"0\"]').length") == 0
        page.get_by_role("navigation", name="Sommaire").get_by_role("link", name="Limites").click()
        expect(page.get_by_role("heading", name="Limites")).to_be_in_viewport()
        assert overflow(page) == 0


def test_only_tables_scroll_sideways_on_a_narrow_phone(server: tuple[str, Server], browser: Browser) -> None:
    _, running = server
    with visit(browser, running, "/model/card", width=320) as page:
        assert overflow(page) == 0
        expect(page.get_by_role("link", name="Limites")).to_be_hidden()
        page.get_by_text("Sommaire").click()
        expect(page.get_by_role("link", name="Limites")).to_be_visible()
        frame = page.locator('.table[tabindex="0"]').first
        expect(frame).to_have_accessible_name(re.compile("Tableau [0-9]+ : [A-ZÀ]"))
        frame.focus()
        page.keyboard.press("ArrowRight")
        until(lambda: frame.evaluate("(frame) => frame.scrollLeft") > 0)
        assert overflow(page) == 0


def test_an_english_page_says_that_the_card_is_in_french_and_keeps_the_language(
    server: tuple[str, Server], browser: Browser
) -> None:
    name, running = server
    with visit(browser, running, "/model/card", locale="en-GB", color_scheme="dark") as page:
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.get_by_text("This card is written in French only.")).to_be_visible()
        expect(page.locator("article")).to_have_attribute("lang", "fr")
        page.get_by_role("link", name="Français").click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.locator(".other")).to_be_hidden()
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("navigation", name="Contents")).to_be_visible()
        own = page.locator(f'a[data-service="{name}"]')
        expect(own).to_have_attribute("aria-current", "true")
        if name != "predict_digit":
            expect(page.locator("a[data-service=predict_digit]")).to_have_attribute("href", f"{OTHER}/?lang=en")
        own.click()
        page.wait_for_url(f"{running.address}{page_of(running)}?lang=en")
        expect(page.locator(f'a[data-service="{name}"]')).to_have_attribute("aria-current", "page")


def test_links_lead_to_the_function_with_or_without_a_trailing_slash(
    server: tuple[str, Server], browser: Browser
) -> None:
    _, running = server
    with visit(browser, running, "/model/card/") as page:
        links = page.locator("body > footer a")
        assert links.evaluate_all("(all) => all.map((link) => link.href)") == [
            f"{running.address}/{path}" for path in ("model/card", "openapi.json", "model")
        ]


def test_make_serve_prints_the_address_of_the_demonstration(server: tuple[str, Server]) -> None:
    name, running = server
    path = serve.page_path(serve.Server(name, running.port, running.process))
    assert path == page_of(running)
    assert b"<!doctype html>" in running.get(path)


def test_print_shows_the_card_without_navigation(server: tuple[str, Server], browser: Browser, tmp_path: Path) -> None:
    _, running = server
    with visit(browser, running, "/model/card", color_scheme="dark") as page:
        page.emulate_media(media="print")
        for around in (".site", ".contents", "body > footer"):
            expect(page.locator(around)).to_be_hidden()
        expect(page.locator("article")).to_be_visible()
        assert (
            page.locator("article").evaluate("(card) => getComputedStyle(card).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert page.pdf(path=tmp_path / "card.pdf").count(b"/Type /Page\n") >= 3
