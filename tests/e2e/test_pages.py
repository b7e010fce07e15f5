"""What every page must do, in a real browser, before the real functions."""

import signal
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, expect

from tests.browsing import UNREACHABLE, draw, needs_chromium, overflow, visit
from tests.serving import serving

pytestmark = needs_chromium
PAGES = {"predict_digit": "/", "predire": "/demo", "predict_species": "/demo"}


@pytest.mark.parametrize("name", PAGES)
def test_no_sideways_scrolling_on_a_narrow_phone(name: str, browser: Browser, tmp_path: Path) -> None:
    with serving(name, tmp_path) as server, visit(browser, server, PAGES[name], width=320) as page:
        if name == "predire":
            page.get_by_role("button", name="Prédire").click()
            expect(page.locator("#answer")).to_have_text("Champs à remplir : 14.")
            assert overflow(page) == 0
            page.get_by_role("button", name="Tout est réussi").click()
            page.get_by_role("button", name="Prédire").click()
            expect(page.locator("#factors li")).to_have_count(5)
        elif name == "predict_species":
            expect(page.locator("#answer .species")).to_have_text("Iris setosa")
        else:
            draw(page, ((150, 45), (140, 235)))
            expect(page.locator("#cpu")).to_contain_text("%")
        assert overflow(page) == 0


@pytest.mark.parametrize("name", PAGES)
def test_a_server_that_died_is_told_in_words(name: str, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    with serving(name, tmp_path) as server:
        page.goto(server.address + PAGES[name])
        if name == "predire":
            page.get_by_role("button", name="Tout est réussi").click()
        server.process.send_signal(signal.SIGINT)  # SIGTERM would wait for the browser's idle connections
        server.process.wait(20)
        if name == "predict_species":
            page.get_by_role("button", name="Iris virginica").click()
        else:
            page.get_by_role("button", name="Prédire" if name == "predire" else "Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(UNREACHABLE)
    context.close()
