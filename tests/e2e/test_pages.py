"""The three pages in a real browser, before the real functions."""

import json
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from tests.replay import ROOT
from tests.serving import Server, serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH")

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)
PAGES = {"predict_digit": "/", "predire": "/demo", "predict_species": "/demo"}
UNREACHABLE = "Le serveur ne répond pas. Vérifiez la connexion, puis réessayez."
UNCERTAIN = "La certitude est trop faible pour une prédiction fiable. Essayez à nouveau."
BLANK = "Le dessin est vide ou presque : tracez un chiffre."
CROSS = (((40, 60), (240, 60)), ((40, 240), (240, 40)), ((40, 40), (240, 240)))
Stroke = tuple[tuple[int, int], ...]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield launched
        launched.close()


@contextmanager
def visit(browser: Browser, server: Server, path: str, width: int = 1200, refused: int = 0) -> Iterator[Page]:
    """A page of a server, which must leave nothing on the console but the `refused` requests that a test provokes."""
    context = browser.new_context(locale="fr-FR", viewport={"width": width, "height": 800})
    page = context.new_page()
    console: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(server.address + path)
    yield page
    context.close()
    assert len([text for text in console if text.startswith("Failed to load resource")]) == refused, console
    assert [text for text in console if not text.startswith("Failed to load resource")] == []


def needs_bundle(name: str) -> None:
    if not (ROOT / "models" / name / "bundle" / "manifest.json").exists():
        pytest.skip(f"models/{name}/bundle is not there: python -m models train {name}")


def draw(page: Page, *strokes: Stroke) -> None:
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    for (x, y), *rest in strokes:
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.down()
        for to_x, to_y in rest:
            page.mouse.move(box["x"] + to_x, box["y"] + to_y, steps=12)
        page.mouse.up()


def example() -> dict[str, Any]:
    student: dict[str, Any] = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))
    return student


def predicted(server: Server, students: object) -> Any:
    status, body = server.post("/predire", json.dumps(students).encode())
    assert status == 200
    return json.loads(body)


def french(number: float, digits: int) -> str:
    return f"{number:.{digits}f}".replace(".", ",")


def overflow(page: Page) -> int:
    """How many pixels wider than the window the page is."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def move_slider(page: Page, label: str, value: str) -> None:
    page.get_by_role("slider", name=label).fill(value)


def test_a_drawn_one_is_read(browser: Browser, tmp_path: Path) -> None:
    needs_bundle("predict_digit")
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
    needs_bundle("predict_digit")
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
    needs_bundle("predict_digit")
    with serving("predict_digit", tmp_path) as server, visit(browser, server, "/", refused=1) as page:
        page.get_by_role("button", name="Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(BLANK)


def test_a_doubtful_drawing_gets_the_servers_own_words(browser: Browser, tmp_path: Path) -> None:
    needs_bundle("predict_digit")
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


def test_the_example_student_is_predicted(browser: Browser, tmp_path: Path) -> None:
    with serving("predire", tmp_path) as server, visit(browser, server, "/demo") as page:
        assert page.evaluate("EXAMPLE") == example()
        expect(page.locator(".field label")).to_have_count(26)
        expect(page.locator("#semester-1 .field").first).to_be_hidden()
        page.get_by_role("button", name="Remplir avec un exemple").click()
        page.get_by_role("button", name="Prédire").click()
        answer = predicted(server, example())
        verdict = {"echec": "Échec probable", "reussite": "Réussite probable"}[answer["prediction"]]
        expect(page.locator(".verdict")).to_have_text(verdict)
        said = page.locator("#answer")
        expect(said).to_contain_text(f"Probabilité d'échec : {french(100 * answer['probabilite_echec'], 1)} %")
        expect(said).to_contain_text("Prédiction faite après le semestre 2.")
        factors = page.locator("#factors li")
        expect(factors).to_have_count(len(answer["facteurs"]))
        for index, factor in enumerate(answer["facteurs"]):
            sign = "+" if factor["contribution"] > 0 else "−"
            expect(factors.nth(index)).to_contain_text(factor["libelle"])
            expect(factors.nth(index)).to_contain_text(sign + french(abs(factor["contribution"]), 2))
            expect(factors.nth(index)).to_contain_text(f"{factor['sens']} le risque d'échec")
        expect(page.locator(".human")).to_contain_text("C'est toujours une personne qui décide")


def test_a_semester_can_be_left_out(browser: Browser, tmp_path: Path) -> None:
    with serving("predire", tmp_path) as server, visit(browser, server, "/demo") as page:
        page.get_by_role("button", name="Remplir avec un exemple").click()
        page.get_by_label("Semestre 2 terminé").uncheck()
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#answer")).to_contain_text("Prédiction faite après le semestre 1.")
        page.get_by_label("Semestre 1 terminé").uncheck()
        expect(page.locator("#stale")).to_have_text("Le formulaire a changé depuis cette prédiction.")
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#answer")).to_contain_text("Prédiction faite à l'inscription.")
        expect(page.locator("#stale")).to_be_hidden()
        page.get_by_label("Semestre 2 terminé").check()
        expect(page.get_by_label("Semestre 1 terminé")).to_be_checked()


def test_a_doubtful_student_is_for_a_person_to_look_at(browser: Browser, tmp_path: Path) -> None:
    with serving("predire", tmp_path) as server, visit(browser, server, "/demo") as page:
        approved, grade = "curricular_units_2nd_sem_approved", "curricular_units_2nd_sem_grade"
        students = [example() | {approved: units, grade: mark} for units in range(7) for mark in range(21)]
        answers = predicted(server, students)
        doubtful = [student for student, answer in zip(students, answers, strict=True) if answer["a_verifier"]]
        page.get_by_role("button", name="Remplir avec un exemple").click()
        page.locator(f"#{approved}").fill(str(doubtful[0][approved]))
        page.locator(f"#{grade}").fill(str(doubtful[0][grade]))
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator(".notice")).to_have_text(
            "Trop incertain pour conclure : une personne doit examiner ce dossier."
        )


def test_a_wrong_field_is_told_beside_the_field(browser: Browser, tmp_path: Path) -> None:
    with serving("predire", tmp_path) as server, visit(browser, server, "/demo", refused=1) as page:
        page.get_by_role("button", name="Remplir avec un exemple").click()
        grade = page.get_by_label("Note d'admission")
        grade.fill("300")
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#admission_grade-fault")).to_have_text("attendu : nombre entre 0 et 200, reçu : 300")
        expect(page.locator("#answer")).to_have_text("Champs à corriger : 1.")
        expect(grade).to_be_focused()
        expect(grade).to_have_attribute("aria-invalid", "true")
        expect(page.locator(".fault", has_text="attendu")).to_have_count(1)
        grade.fill("")
        expect(page.locator("#admission_grade-fault")).to_have_text("")
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#admission_grade-fault")).to_have_text("À remplir.")


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


@pytest.mark.parametrize("name", PAGES)
def test_no_sideways_scrolling_on_a_narrow_phone(name: str, browser: Browser, tmp_path: Path) -> None:
    with serving(name, tmp_path) as server, visit(browser, server, PAGES[name], width=320) as page:
        if name == "predire":
            page.get_by_role("button", name="Prédire").click()
            expect(page.locator("#answer")).to_have_text("Champs à remplir : 14.")
            assert overflow(page) == 0
            page.get_by_role("button", name="Remplir avec un exemple").click()
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
            page.get_by_role("button", name="Remplir avec un exemple").click()
        server.process.send_signal(signal.SIGINT)  # SIGTERM would wait for the browser's idle connections
        server.process.wait(20)
        if name == "predict_species":
            page.get_by_role("button", name="Iris virginica").click()
        else:
            page.get_by_role("button", name="Prédire" if name == "predire" else "Envoyer").click()
        expect(page.locator("[aria-live=polite]")).to_have_text(UNREACHABLE)
    context.close()
