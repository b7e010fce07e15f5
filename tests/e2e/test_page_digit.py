"""The page of `predict_digit` in a real browser, on the real function: drawing and prediction."""

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, CDPSession, FloatRect, Page, Request, expect

from functions.predict_digit.preprocessing import decode_png, extract_ink, normalise
from tests.browsing import CROSS, draw, french, needs_chromium, visit
from tests.serving import Server, serving

pytestmark = needs_chromium
UNCERTAIN = "La certitude est trop faible pour une prédiction fiable. Essayez à nouveau."
BLANK = "Le dessin est vide ou presque : tracez un chiffre."
ONE = ((150, 45), (145, 140), (140, 235))
PNG = "data:image/png;base64,"
Touched = tuple[Page, CDPSession, FloatRect]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the tests that set no environment; it saves pictures in `pictures`."""
    folder = tmp_path_factory.mktemp("digit")
    environ = {"SAVED_IMAGES_URI": str(folder / "pictures"), "REQUEST_LOG": "off"}
    with serving("predict_digit", folder, environ=environ) as running:
        yield running


def ink(page: Page, *points: tuple[int, int]) -> list[bool]:
    """Whether there is ink at these points of the 280 by 280 pixel drawing that is sent."""
    dark: list[bool] = page.evaluate("(at) => at.map(([x, y]) => pen.getImageData(x, y, 1, 1).data[0] < 128)", points)
    return dark


def inked(page: Page) -> int:
    """Number of ink pixels in the drawing that is sent."""
    count: int = page.evaluate("pen.getImageData(0, 0, 280, 280).data.filter((v, i) => i % 4 === 0 && v < 128).length")
    return count


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def asked(request: Request) -> dict[str, Any]:
    """The body of a request of the page."""
    body: dict[str, Any] = json.loads(request.post_data or "")
    return body


def framed(image: str) -> Any:
    """The server's normalisation of a picture: grey levels, with dark ink."""
    digit = normalise(extract_ink(decode_png(base64.b64decode(image.removeprefix(PNG)), 4_000_000)))
    assert digit is not None
    return 255 - np.rint(255 * digit)


def seen(page: Page) -> Any:
    """The grey levels of the picture that the page shows as the model's input."""
    expect(page.locator("#shown")).to_be_visible()
    return np.array(
        page.evaluate("""async () => {
            const paper = copied(await createImageBitmap(find("seen")), 28, 28);
            return [...paper.getContext("2d").getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0);
        }""")
    )


def test_a_drawn_1_is_recognised(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")
        draw(page, ONE)
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
        shares = page.locator("#bars li").all_inner_texts()
        empty = page.locator("#bars .fill").evaluate_all("(all) => all.map((one) => one.style.width === '0%')")
        assert empty == [re.search(r"^\d\s0,0\s%$", share) is not None for share in shares]
        assert any(empty)
        page.get_by_role("button", name="Effacer").click()
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")
        assert page.evaluate(
            "new Uint32Array(pen.getImageData(0, 0, 280, 280).data.buffer).every((p) => p === 2 ** 32 - 1)"
        )


def test_the_shown_input_matches_the_servers_normalisation(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/", refused=1) as page:
        for lines in ((ONE,), CROSS):
            press(page, "Effacer")
            draw(page, *lines)
            with page.expect_request("**/api/predict") as request:
                press(page, "Envoyer")
            assert np.array_equal(seen(page), framed(asked(request.value)["image"]))
        expect(page.locator("#hint")).to_contain_text("Un seul chiffre, grand et d'un trait net")
        press(page, "Effacer")
        expect(page.locator("#shown")).to_be_hidden()
        expect(page.locator("#hint")).to_be_hidden()


def test_undo_restores_strokes_and_clearing_one_by_one(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        scale = page.evaluate("canvas.clientWidth / 280")
        for y in (60, 140, 220):
            draw(page, ((round(60 * scale), round(y * scale)), (round(220 * scale), round(y * scale))))
        points = ((140, 60), (140, 140), (140, 220))
        assert ink(page, *points) == [True, True, True]
        press(page, "Annuler")
        assert ink(page, *points) == [True, True, False]
        page.keyboard.press("Control+z")
        assert ink(page, *points) == [True, False, False]
        press(page, "Effacer")
        assert inked(page) == 0
        page.keyboard.press("Control+z")
        assert ink(page, *points) == [True, False, False]
        for _ in range(3):
            press(page, "Annuler")
        assert inked(page) == 0
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")


@pytest.fixture
def touched(browser: Browser, server: Server) -> Iterator[Touched]:
    """The page on a phone, a session that sends touches, and the box of the canvas."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto(server.address)
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    yield page, context.new_cdp_session(page), box
    context.close()


def test_a_finger_draws_and_a_tap_sends(touched: Touched) -> None:
    page, finger, box = touched
    for down in range(40, 240, 10):
        place = {"x": box["x"] + 140, "y": box["y"] + down}
        kind = "touchStart" if down == 40 else "touchMove"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.get_by_role("button", name="Envoyer").tap()
    expect(page.locator("#answer .digit")).to_have_text("1")
    expect(page.locator("#answer .digit")).to_be_in_viewport()


def test_a_second_finger_draws_nothing(touched: Touched) -> None:
    page, finger, box = touched
    for down in (40, 80, 120):
        first = {"x": box["x"] + 60, "y": box["y"] + down, "id": 1}
        second = {"x": box["x"] + 200, "y": box["y"] + down, "id": 2}
        both = {"touchPoints": [first, second][: 1 if down == 40 else 2]}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove" if down == 120 else "touchStart", **both})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    scale = 280 / box["width"]
    assert ink(page, *((round(x * scale), round(80 * scale)) for x in (60, 200))) == [True, False]


def write_down(pen: CDPSession, box: FloatRect, x: int, force: float, seconds: float = 0) -> None:
    """Draw a line from top to bottom with a pen. `force` is from 0 to 1; `seconds` is the time since 1970."""
    for down in (40, 120, 200, 240):
        kind = {40: "mousePressed", 240: "mouseReleased"}.get(down, "mouseMoved")
        held = {"button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen", "force": force}
        when = {"timestamp": seconds} if seconds else {}
        place = {"x": box["x"] + x, "y": box["y"] + down}
        pen.send("Input.dispatchMouseEvent", {"type": kind, **place, **held, **when})


def test_pen_pressure_sets_the_stroke_width(touched: Touched) -> None:
    page, pen, box = touched
    widths = []
    for force in (0.1, 0.5, 1.0):
        write_down(pen, box, 140, force)
        row = page.evaluate(
            "[...pen.getImageData(0, 140, 280, 1).data].filter((v, i) => i % 4 === 0 && v < 128).length"
        )
        widths.append(row)
        press(page, "Effacer")
    assert widths == [pytest.approx(wide, abs=1) for wide in (12, 18, 25)]


def test_palm_touches_are_ignored_while_a_pen_draws(touched: Touched) -> None:
    page, pen, box = touched
    now = time.time()
    scale = 280 / box["width"]
    line, hand = (round(60 * scale), 140), (round(250 * scale), round(250 * scale))

    def touch(kind: str, seconds: float) -> None:
        palm = [] if kind == "touchEnd" else [{"x": box["x"] + 250, "y": box["y"] + 250}]
        pen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": palm, "timestamp": now + seconds})

    touch("touchStart", 0)
    assert ink(page, hand) == [True]
    write_down(pen, box, 60, 0.5, now + 0.1)
    touch("touchEnd", 0.2)
    assert ink(page, line, hand) == [True, False]
    for seconds, drawn in ((1, False), (3, True)):
        touch("touchStart", seconds)
        touch("touchEnd", seconds + 0.1)
        assert ink(page, line, hand) == [True, drawn]


def test_strokes_follow_the_pointer_at_any_canvas_size(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/", width=240) as page:
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


def test_resizing_keeps_the_drawing_sharp(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/", width=390, device_scale_factor=3) as page:
        draw(page, ONE)
        before = page.evaluate("sheet.toDataURL()")
        for width, height in ((800, 390), (390, 800)):
            page.set_viewport_size({"width": width, "height": height})
            dots = page.evaluate("Math.round(canvas.clientWidth * 3)")
            expect(page.locator("#canvas")).to_have_js_property("width", dots)
            dark = page.evaluate("""() => {
                const paper = copied(canvas, canvas.width, canvas.width).getContext("2d");
                const row = paper.getImageData(0, Math.round(canvas.width / 2), canvas.width, 1).data;
                return row.some((level, at) => at % 4 === 0 && level === 0 && row[at + 3] === 255);
            }""")
            assert dark
        assert page.evaluate("sheet.toDataURL()") == before


KEYS = {
    "0": ("Space", "5 Right", "8 Down", "5 Left", "8 Up", "Space"),
    "1": ("2 Right", "Space", "9 Down", "Space"),
    "4": ("2 Right", "Space", "5 Down", "6 Right", "Space", "2 Left", "4 Up", "Space", "9 Down", "Space"),
    "7": ("Space", "6 Right", "End", "Down", "End", "Down", "End", "Down", "End", "Down", "Enter"),
}


@pytest.mark.parametrize("digit", KEYS)
def test_a_digit_is_drawn_with_the_keys_alone(digit: str, browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        while page.evaluate("document.activeElement !== canvas"):
            page.keyboard.press("Tab")
        expect(page.locator("#grid")).to_be_visible()
        for word in KEYS[digit]:
            times, _, name = word.rpartition(" ")
            for _ in range(int(times or 1)):
                page.keyboard.press(f"Arrow{name}" if name in {"Up", "Down", "Left", "Right"} else name)
        page.keyboard.press("Tab")
        expect(page.locator("#grid")).to_be_hidden()
        page.keyboard.press("Enter")
        expect(page.locator("#answer .digit")).to_have_text(digit)


def test_the_canvas_announces_the_pencil_position(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        canvas = page.get_by_role("slider", name="Zone de dessin")
        canvas.focus()
        for key in ("ArrowRight", "PageDown", "Space"):
            page.keyboard.press(key)
        expect(canvas).to_have_attribute("aria-valuetext", "ligne 4, colonne 7, crayon posé")
        for _ in range(20):
            page.keyboard.press("ArrowUp")
        expect(canvas).to_have_attribute("aria-valuetext", "ligne 1, colonne 7, crayon posé")
        page.keyboard.press("z")
        expect(canvas).to_have_attribute("aria-valuetext", "ligne 1, colonne 7, crayon levé")
        assert inked(page) == 0
        expect(page.locator("#answer")).to_have_text("Dessinez, puis envoyez.")


def test_a_blank_canvas_shows_the_servers_error(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/", refused=1) as page:
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(BLANK)


def test_a_doubtful_drawing_shows_the_servers_error(browser: Browser, tmp_path: Path) -> None:
    strict = {"CERTAINTY_THRESHOLD": "100"}
    with serving("predict_digit", tmp_path, environ=strict) as server, visit(browser, server, "/", refused=2) as page:
        draw(page, *CROSS)
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(UNCERTAIN)
        page.get_by_role("link", name="English").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(re.compile("^The certainty is too low"))
        expect(page.locator("#hint")).to_contain_text("A single digit, large and with a clean line")


def test_a_missing_model_is_reported(browser: Browser, tmp_path: Path) -> None:
    environ = {"MODEL_URI": str(tmp_path / "nothing"), "MODEL_FALLBACK": "none"}
    with (
        serving("predict_digit", tmp_path, environ=environ) as server,
        visit(browser, server, "/", refused=1) as page,
    ):
        draw(page, *CROSS)
        with page.expect_response("**/api/predict") as answered:
            page.get_by_role("button", name="Envoyer").click()
        assert answered.value.status == 503
        expect(page.locator("[aria-live=polite]")).to_have_text(re.compile("^le modèle n'est pas prêt\u00a0: "))
        expect(page.get_by_role("button", name="Réessayer")).to_be_visible()


def test_the_server_load_is_shown(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        page.clock.install()
        page.reload()
        expect(page.locator(".load")).to_have_text(re.compile(r"^Serveur\xa0: processeur \d+\s%, mémoire \d+\s%$"))
        seconds = page.evaluate("Date.now() / 1000")
        with page.expect_response("**/api/system_info") as again:
            page.clock.pause_at(seconds + 4)  # stops the polling: no later load replaces this one
        load = again.value.json()
        expect(page.locator(".load")).to_have_text(
            f"Serveur : processeur {load['cpu'][:-1]} %, mémoire {load['memory'][:-1]} %"
        )


def test_server_load_is_not_polled_while_the_page_is_hidden(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        page.clock.install()
        with page.expect_response("**/api/system_info"):
            page.reload()
        look = """(where) => {
            Object.defineProperty(document, "hidden", { value: where === "away", configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
        page.evaluate(look, "away")
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.clock.fast_forward(20_000)
        expect(page.locator("#cpu")).to_contain_text("%")
        assert requests == []
        with page.expect_response("**/api/system_info"):
            page.evaluate(look, "back")
