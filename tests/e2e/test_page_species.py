"""The page of the irises, in a real browser, before the real function."""

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Page, Route, expect

from tests.browsing import needs_chromium, visit
from tests.serving import serving

pytestmark = needs_chromium


def move_slider(page: Page, label: str, value: str) -> None:
    page.get_by_role("slider", name=label).fill(value)


def test_the_species_follows_the_sliders(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, visit(browser, server, "/demo") as page:
        species = page.locator("#answer .species")
        expect(species).to_have_text("Iris setosa")
        expect(page.locator("#bars .best .name")).to_have_text("Iris setosa")
        move_slider(page, "Longueur du pétale", "5.6")
        move_slider(page, "Largeur du pétale", "2.1")
        expect(species).to_have_text("Iris virginica")
        expect(page.get_by_role("spinbutton", name="Longueur du pétale")).to_have_value("5.6")
        page.get_by_role("button", name="Iris versicolor").click()
        expect(species).to_have_text("Iris versicolor")
        expect(page.get_by_role("slider", name="Longueur du pétale")).to_have_value("4.3")
        page.get_by_role("spinbutton", name="Largeur du pétale").fill("")
        expect(page.locator("#answer")).to_have_text("Donnez les quatre mesures, en centimètres.")


def test_a_late_answer_is_ignored(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, visit(browser, server, "/demo") as page:
        species = page.locator("#answer .species")
        expect(species).to_have_text("Iris setosa")
        held: list[Route] = []
        page.route("**/predict_species", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks it
        for turn, name in enumerate(("Iris virginica", "Iris versicolor"), start=1):
            page.get_by_role("button", name=name).click()
            for _ in range(500):
                if len(held) < turn:
                    page.wait_for_timeout(10)
        first, second = held
        second.continue_()
        expect(species).to_have_text("Iris versicolor")
        with page.expect_response("**/predict_species") as late:
            first.continue_()
        assert late.value.json()["species"] == ["virginica"]
        page.wait_for_timeout(200)
        expect(species).to_have_text("Iris versicolor")


def test_a_refused_measure_is_named(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, visit(browser, server, "/demo", refused=1) as page:
        expect(page.locator("#answer .species")).to_have_text("Iris setosa")
        page.get_by_role("spinbutton", name="Longueur du sépale").fill("0")
        text = "Longueur du sépale : attendu : nombre plus grand que 0 et d'au plus 100, reçu : 0"
        expect(page.locator("[aria-live=polite]")).to_have_text(text)
