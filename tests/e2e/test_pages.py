"""Requirements of every page, in a real browser on the real functions."""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Page, expect

from tests.browsing import CROSS, UNREACHABLE, draw, faults, needs_axe, needs_chromium, overflow, visit
from tests.serving import Server, serving

pytestmark = needs_chromium
PAGES = {"predict_digit": "/", "predire": "/demo", "predict_species": "/demo"}
TITLES = {
    "predict_digit": ("Augure : dessinez un chiffre", "Augure: draw a digit"),
    "predire": ("Augure : réussite ou échec ?", "Augure: success or failure?"),
    "predict_species": ("Augure : quelle espèce d'iris ?", "Augure: which species of iris?"),
}
SHEETS = {"predict_digit": 1, "predire": 2, "predict_species": 1}
"""Printed sheets of a page after use: the student's explanation has a sheet of its own."""

NEIGHBOURS = " ".join(f"{name}=http://{name}.example" for name in PAGES)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Every function with a page, each with the URLs of the others."""
    environ = {"SERVICE_URLS": NEIGHBOURS, "SAVED_IMAGES_URI": "off", "REQUEST_LOG": "off"}
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("pages")
        yield {name: stack.enter_context(serving(name, folder, environ=environ)) for name in PAGES}


def use(name: str, page: Page) -> None:
    """Use the page up to its answer."""
    if name == "predire":
        page.get_by_role("button", name="Tout est réussi").click()
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#factors li")).to_have_count(5)
    elif name == "predict_species":
        page.get_by_role("button", name="Iris virginica").click()
        expect(page.locator("#answer .species")).to_have_text("Iris virginica")
    else:
        draw(page, ((150, 45), (145, 140), (140, 235)))
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("#answer .digit")).to_have_text("1")


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(name: str, scheme: str, browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers[name], PAGES[name], color_scheme=scheme, reduced_motion="reduce") as page:
        assert faults(page) == []
        use(name, page)
        assert faults(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sends_requests_only_to_its_own_server(name: str, browser: Browser, servers: dict[str, Server]) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(servers[name].address + PAGES[name])
    use(name, page)
    context.close()
    own = [url for url in asked if not url.startswith("data:")]
    assert [url for url in own if not url.startswith(servers[name].address + "/")] == []
    assert len([url for url in own if url == servers[name].address + PAGES[name]]) == 1


@pytest.mark.parametrize("name", PAGES)
def test_the_language_follows_the_browser_and_can_be_switched(
    name: str, browser: Browser, servers: dict[str, Server]
) -> None:
    french, english = TITLES[name]
    with visit(browser, servers[name], PAGES[name], locale="en-GB") as page:
        expect(page).to_have_title(english)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("link", name="Français").click()
        expect(page).to_have_title(french)
        page.reload()
        expect(page).to_have_title(french)
    with visit(browser, servers[name], PAGES[name]) as page:
        expect(page).to_have_title(french)
        use(name, page)
        before = set(words(page))
        page.get_by_role("link", name="English").click()
        expect(page).to_have_title(english)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        french_words = [word for word in before if french_word(word)]
        assert len(french_words) > 10
        page.wait_for_function(LEFT_NONE, arg=french_words)


LEFT_NONE = """(words) => {
    const said = document.body.innerText.toLowerCase().replaceAll("’", "'").split(/\\s+/);
    return !words.some((word) => said.includes(word));
}"""
"""True if the page shows none of these words."""


def words(page: Page) -> list[str]:
    """The words that a page shows, in lower case."""
    text: str = page.locator("body").inner_text()
    return text.lower().replace("’", "'").split()


def french_word(word: str) -> bool:
    """True if a word has an accent, or is a very common French one."""
    return word != "français" and (
        any(letter in word for letter in "àâçéèêîôùû") or word in {"de", "la", "le", "les", "des", "et", "une", "du"}
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_links_to_the_other_pages_and_to_its_documentation(
    name: str, browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers[name], PAGES[name]) as page:
        menu = page.get_by_role("navigation", name="Augure")
        for other, path in PAGES.items():
            link = menu.locator(f"[data-service={other}]")
            if other == name:
                expect(link).to_have_attribute("aria-current", "page")
            else:
                expect(link).to_have_attribute("href", f"http://{other}.example{path}")
        for text in ("Fiche du modèle", "Description de l'API", "Le modèle en chiffres"):
            address = page.get_by_role("link", name=text).evaluate("(link) => link.href")
            assert page.request.get(address).status == 200
        page.get_by_role("link", name="English").click()
        expect(menu.locator("[href*='example']").first).to_have_attribute("href", re.compile(r"\?lang=en$"))


@pytest.mark.parametrize(("width", "zoom"), [(640, 2), (1280, 1), (3840, 1)])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_screen(
    name: str, width: int, zoom: int, browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers[name], PAGES[name], width, device_scale_factor=zoom) as page:
        use(name, page)
        assert overflow(page) == 0
        main = page.locator("main").bounding_box()
        assert main is not None
        assert main["width"] > 0.55 * width  # also on a projector


@pytest.mark.parametrize("name", PAGES)
def test_print_shows_the_answer_without_buttons(name: str, browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers[name], PAGES[name]) as page:
        use(name, page)
        page.emulate_media(media="print", color_scheme="dark")
        assert (
            page.get_by_role("button").evaluate_all("(all) => all.filter((one) => one.checkVisibility()).length") == 0
        )
        expect(page.locator("#answer")).to_be_visible()
        expect(page.get_by_role("switch")).to_have_count(0)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf(format="A4").count(b"/Type /Page\n") == SHEETS[name]


@pytest.mark.parametrize("name", PAGES)
def test_french_punctuation_stays_on_the_line_of_its_word(
    name: str, browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers[name], PAGES[name], refused=name == "predire") as page:
        use(name, page)
        if name == "predire":
            page.get_by_text("Les lire pour cet étudiant").click()
            expect(page.locator("#explanation")).to_contain_text("la décision appartient", ignore_case=True)
        assert loose(page) == []
        if name == "predire":
            page.get_by_label("Note d'admission").fill("300")
            page.get_by_role("button", name="Prédire").click()
            expect(page.locator("#admission_grade-fault")).to_contain_text("attendu : ")
            assert loose(page) == []


def loose(page: Page) -> list[str]:
    """Texts where a line could break before punctuation that French keeps with its word."""
    found: list[str] = re.findall(r"\S+ [:;?!%»].{,9}|.{,9}« ", page.locator("body").inner_text())
    return found


@pytest.mark.parametrize("name", PAGES)
def test_forced_colours_show_bar_frames_and_hide_menu_borders(
    name: str, browser: Browser, servers: dict[str, Server]
) -> None:
    border = "(one) => getComputedStyle(one).borderBottomColor"
    with visit(browser, servers[name], PAGES[name], forced_colors="active") as page:
        use(name, page)
        page.mouse.move(0, 0)
        paper = page.locator(".site").evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert page.locator(".site a:not([aria-current])").evaluate_all(f"(all) => all.map({border})") == [paper] * 3
        assert page.locator(".site a[aria-current]").evaluate(border) != paper
        frames = page.locator(".track").evaluate_all("(all) => all.map((one) => getComputedStyle(one).borderTopWidth)")
        assert frames
        assert set(frames) == {"1px"}


@pytest.mark.parametrize("name", PAGES)
def test_no_sideways_scrolling_on_a_narrow_phone(name: str, browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers[name], PAGES[name], width=320) as page:
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
def test_an_unreachable_server_is_reported(name: str, browser: Browser, tmp_path: Path) -> None:
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


def come_back(page: Page, server: Server) -> None:
    """Leave the page and come back: the browser reloads it and restores its fields."""
    page.goto(f"{server.address}/model/card")
    page.go_back()


def test_going_back_restores_the_flower_and_its_prediction(browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers["predict_species"], "/demo") as page:
        page.locator("#number-2").fill("5.9")
        page.locator("#number-3").fill("2.2")
        page.locator("#up").select_option("0")
        expect(page.locator("#answer .species")).to_have_text("Iris virginica")
        come_back(page, servers["predict_species"])
        expect(page.locator("#answer .species")).to_have_text("Iris virginica")
        expect(page.locator("#slider-2")).to_have_value("5.9")
        expect(page.locator("#up")).to_have_value("0")
        expect(page.locator("#axes .title").last).to_have_text("Longueur du sépale (cm)")


def test_going_back_restores_the_choices(browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers["predire"], "/demo") as page:
        page.get_by_text("Un fichier d'étudiants").first.click()
        come_back(page, servers["predire"])
        expect(page.get_by_role("radio", name="Un fichier d'étudiants")).to_be_checked()
        expect(page.locator("#file")).to_be_visible()
        expect(page.locator("#form")).to_be_hidden()
    with visit(browser, servers["predict_digit"], "/") as page:
        page.get_by_role("switch").check()
        come_back(page, servers["predict_digit"])
        expect(page.get_by_role("switch")).to_be_checked()
        expect(page.locator("[aria-live=polite]")).to_have_text("Dessinez : la réponse suit.")


@pytest.mark.parametrize("body", ["<html>Accès au réseau</html>", ""])
def test_a_response_that_is_not_json_is_reported_as_unreachable(
    body: str, browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers["predict_digit"], "/") as page:
        page.route("**/api/predict", lambda route: route.fulfill(body=body), times=1)
        draw(page, *CROSS)
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(UNREACHABLE)
        expect(page.get_by_role("button", name="Réessayer")).to_be_visible()
