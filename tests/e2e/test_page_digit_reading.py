"""The page of `predict_digit`: pictures, live predictions, slow and unreachable servers, and replayed real strokes."""

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from PIL import Image, ImageDraw, ImageFilter, ImageOps
from playwright.sync_api import Browser, Page, Request, expect

from models.predict_digit import strokes
from models.predict_digit.pen import CANVAS, Pen
from models.predict_digit.strokes import Drawing
from tests.browsing import UNREACHABLE, Stroke, draw, needs_chromium, visit
from tests.replay import ROOT
from tests.serving import Server, serving
from training.datasets import data_folder

pytestmark = needs_chromium
ONE = ((150, 45), (145, 140), (140, 235))
FIVE = json.loads((ROOT / "functions/predict_digit/examples/cinq.json").read_bytes())["image"]
PNG = "data:image/png;base64,"
CONTENT = base64.b64decode(FIVE.removeprefix(PNG))
HELD = """
window.held = [];
const real = fetch;
window.fetch = (url, { signal, ...options } = {}) => {
  if (!String(url).endsWith("api/predict")) return real(url, options);
  return new Promise((done) => held.push(() => real(url, options).then(done)));
};
"""
"""Holds each prediction until the test releases it, and ignores aborts: late responses still arrive."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder where the server saves pictures."""
    return tmp_path_factory.mktemp("digit") / "pictures"


@pytest.fixture(scope="module")
def server(pictures: Path) -> Iterator[Server]:
    environ = {"SAVED_IMAGES_URI": str(pictures), "REQUEST_LOG": "off"}
    with serving("predict_digit", pictures.parent, environ=environ) as running:
        yield running


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def answer(page: Page, digit: int) -> None:
    expect(page.locator("#answer .digit")).to_have_text(str(digit))


def asked(request: Request) -> dict[str, Any]:
    """The body of a request of the page."""
    body: dict[str, Any] = json.loads(request.post_data or "")
    return body


def choose(page: Page, content: bytes, name: str = "chiffre.png", kind: str = "image/png") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": content})


def paste(page: Page) -> None:
    """Put the example's 5 on the clipboard, and press Ctrl+V."""
    page.evaluate(
        """async (url) => {
            const bytes = Uint8Array.from(atob(url.split(",")[1]), (letter) => letter.charCodeAt(0));
            const blob = new Blob([bytes], { type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        FIVE,
    )
    page.keyboard.press("Control+v")


def drag(page: Page, file: Path, *events: str) -> None:
    """Drag a file over the page, far from the canvas."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for event in events:
        session.send("Input.dispatchDragEvent", {"type": event, "x": 900, "y": 600, "data": data})


def photo() -> bytes:
    """A JPEG of a phone held upright: a 7 in blue ink on ruled paper, half in shadow, with the table at the edge."""
    paper = Image.new("RGB", (1200, 900), (250, 246, 236))
    pen = ImageDraw.Draw(paper)
    for row in range(40, 900, 75):
        pen.line([(0, row), (1200, row)], fill=(190, 205, 235), width=3)
    pen.line([(480, 260), (760, 250), (590, 690)], fill=(40, 45, 110), width=22, joint="curve")
    pen.rectangle([0, 0, 60, 900], fill=(90, 60, 35))
    across, down = np.meshgrid(np.arange(1200), np.arange(900))
    light = (0.65 + 0.3 * across / 1200) * np.where(across + down < 1050, 0.6, 1.0)
    noise = np.random.default_rng(0).normal(0, 5, (900, 1200, 3))
    shaded = np.asarray(paper.filter(ImageFilter.GaussianBlur(1.5))) * light[..., None] + noise
    buffer = io.BytesIO()
    lying = Image.fromarray(shaded.clip(0, 255).astype(np.uint8)).transpose(Image.Transpose.ROTATE_90)
    (exif := Image.Exif())[0x0112] = 6  # rotated by a quarter turn when shown
    lying.save(buffer, "JPEG", quality=85, exif=exif)
    return buffer.getvalue()


def test_a_chosen_pasted_or_dropped_picture_is_read_at_once(browser: Browser, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "cinq.png"
    file.write_bytes(CONTENT)
    with visit(browser, server, "/", permissions=["clipboard-read", "clipboard-write"]) as page:
        with page.expect_file_chooser() as chooser:
            press(page, "Choisir une image")
        chooser.value.set_files(file)
        answer(page, 5)
        press(page, "Effacer")
        paste(page)
        answer(page, 5)
        press(page, "Effacer")
        drag(page, file, "dragEnter", "dragOver")
        expect(page.locator("#sheet")).to_have_class("sheet dropping")
        drag(page, file, "drop")
        answer(page, 5)
        expect(page.locator("#sheet")).to_have_class("sheet")
        assert page.evaluate("view.getImageData(0, 0, 999, 999).data.some((level, at) => at % 4 === 0 && level < 99)")


def test_a_large_photo_is_reduced_and_its_shadow_removed(browser: Browser, server: Server) -> None:
    content = photo()
    small = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).resize((640, 480))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    status, _ = server.post(
        "/predict_digit", json.dumps({"image": PNG + base64.b64encode(buffer.getvalue()).decode()}).encode()
    )
    assert status == 422, "the server reads it by itself: the page has nothing to do"
    with visit(browser, server, "/") as page:
        with page.expect_request("**/api/predict") as request:
            choose(page, content, "photo.jpg", "image/jpeg")
        answer(page, 7)
        sent = asked(request.value)["image"]
        assert Image.open(io.BytesIO(base64.b64decode(sent.removeprefix(PNG)))).size == (640, 480)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_a_supported_small_picture_is_sent_unchanged(browser: Browser, server: Server, mode: str) -> None:
    picture = Image.new(mode, (90, 60), 0)
    ImageDraw.Draw(picture).line([(45, 10), (43, 50)], fill=255 if mode == "L" else (255, 255, 255, 255), width=6)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    with visit(browser, server, "/") as page:
        with page.expect_request("**/api/predict") as request:
            choose(page, buffer.getvalue())
        answer(page, 1)
        sent = Image.open(io.BytesIO(base64.b64decode(asked(request.value)["image"].removeprefix(PNG))))
        assert np.array_equal(np.asarray(sent.convert("RGBA")), np.asarray(picture.convert("RGBA")))


def test_an_unreadable_picture_is_reported_and_the_drawing_kept(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        draw(page, ONE)
        before = page.evaluate("sheet.toDataURL()")
        choose(page, b"%PDF-1.4", "notes.pdf", "application/pdf")
        said = "Ce fichier n'est pas une image que le navigateur sait lire : notes.pdf. Essayez un PNG ou un JPEG."
        expect(page.locator("[aria-live=polite]")).to_have_text(said)
        page.get_by_role("link", name="English").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(re.compile("^This file is no picture .*: notes.pdf"))
        assert page.evaluate("sheet.toDataURL()") == before


def test_a_stroke_replaces_a_picture_until_undone(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        choose(page, CONTENT)
        answer(page, 5)
        draw(page, ONE)
        press(page, "Envoyer")
        answer(page, 1)
        press(page, "Annuler")
        press(page, "Envoyer")
        answer(page, 5)


def draw_live(page: Page, *lines: Stroke) -> None:
    """Draw with the page's clock stopped, then advance it past the pause that triggers a prediction."""
    draw(page, *lines)
    page.clock.run_for(200)


def stand_still(page: Page) -> None:
    """Reload the page with a clock controlled by the test: a slow machine pauses while it draws."""
    page.clock.install(time=0)
    page.reload()
    page.clock.pause_at(3_600_000)


def test_a_drawing_is_read_live_and_saved_only_when_sent(browser: Browser, server: Server, pictures: Path) -> None:
    with visit(browser, server, "/") as page:
        kept = len(list(pictures.glob("*"))) if pictures.exists() else 0
        stand_still(page)
        page.get_by_role("switch", name="Lire en direct").check()
        expect(page.locator("#answer")).to_have_text("Dessinez : la réponse suit.")
        with page.expect_request("**/api/predict") as request:
            draw_live(page, ONE)
        answer(page, 1)
        assert asked(request.value)["draft"] is True
        assert len(list(pictures.glob("*"))) == kept
        press(page, "Annuler")
        expect(page.locator("#answer")).to_have_text("Dessinez : la réponse suit.")
        draw(page, ONE)
        with page.expect_response("**/api/predict") as sent:
            press(page, "Envoyer")
        assert asked(sent.value.request)["draft"] is False
        assert len(list(pictures.glob("*"))) == kept + 1


def test_a_late_response_is_ignored(browser: Browser, server: Server) -> None:
    let = "async (turn) => { await held[turn](); await (await fetch('health/live')).json(); }"
    with visit(browser, server, "/") as page:
        page.add_init_script(HELD)
        stand_still(page)
        page.get_by_role("switch", name="Lire en direct").check()
        choose(page, CONTENT)
        expect(page.locator("#answer")).to_have_text("Lecture du dessin…")
        draw_live(page, ONE)
        page.evaluate(let, 1)
        answer(page, 1)
        with page.expect_response("**/api/predict") as late:
            page.evaluate(let, 0)
        assert late.value.json()["prediction"] == 5
        answer(page, 1)
        press(page, "Envoyer")
        press(page, "Effacer")
        page.evaluate(let, 2)
        expect(page.locator("#answer")).to_have_text("Dessinez : la réponse suit.")


def test_a_slow_server_is_announced(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        page.add_init_script(HELD)
        stand_still(page)
        draw(page, ONE)
        press(page, "Envoyer")
        expect(page.locator("#answer")).to_have_text("Lecture du dessin…")
        page.clock.fast_forward(5000)
        expect(page.locator("#answer")).to_have_text("Le serveur tarde : il se réveille peut-être.")
        page.get_by_role("link", name="English").click()
        expect(page.locator("#answer")).to_have_text("The server is slow: it may be waking up.")
        page.evaluate("held[0]()")
        answer(page, 1)
        press(page, "Send")
        page.evaluate("held[1]()")
        answer(page, 1)
        page.clock.fast_forward(5000)
        answer(page, 1)


@pytest.mark.parametrize("way", ["a click", "the network is back"])
def test_a_request_is_retried_when_the_server_is_back(browser: Browser, server: Server, way: str) -> None:
    with visit(browser, server, "/", refused=1) as page:
        page.route("**/api/predict", lambda route: route.abort())
        draw(page, ONE)
        press(page, "Envoyer")
        expect(page.locator("[aria-live=polite]")).to_have_text(UNREACHABLE)
        page.unroute("**/api/predict")
        if way == "a click":
            press(page, "Réessayer")
        else:
            page.evaluate("dispatchEvent(new Event('online'))")
        answer(page, 1)
        expect(page.get_by_role("button", name="Réessayer")).to_have_count(0)


def test_switching_the_language_keeps_drawing_and_answer(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/") as page:
        draw(page, ONE)
        press(page, "Envoyer")
        answer(page, 1)
        before = page.evaluate("sheet.toDataURL()")
        page.get_by_role("link", name="English").click()
        expect(page.locator("#answer .certainty")).to_have_text(re.compile(r"^Certainty: [\d.]+%$"))
        answer(page, 1)
        expect(page.locator("h1")).to_have_text("Draw a digit")
        expect(page.locator("#bars .best")).to_have_text(re.compile(r"^1[\d.]+%$"))
        expect(page.locator(".load")).to_have_text(re.compile(r"^Server: processor \d+%, memory \d+%$"))
        expect(page.get_by_role("slider", name="Drawing area")).to_have_attribute(
            "aria-valuetext", "row 3, column 5, pencil up"
        )
        assert page.evaluate("sheet.toDataURL()") == before
        choose(page, CONTENT)
        answer(page, 5)
        page.get_by_role("link", name="Français").click()
        press(page, "Envoyer")
        answer(page, 5)


REPLAY = """async (drawings) => {
    const digits = [];
    const said = () => new Promise((done) => {
        const look = () => {
            const found = find("answer").querySelector(".digit, .unsure, .fault");
            if (found) done(found.className === "digit" ? Number(found.textContent) : null);
            return found;
        };
        const watcher = new MutationObserver(() => look() && watcher.disconnect());
        watcher.observe(find("answer"), { childList: true, subtree: true });
    });
    for (const strokes of drawings) {
        find("clear").click();
        const box = canvas.getBoundingClientRect();
        for (const points of strokes) {
            points.forEach(([x, y], at) => {
                const place = { clientX: box.left + x * box.width / 280, clientY: box.top + y * box.width / 280 };
                const pointer = { pointerId: 1, pointerType: "mouse", button: at ? -1 : 0, buttons: 1 };
                const kind = at ? "pointermove" : "pointerdown";
                canvas.dispatchEvent(new PointerEvent(kind, { ...place, ...pointer, bubbles: true, cancelable: true }));
            });
            canvas.dispatchEvent(new PointerEvent("pointerup", { pointerId: 1, pointerType: "mouse", bubbles: true }));
        }
        const answered = said();
        find("send").click();
        digits.push(await answered);
    }
    return digits;
}"""
"""Draws with pointer events, presses Envoyer and reads what the page says."""


def placed(drawing: Drawing, pen: Pen) -> list[Any]:
    """The points of a drawing where `models.predict_digit.pen` draws them: 70 % of the canvas, in its middle."""
    points = np.concatenate(drawing)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (pen.scale * CANVAS - pen.width) / max(float(np.max(extent)), 1e-9)
    start = (CANVAS - extent * scale) / 2
    return [((stroke - low) * scale + start).tolist() for stroke in drawing]


def test_strokes_of_unseen_writers_are_recognised(browser: Browser, server: Server) -> None:
    if not (data_folder() / strokes.SOURCE.path).is_file():
        pytest.skip(f"{strokes.SOURCE.path} is not in DATA_DIR ({data_folder()})")
    unseen = strokes.load().by(strokes.TEST_WRITERS).sample(200)
    drawings = [placed(drawing, Pen()) for drawing in unseen.drawings][:200]
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(server.address)
    digits = page.evaluate(REPLAY, drawings)
    context.close()
    right = sum(digit == label for digit, label in zip(digits, unseen.labels.tolist(), strict=False))
    assert len(digits) == 200
    assert right >= 0.97 * 200, right
