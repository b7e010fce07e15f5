"""The page of the drawn digit, in a real browser, before the real function."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, expect

from tests.browsing import CROSS, draw, french, needs_chromium, visit
from tests.serving import serving

pytestmark = needs_chromium
UNCERTAIN = "La certitude est trop faible pour une prédiction fiable. Essayez à nouveau."
BLANK = "Le dessin est vide ou presque : tracez un chiffre."


def test_a_drawn_one_is_read(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_digit", tmp_path) as server, visit(browser, server, "/") as page:
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")
        draw(page, ((150, 45), (145, 140), (140, 235)))
        with page.expect_response("**/api/predict") as answered:
            page.get_by_role("button", name="Envoyer").click()
        body = answered.value.json()
        assert body["prediction"] == 1
        expect(page.locator("#answer .digit")).to_have_text("1")
        certainty = f"{body['certainty']:.2f}".rstrip("0").rstrip(".").replace(".", ",")
        expect(page.locator("#answer .certainty")).to_have_text(f"Certitude : {certainty} %")
        expect(page.locator("#bars .best")).to_have_text(
            re.compile(rf"^1{french(100 * body['probabilities'][1], 1)}\s%$")
        )
        expect(page.locator("#bars li")).to_have_count(10)
        page.get_by_role("button", name="Effacer").click()
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")
        assert page.evaluate(
            "new Uint32Array(pen.getImageData(0, 0, 280, 280).data.buffer).every((p) => p === 2 ** 32 - 1)"
        )


def test_a_finger_draws_and_its_next_tap_sends(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    with serving("predict_digit", tmp_path) as server:
        page.goto(server.address)
        finger = context.new_cdp_session(page)
        box = page.locator("#canvas").bounding_box()
        assert box is not None
        for down in range(40, 240, 10):
            place = {"x": box["x"] + 140, "y": box["y"] + down}
            kind = "touchStart" if down == 40 else "touchMove"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.get_by_role("button", name="Envoyer").tap()
        expect(page.locator("#answer .digit")).to_have_text("1")
    context.close()


def test_strokes_leave_ink_where_the_pointer_goes_at_any_size(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_digit", tmp_path) as server, visit(browser, server, "/", width=240) as page:
        box = page.locator("#canvas").bounding_box()
        assert box is not None
        assert box["width"] < 240
        middle = round(box["width"] / 2)
        draw(page, ((20, middle), (middle, middle)))
        scale = 280 / box["width"]
        left, right, row = round(20 * scale), round(middle * scale), round(middle * scale)
        points = [(left, row), (right, row), (right, row + 7), (right, row + 12), (right + 40, row)]
        read = """(points) => {
            const pixels = pen.getImageData(0, 0, 280, 280).data;
            return points.map(([x, y]) => pixels[4 * (y * 280 + x)]);
        }"""
        assert page.evaluate(read, points) == [0, 0, 0, 255, 255]


def test_a_blank_canvas_gets_the_servers_own_words(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_digit", tmp_path) as server, visit(browser, server, "/", refused=1) as page:
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(BLANK)


def test_a_doubtful_drawing_gets_the_servers_own_words(browser: Browser, tmp_path: Path) -> None:
    strict = {"CERTAINTY_THRESHOLD": "100"}
    with serving("predict_digit", tmp_path, environ=strict) as server, visit(browser, server, "/", refused=1) as page:
        draw(page, *CROSS)
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(UNCERTAIN)


def test_a_function_without_a_model_says_so(browser: Browser, tmp_path: Path) -> None:
    environ = {"MODEL_URI": str(tmp_path / "nothing"), "MODEL_FALLBACK": "none"}
    with (
        serving("predict_digit", tmp_path, environ=environ) as server,
        visit(browser, server, "/", refused=1) as page,
    ):
        draw(page, *CROSS)
        with page.expect_response("**/api/predict") as answered:
            page.get_by_role("button", name="Envoyer").click()
        assert answered.value.status == 503
        expect(page.locator("[aria-live=polite]")).to_have_text(re.compile("^le modèle n'est pas prêt : "))


def test_load_of_the_server(browser: Browser, tmp_path: Path) -> None:
    with serving("predict_digit", tmp_path) as server, visit(browser, server, "/") as page:
        expect(page.locator(".load")).to_have_text(re.compile(r"^Serveur : processeur \d+\s%, mémoire \d+\s%$"))
        with page.expect_response("**/api/system_info") as again:
            pass
        load = again.value.json()
        expect(page.locator(".load")).to_have_text(
            f"Serveur : processeur {load['cpu'][:-1]} %, mémoire {load['memory'][:-1]} %"
        )
