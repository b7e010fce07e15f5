"""The page of `predict_species`: many flowers at once, both languages, network failures."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Route, expect

from tests.browsing import UNREACHABLE, drop, french, needs_chromium, visit, wait_until_held
from tests.serving import Server, serving
from tests.species_page import IRIS, SPECIES, give, given, on_plot, paste, ready, table

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The function of the tests that set no environment."""
    with serving("predict_species", tmp_path_factory.mktemp("species")) as running:
        yield running


def test_the_150_example_flowers_get_the_predictions_of_the_api(browser: Browser, server: Server) -> None:
    names = IRIS.feature_names
    body = {"data": [dict(zip(names, map(float, row), strict=True)) for row in IRIS.data]}
    status, content = server.post("/predict_species", json.dumps(body).encode())
    assert status == 200
    answers = json.loads(content)
    with visit(browser, server, "/demo") as page:
        ready(page)
        page.get_by_role("button", name="Essayer les 150 fleurs de Fisher").click()
        expect(page.locator("#table tr")).to_have_count(150)
        right = sum(a == b for a, b in zip(answers["result"], IRIS.target.tolist(), strict=True))
        assert right == 147
        counts = ", ".join(f"{answers['result'].count(i)} {name}" for i, name in enumerate(SPECIES))
        summary = f"Fleurs reconnues : 150 ({counts}). Comme l'espèce donnée : 147 sur 150 (98,0 %)."
        expect(page.locator("[aria-live=polite]")).to_have_text(summary)
        expect(page.locator("#summary")).to_have_text(summary.replace(". ", "."))
        text = page.get_by_label("Fleurs, une par ligne").input_value()
        heading, *rows = csv.reader(text.splitlines(), delimiter=";")
        assert heading == [*names, "species"]
        assert [[float(cell.replace(",", ".")) for cell in row[:4]] for row in rows] == IRIS.data.tolist()
        assert [row[4] for row in rows] == [SPECIES[label] for label in IRIS.target]
        for line, *_, told, found, _, _, _ in (row for row in table(page)):
            index = int(line) - 2
            assert found == answers["species"][index]
            assert told.removeprefix("≠ ") == SPECIES[IRIS.target[index]]
            assert told.startswith("≠") == (found != SPECIES[IRIS.target[index]])
        shares = [row[5:] for row in table(page)]
        assert shares == [[f"{french(100 * p, 1)} %" for p in row] for row in answers["probabilities"]]


def test_the_results_can_be_downloaded_and_pasted_again(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        paste(page, "5.1,3.5,1.4,0.2,virginica\n6.3,3.3,6,2.5")
        expect(page.locator("#table tr")).to_have_count(2)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Télécharger les résultats (CSV)").click()
        assert saved.value.suggested_filename == "iris.csv"
        text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
        first, second = csv.DictReader(StringIO(text), delimiter=";")
        assert first | {"probability setosa": "1"} == {
            "line": "1", "sepal length (cm)": "5,1", "sepal width (cm)": "3,5", "petal length (cm)": "1,4",
            "petal width (cm)": "0,2", "given species": "virginica", "species": "setosa",
            "probability setosa": "1", "probability versicolor": "0", "probability virginica": "0",
        }  # fmt: skip
        assert (second["given species"], second["species"]) == ("", "virginica")
        assert float(second["probability virginica"].replace(",", ".")) > 0.99
        paste(page, text)
        expect(page.locator("#summary")).to_contain_text("Fleurs reconnues : 2 (1 setosa, 0 versicolor, 1 virginica).")
        expect(page.locator("#summary")).to_contain_text("Comme l'espèce donnée : 0 sur 1 (0,0 %).")


def test_rows_of_a_usual_format_are_read(browser: Browser, server: Server) -> None:
    """One of the formats that tests/js/species_rows.test.js tests."""
    text = "Espèce;Larg. pétale;Long. pétale;Larg. sépale;Long. sépale\r\nversicolor;1,3;4,3;2,8;5,9\r\n"
    with visit(browser, server, "/demo") as page:
        ready(page)
        paste(page, text)
        expect(page.locator("#table tr")).to_have_count(1)
        [[_, sepal, petal, _, found, *_]] = table(page)
        assert (sepal, petal, found) == ("5,9 × 2,8", "4,3 × 1,3", "versicolor")
        page.get_by_role("button", name="Effacer").click()
        expect(page.locator("#results")).to_be_hidden()


def test_wrong_lines_are_reported_and_the_others_recognised(browser: Browser, server: Server) -> None:
    range_ = "attendu : nombre plus grand que 0 et d'au plus 100, reçu :"
    with visit(browser, server, "/demo") as page:
        ready(page)
        field = page.get_by_label("Fleurs, une par ligne")
        paste(
            page,
            "petal length;petal width;sepal length;sepal width\n1,4;0,2;5,1;3,5\n1,4;bleu;5,1;101\n\n1,4;0\n4;1;200;3",
        )
        faults = page.locator("#faults li")
        expect(faults).to_have_text(
            [
                f"Ligne 3, largeur du sépale : {range_} « 101 »",
                f"Ligne 3, largeur du pétale : {range_} « bleu »",
                f"Ligne 5, longueur du sépale : {range_} rien",
                f"Ligne 5, largeur du sépale : {range_} rien",
                f"Ligne 5, largeur du pétale : {range_} « 0 »",
                f"Ligne 6, longueur du sépale : {range_} « 200 »",
            ]
        )
        expect(page.locator("#summary")).to_contain_text("Fleurs reconnues : 1 (1 setosa, 0 versicolor, 0 virginica).")
        expect(page.locator("#summary")).to_contain_text("Lignes écartées : 3.")
        expect(field).to_have_attribute("aria-invalid", "true")
        paste(page, "Longueur du sépale;Largeur du sépale;Longueur du pétale\n5,1;3,5;1,4")
        expect(faults).to_have_text(["Ligne 1, largeur du pétale : absente des titres"])
        paste(page, "\n".join(["un;deux;trois;quatre", *["5,1;3,5;x;0,2"] * 30]))
        expect(faults).to_have_count(21)
        expect(faults.last).to_have_text("… et 14 de plus")
        paste(page, "")
        expect(page.locator("#summary")).to_have_text("Collez d'abord des fleurs : quatre mesures par ligne.")
        paste(page, "9 3 4 1")
        expect(page.locator("#summary")).to_contain_text("Hors de ce que le modèle a vu : 1.")
        expect(page.locator("#table .unusual")).to_have_text("mesure inhabituelle")
        expect(field).to_have_attribute("aria-invalid", "false")


def test_a_file_can_be_dropped_or_chosen(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        drop = """([text, type]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], "iris.csv", { type }));
            const properties = { dataTransfer, bubbles: true, cancelable: true };
            const place = document.querySelector("#plot");
            for (const kind of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(kind, properties));
        }"""
        page.evaluate(drop, ["6.3,3.3,6.0,2.5\n5.1,3.5,1.4,0.2", "text/csv"])
        expect(page.locator("#table tr")).to_have_count(2)
        expect(page.get_by_label("Fleurs, une par ligne")).to_have_value("6.3,3.3,6.0,2.5\n5.1,3.5,1.4,0.2")
        page.evaluate(drop, ["PK\0\0", "application/zip"])
        refusal = "Attendu : du texte (CSV), au plus un million de caractères."
        expect(page.locator("#batch-fault")).to_have_text(refusal)
        expect(page.locator("[aria-live=polite]")).to_have_text(refusal)
        expect(page.locator("#results")).to_be_hidden()
        chosen = {
            "name": "a.tsv",
            "mimeType": "text/tab-separated-values",
            "buffer": "\ufeff5,1\t3,5\t1,4\t0,2".encode("utf-8"),
        }
        page.get_by_label("Choisir un fichier").set_input_files(chosen)  # type: ignore[arg-type]
        expect(page.locator("#table tr")).to_have_count(1)
        expect(page.locator("#batch-fault")).to_have_text("")
        page.get_by_label("Choisir un fichier").set_input_files(chosen | {"buffer": b"5 3 1 1\n" * 125_001})  # type: ignore[arg-type]
        expect(page.locator("#batch-fault")).to_have_text(refusal)


def test_a_dropped_folder_is_refused(browser: Browser, server: Server, tmp_path: Path) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        drop(page, tmp_path)
        refusal = "Attendu : du texte (CSV), au plus un million de caractères."
        expect(page.locator("[aria-live=polite]")).to_have_text(refusal)


def test_pasted_flowers_are_plotted_with_the_others(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        paste(page, "9.5,3,9,0.2,setosa\n9.5,3,8.5,0.3\n5.1,3.5,1.4,0.2")
        expect(page.locator("#legend-pasted")).to_be_visible()
        drawn = [(page.locator(f"#pasted-{i}").get_attribute("d") or "").count("M") for i in range(3)]
        predicted = [row[4] for row in table(page)]
        assert drawn == [sum(name in found for found in predicted) for name in SPECIES]
        page.mouse.move(*on_plot(page, 8.5, 0.3))
        expect(page.locator("#seen")).to_contain_text("Ligne 2 · Iris ")
        page.mouse.click(*on_plot(page, 8.5, 0.3))
        assert given(page) == [9.5, 3.0, 8.5, 0.3]
        page.get_by_label("Montrer ces fleurs").uncheck()
        expect(page.locator("#legend-pasted")).to_be_hidden()
        assert [page.locator(f"#pasted-{i}").get_attribute("d") for i in range(3)] == ["", "", ""]


def test_many_rows_are_sent_in_parts_and_resumed_after_a_failure(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        ready(page)
        sizes: list[int] = []

        def part(route: Route) -> None:
            rows = json.loads(route.request.post_data or "")["data"]
            sizes.append(len(rows))
            if len(sizes) == 2:
                route.abort()
            else:
                route.continue_()

        page.route("**/predict_species", part)
        paste(page, "5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n" * 1250)
        expect(page.locator("#batch-fault")).to_have_text(UNREACHABLE)
        expect(page.locator("[aria-live=polite]")).to_have_text(UNREACHABLE)
        expect(page.locator("#sending")).to_contain_text("1 000 fleurs sur 2 500")
        assert page.get_by_role("progressbar").evaluate("({ value, max }) => [value, max]") == [1000, 2500]
        page.get_by_role("button", name="Réessayer").click()
        expect(page.locator("#summary")).to_contain_text("2 500 (1 250 setosa, 0 versicolor, 1 250 virginica)")
        expect(page.locator("#sending")).to_be_hidden()
        expect(page.get_by_role("button", name="Réessayer")).to_have_count(0)
        assert sizes == [1000, 1000, 1000, 500]
        expect(page.locator("#table tr")).to_have_count(1000)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Télécharger les résultats (CSV)").click()
        assert len(Path(saved.value.path()).read_text("utf-8").splitlines()) == 2501


def test_requests_respect_the_servers_row_limit(browser: Browser, tmp_path: Path) -> None:
    with (
        serving("predict_species", tmp_path, environ={"MAX_ROWS": "300"}) as small,
        visit(browser, small, "/demo", refused=2) as page,
    ):
        ready(page)
        paste(page, "5.1,3.5,1.4,0.2\n" * 1000)
        expect(page.locator("#summary")).to_contain_text("1 000 (1 000 setosa, 0 versicolor, 0 virginica)")


def test_late_responses_to_rows_are_ignored(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        ready(page)
        held: list[Route] = []
        page.route("**/predict_species", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks it
        paste(page, "6.3,3.3,6,2.5\n6.3,3.3,6,2.5")
        wait_until_held(page, held, 1)
        paste(page, "5.1,3.5,1.4,0.2\n5.1,3.5,1.4,0.2\n5.9,2.8,4.3,1.3")
        wait_until_held(page, held, 2)
        with page.expect_response("**/predict_species") as late:
            held[0].continue_()
        late.value.finished()
        page.evaluate("fetchJson('health/live')")  # earlier responses have been read
        expect(page.locator("#sending")).to_contain_text("0 fleurs sur 3")
        held[1].continue_()
        expect(page.locator("#summary")).to_contain_text("Fleurs reconnues : 3 (2 setosa, 1 versicolor, 0 virginica).")
        expect(page.locator("#table tr")).to_have_count(3)


def test_failed_requests_are_retried_once_the_network_is_back(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=3) as page:
        species = ready(page)
        status = page.locator("[aria-live=polite]")
        page.context.set_offline(True)
        page.get_by_role("button", name="Iris virginica").click()
        expect(status).to_have_text(UNREACHABLE)
        expect(page.locator("#bars li").first).to_contain_text("–")
        page.get_by_role("button", name="Réessayer").click()
        expect(page.get_by_role("button", name="Réessayer")).to_have_count(1)
        paste(page, "5.1,3.5,1.4,0.2")
        expect(page.locator("#batch-fault")).to_have_text(UNREACHABLE)
        expect(page.get_by_role("button", name="Réessayer")).to_have_count(2)
        page.context.set_offline(False)
        expect(species).to_have_text("Iris virginica")
        expect(page.locator("#summary")).to_contain_text("Fleurs reconnues : 1")
        expect(page.get_by_role("button", name="Réessayer")).to_have_count(0)


def test_switching_the_language_keeps_fields_and_results(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=2) as page:
        ready(page)
        give(page, 9, 3, 5.6, 2.1)
        expect(page.locator("#answer .species")).to_have_text("Iris virginica")
        paste(page, "5,1;3,5;1,4;0,2\n5;x;1;1")
        expect(page.locator("#table tr")).to_have_count(1)
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Which species of iris?")
        expect(page.locator("#answer")).to_contain_text("A measure is outside of what the model has seen")
        expect(page.locator("#unusual-0")).to_have_text("The model has only seen 4.3 to 7.9 cm.")
        expect(page.get_by_role("spinbutton", name="Sepal length")).to_have_value("9")
        expect(page.locator("#axes .title").first).to_have_text("Petal length (cm)")
        expect(page.locator("#summary")).to_contain_text("Flowers recognised: 1 (1 setosa, 0 versicolor, 0 virginica).")
        fault = 'Line 2, sepal width: expected: number greater than 0 and at most 100, got: "x"'
        expect(page.locator("#faults li")).to_have_text([fault])
        expect(page.locator("#table td").first).to_have_text("5.1 × 3.5")
        page.get_by_role("spinbutton", name="Sepal length").fill("-1")
        text = "Sepal length: expected: number greater than 0 and at most 100, got: -1"
        expect(page.locator("#answer .fault")).to_have_text(text)
        page.get_by_role("link", name="Français").click()
        expect(page.locator("#answer .fault")).to_contain_text("Longueur du sépale : attendu")


def test_pages_are_in_english_if_the_browser_prefers_it(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", locale="en-GB") as page:
        ready(page)
        expect(page).to_have_title("Augure: which species of iris?")
        expect(page.locator("[aria-live=polite]")).to_have_text("Iris setosa Probability: 100.0%")
        page.get_by_label("Flowers, one a line").fill("6.3,3.3,6,2.5,virginica")
        page.get_by_role("button", name="Recognise these flowers").click()
        expect(page.locator("#table tr")).to_have_count(1)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download the results (CSV)").click()
        text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
        [row] = csv.DictReader(StringIO(text))
        assert (row["sepal length (cm)"], row["species"]) == ("6.3", "virginica")
