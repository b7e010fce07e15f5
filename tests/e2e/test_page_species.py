"""The page of `predict_species` in a real browser, on the real function: measures, drawing and plot."""

import io
import json
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsing import french, needs_chromium, overflow, visit, wait_until_held
from tests.serving import Server, serving
from tests.species_page import IRIS, NAMES, Point, choose, give, given, middle, on_plot, ready, yours

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The function of the tests that set no environment."""
    with serving("predict_species", tmp_path_factory.mktemp("species")) as running:
        yield running


def move_slider(page: Page, label: str, value: str) -> None:
    page.get_by_role("slider", name=label).fill(value)


def test_the_species_follows_the_sliders(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
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


def test_a_late_response_is_ignored(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        species = page.locator("#answer .species")
        expect(species).to_have_text("Iris setosa")
        held: list[Route] = []
        page.route("**/predict_species", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks it
        for turn, name in enumerate(("Iris virginica", "Iris versicolor"), start=1):
            page.get_by_role("button", name=name).click()
            wait_until_held(page, held, turn)
        first, second = held
        second.continue_()
        expect(species).to_have_text("Iris versicolor")
        with page.expect_response("**/predict_species") as late:
            first.continue_()
        assert late.value.json()["species"] == ["virginica"]
        page.evaluate("fetchJson('health/live')")  # earlier responses have been read
        expect(species).to_have_text("Iris versicolor")


def test_an_outdated_answer_is_removed(browser: Browser, server: Server) -> None:
    held: list[Route] = []
    with visit(browser, server, "/demo") as page:
        ready(page)
        page.route("**/predict_species", lambda route: held.append(route), times=1)  # noqa: PLW0108
        page.get_by_role("button", name="Iris virginica").click()
        expect(page.locator("#answer")).to_have_text("Un instant…")
        expect(page.locator("#bars .best")).to_have_count(0)
        wait_until_held(page, held, 1)
        held[0].continue_()
        expect(page.locator("#answer .species")).to_have_text("Iris virginica")
        for name in NAMES:
            page.get_by_role("spinbutton", name=name).fill("")
        expect(page.locator("#answer")).to_have_text("Donnez les quatre mesures, en centimètres.")


def test_a_refused_measure_is_named(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        expect(page.locator("#answer .species")).to_have_text("Iris setosa")
        field = page.get_by_role("spinbutton", name="Longueur du sépale")
        field.fill("0")
        text = "Longueur du sépale : attendu : nombre plus grand que 0 et d'au plus 100, reçu : 0"
        expect(page.locator("[aria-live=polite]")).to_have_text(text)
        expect(page.locator("#answer .fault")).to_have_text(text)
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("5")
        ready(page)
        expect(field).not_to_have_attribute("aria-invalid", "true")


def test_the_sliders_have_the_range_of_the_served_model(browser: Browser, server: Server) -> None:
    model = json.loads(server.get("/model"))
    with visit(browser, server, "/demo") as page:
        measure = model["table"]["columns"][3]
        measure |= {"minimum": 0.3, "maximum": 1.9}
        page.route("**/model", lambda route: route.fulfill(json=model))
        page.goto(server.address + "/demo")
        slider = page.get_by_role("slider", name="Largeur du pétale")
        expect(slider).to_have_attribute("max", "1.9")
        expect(slider).to_have_attribute("min", "0.3")
        expect(page.locator("#answer")).to_contain_text("Une mesure est hors de ce que le modèle a vu")
        note = page.locator("#unusual-3")
        expect(note).to_have_text("Le modèle n'a vu que de 0,3 à 1,9 cm.")
        page.get_by_role("spinbutton", name="Largeur du pétale").fill("0.3")
        expect(note).to_have_text("")
        expect(page.locator("#answer .notice")).to_have_count(0)


def test_the_flower_is_drawn_to_scale(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        for measures in ((5.0, 3.4, 1.5, 0.2), (7.9, 4.4, 6.9, 2.5), (4.3, 2.0, 1.0, 0.1), (20, 9, 12, 4)):
            give(page, *measures)
            check_flower(page, *measures)


def check_flower(page: Page, length: float, width: float, petal_length: float, petal_width: float) -> None:
    boxes = page.evaluate("""() => {
        const sides = ({ x, y, width, height }) => [x, y, width, height];
        const all = (parts) => [...document.querySelectorAll(parts)].map((part) => sides(part.getBBox()));
        const [[rule], frame] = [all("#iris .rule path"), document.querySelector("#flower").viewBox.baseVal];
        return { petals: all("#iris .petal"), sepals: all("#iris .sepal"), rule, frame: sides(frame) };
    }""")
    assert boxes["petals"][0][2:] == pytest.approx([petal_width, petal_length], rel=0.01)  # the upright one
    assert boxes["sepals"][2][2:] == pytest.approx([width, length], rel=0.01)  # the hanging one
    left, top, wide, high = boxes["frame"]
    for x, y, across, down in boxes["petals"] + boxes["sepals"]:
        assert left <= x <= x + across <= left + wide
        assert top <= y <= y + down <= top + high
    expect(page.locator("#iris .rule text")).to_have_text(f"{boxes['rule'][2]:.0f} cm")
    a, b, c, d = (french(value, 1) for value in (length, width, petal_length, petal_width))
    words = str(page.locator("#flower").get_attribute("aria-label"))
    assert f"sépales retombants de {a} cm sur {b} cm, trois pétales dressés de {c} cm sur {d} cm" in words


def test_your_flower_is_plotted_at_its_measures(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        give(page, 6.1, 2.9, 4.6, 1.4)
        expect(page.locator("#legend-mine")).to_have_text("Votre fleur : Iris versicolor")
        for across, up in (("Longueur du pétale", "Largeur du pétale"), ("Longueur du sépale", "Largeur du sépale")):
            choose(page, across, up)
            x, y = (given(page)[NAMES.index(name)] for name in (across, up))
            assert yours(page) == pytest.approx(on_plot(page, x, y), abs=3)
            assert page.locator("#axes .title").all_text_contents() == [f"{across} (cm)", f"{up} (cm)"]
        page.get_by_label("Axe horizontal").select_option(label="Largeur du sépale")
        expect(page.get_by_label("Axe vertical")).to_have_value("0")  # the axes are swapped
        give(page, 30, 2.9, 4.6, 1.4)
        assert yours(page) == pytest.approx(on_plot(page, 2.9, 30), abs=3)


def test_all_flowers_are_plotted_at_their_measures(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        choose(page, "Largeur du sépale", "Longueur du pétale")
        box = page.locator("#plot").bounding_box()
        assert box is not None
        for species in range(3):
            rows = IRIS.data[IRIS.target == species]
            path = page.locator(f"#fisher-{species}").get_attribute("d") or ""
            assert path.count("M") == 50
            drawn = page.locator(f"#fisher-{species}").bounding_box()
            assert drawn is not None
            left, bottom = on_plot(page, rows[:, 1].min(), rows[:, 2].min())
            right, top = on_plot(page, rows[:, 1].max(), rows[:, 2].max())
            drawn = page.locator(f"#fisher-{species}").bounding_box()
            assert drawn is not None
            corners = (drawn["x"], drawn["y"], drawn["x"] + drawn["width"], drawn["y"] + drawn["height"])
            assert corners == pytest.approx((left, top, right, bottom), abs=9)


def test_a_click_on_the_plot_sets_two_measures(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        species = ready(page)
        page.mouse.click(*on_plot(page, 2.97, 2.57))
        expect(species).to_have_text("Iris virginica")
        assert given(page) == [5.0, 3.4, 3.0, 2.6]
        page.mouse.click(*on_plot(page, 6.9, 2.3))  # flower 119 only
        assert given(page) == [7.7, 2.6, 6.9, 2.3]
        expect(page.get_by_label("Une des fleurs de Fisher")).to_have_value("119")
        expect(page.locator("#answer")).to_contain_text("La fleur 119 de Fisher, en vérité : Iris virginica")
        page.mouse.click(*on_plot(page, 1.4, 0.2))  # eight flowers at one point: each click selects the next
        first = given(page)
        expect(page.locator("#seen")).to_contain_text("et 7 au même endroit")
        page.mouse.click(*on_plot(page, 1.4, 0.2))
        assert given(page)[2:] == first[2:]
        assert given(page) != first


def test_your_flower_can_be_dragged(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        species = ready(page)
        page.mouse.move(*yours(page))
        page.mouse.down()
        page.mouse.move(*on_plot(page, 4.0, 1.0), steps=5)
        page.mouse.move(*on_plot(page, 5.3, 1.9), steps=5)
        assert given(page) == [5.0, 3.4, 5.3, 1.9]
        expect(species).to_have_text("Iris virginica")
        page.mouse.move(*on_plot(page, -50, 50), steps=2)
        page.mouse.up()
        assert given(page) == [5.0, 3.4, 0.1, 3.0]  # clamped to the axes; lengths stay positive
        page.mouse.move(*on_plot(page, 5.3, 1.9))
        assert given(page) == [5.0, 3.4, 0.1, 3.0]


def test_hovering_over_a_flower_names_it(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        seen = page.locator("#seen")
        expect(seen).to_contain_text("Touchez une fleur")
        page.mouse.move(*on_plot(page, 3.0, 1.1))
        expect(seen).to_have_text("Fleur 99 · Iris versicolor · sépale 5,1 × 2,5, pétale 3,0 × 1,1 cm")
        assert middle(page, "#ring") == pytest.approx(on_plot(page, 3.0, 1.1), abs=2)
        page.mouse.move(*on_plot(page, 3.0, 2.6))
        expect(seen).to_contain_text("Touchez une fleur")
        assert given(page) == [5.0, 3.4, 1.5, 0.2]


def test_the_page_works_with_the_keyboard(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        species = ready(page)
        slider = page.get_by_role("slider", name="Longueur du pétale")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(slider).to_have_value("1.6")
        expect(page.get_by_role("spinbutton", name="Longueur du pétale")).to_have_value("1.6")
        page.keyboard.press("End")
        page.get_by_role("slider", name="Largeur du pétale").focus()
        page.keyboard.press("End")
        expect(species).to_have_text("Iris virginica")
        flowers = page.get_by_label("Une des fleurs de Fisher")
        flowers.focus()
        page.keyboard.type("71 ")
        page.keyboard.press("Enter")
        expect(species).to_have_text("Iris virginica")
        expect(page.locator("#answer")).to_contain_text("La fleur 71 de Fisher, en vérité : Iris versicolor")
        assert given(page) == [5.9, 3.2, 4.8, 1.8]
        page.get_by_role("spinbutton", name="Longueur du pétale").press("ArrowUp")
        expect(flowers).to_have_value("")


def test_fingers_move_the_flower_and_scroll_the_page(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", width=390, has_touch=True, is_mobile=True) as page:
        ready(page)
        assert overflow(page) == 0
        page.touchscreen.tap(*on_plot(page, 5.3, 2.8))
        expect(page.locator("#legend-mine")).to_have_text("Votre fleur : Iris virginica")
        assert given(page)[2:] == pytest.approx([5.3, 2.8], abs=0.15)
        finger = page.context.new_cdp_session(page)

        def swipe(start: Point, end: Point) -> None:
            for kind, share in (
                ("touchStart", 0.0),
                *(("touchMove", step / 10) for step in range(1, 11)),
                ("touchEnd", 1.0),
            ):
                x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
                points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
                finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        start, end = yours(page), on_plot(page, 4.0, 1.2)
        place = "document.querySelector('#plot').getBoundingClientRect().y"
        before = page.evaluate(place)
        swipe(start, end)
        expect(page.locator("#legend-mine")).to_have_text("Votre fleur : Iris versicolor")
        assert given(page)[2:] == pytest.approx([4.0, 1.2], abs=0.15)
        assert page.evaluate(place) == pytest.approx(before, abs=2)
        x, y = on_plot(page, 6.5, 0.9)
        swipe((x, y), (x, y - 150))
        page.wait_for_function(f"(before) => {place} < before - 50", arg=before)
        assert given(page)[2:] == pytest.approx([4.0, 1.2], abs=0.15)


def test_print_uses_the_light_colours(browser: Browser, server: Server) -> None:
    colours = "[0, 1, 2].map((species) => getComputedStyle(find(`fisher-${species}`)).fill)"
    with visit(browser, server, "/demo", color_scheme="light") as page:
        light = page.evaluate(colours)
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(colours) != light
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(colours) == light


def test_sliders_scale_with_the_text_on_a_large_screen(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", width=3840) as page:
        ready(page)
        slider = np.asarray(Image.open(io.BytesIO(page.locator("#slider-0").screenshot())).convert("RGB"))
        accent = (slider == (91, 63, 181)).all(axis=2)
        assert accent.sum(axis=0).max() >= 24  # pixels, of its thumb
