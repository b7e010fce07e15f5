"""Files of students on the page of `predire`, in a real browser on the real function."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Download, Page, Route, expect

from functions.predire.student import STAGES
from tests.browsing import drop, french, needs_chromium, overflow, visit, wait_until_held
from tests.replay import ROOT
from tests.serving import Server, serving
from training.datasets import data_folder

pytestmark = needs_chromium
CASES = sorted((ROOT / "functions/predire/examples").glob("etudiant_*.case.json"))
STUDENTS: list[dict[str, Any]] = [json.loads(case.read_text("utf-8"))["request"]["body"] for case in CASES]
NAMES = STAGES["semestre_2"]
GRADE = "curricular_units_2nd_sem_grade"
ADDED = ("prediction", "probabilite_echec", "etape", "a_verifier", "erreur")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("predire", tmp_path_factory.mktemp("predire")) as running:
        yield running


def table(students: Sequence[dict[str, Any]], separator: str = ",", names: Sequence[str] = NAMES) -> str:
    """A file of these students, with a decimal comma if the separator is a semicolon."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    for student in students:
        cells = [str(student.get(name, "")) for name in names]
        writer.writerow([cell.replace(".", ",") if separator == ";" else cell for cell in cells])
    return out.getvalue()


def choose(page: Page, content: str | bytes, name: str = "promotion.csv") -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    expect(page.locator("#modes")).to_be_visible()
    page.locator("#csv").set_input_files({"name": name, "mimeType": "text/csv", "buffer": raw})


def saved(page: Page) -> tuple[Download, str]:
    with page.expect_download() as caught:
        page.locator("#download").click()
    return caught.value, Path(caught.value.path()).read_text("utf-8")


def expected(server: Server, students: object) -> list[dict[str, Any]]:
    status, body = server.post("/predire", json.dumps(students).encode())
    assert status == 200
    answers: list[dict[str, Any]] = json.loads(body)
    return answers


def agreed(words: str, count: int) -> str:
    """French words in the plural if `count` is 2 or more."""
    return words if count < 2 else " ".join(f"{word}s" for word in words.split())


def test_a_file_is_predicted_and_its_results_are_saved(browser: Browser, server: Server) -> None:
    answers = expected(server, STUDENTS)
    sent: list[Any] = []
    names = ["Nom", *NAMES, "Gender", "Target"]
    people = [{"Nom": f"=cmd|'{i}", "Gender": 1, "Target": "Dropout"} | one for i, one in enumerate(STUDENTS)]
    with visit(browser, server, "/demo") as page:
        page.on("request", lambda request: sent.append(request.post_data_json) if request.post_data else None)
        page.get_by_text("Un fichier d'étudiants").first.click()
        expect(page.locator("#form")).to_be_hidden()
        choose(page, table(people, ";", names))
        expect(page.locator("#answer")).to_contain_text("5 étudiants prédits sur 5.")
        expect(page.locator("#table h2")).to_have_text("promotion.csv")
        expect(page.locator("progress")).to_be_hidden()
        assert sent == [STUDENTS]
        count = {kind: sum(one["prediction"] == kind for one in answers) for kind in ("reussite", "echec")}
        doubtful = sum(one["a_verifier"] for one in answers)
        expect(page.locator("#answer li")).to_have_text(
            [
                f"{count['reussite']} {agreed('réussite probable', count['reussite'])}",
                f"{count['echec']} {agreed('échec probable', count['echec'])}",
                f"{doubtful} à vérifier",
            ]
        )
        download, text = saved(page)
        assert download.suggested_filename == "promotion-predictions.csv"
        assert text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
        assert rows[0] == [*names, *ADDED]
        for place, (row, student, answer) in enumerate(zip(rows[1:], people, answers, strict=True)):
            assert row[0] == f"'=cmd|'{place}"
            assert row[names.index("gdp")] == str(student["gdp"]).replace(".", ",")
            assert row[-5] == answer["prediction"]
            assert float(row[-4].replace(",", ".")) == answer["probabilite_echec"]
            assert row[-3:] == [answer["etape"], "oui" if answer["a_verifier"] else "non", ""]


def test_the_table_is_sorted_and_opens_a_student(browser: Browser, server: Server) -> None:
    answers = expected(server, STUDENTS)
    by_risk = sorted(range(5), key=lambda place: -answers[place]["probabilite_echec"])
    with visit(browser, server, "/demo") as page:
        choose(page, table(STUDENTS))
        lines = page.locator("#table tbody tr td:first-child")
        expect(lines).to_have_text([str(place + 2) for place in by_risk])
        risk = page.get_by_role("columnheader", name="Risque d'échec")
        expect(risk).to_have_attribute("aria-sort", "descending")
        risk.get_by_role("button").press("Enter")
        expect(lines).to_have_text([str(place + 2) for place in by_risk[::-1]])
        expect(risk).to_have_attribute("aria-sort", "ascending")
        expect(risk.get_by_role("button")).to_be_focused()
        page.get_by_role("button", name="À vérifier").click()
        expect(page.locator("#table tbody tr td:last-child")).to_have_text(["oui", "oui", "non", "non", "non"])
        page.get_by_role("button", name="Étape").click()
        expect(page.locator("#table tbody tr td:nth-child(4)").last).to_have_text("Inscription")
        page.get_by_role("button", name="Ligne").click()
        expect(lines).to_have_text(["2", "3", "4", "5", "6"])
        row = page.locator("#table tbody tr").nth(3)
        expect(row).to_have_text(f"5Échec probable{french(100 * answers[3]['probabilite_echec'], 1)} %Semestre 2non")
        row.get_by_role("button").click()
        expect(page.get_by_label("Note d'admission")).to_have_value(str(STUDENTS[3]["admission_grade"]))
        expect(page.locator(".verdict")).to_have_text("Échec probable")
        expect(page.locator("#steps button").first).to_be_focused()
        page.get_by_text("Un fichier d'étudiants").first.click()
        expect(page.locator("#answer")).to_contain_text("5 étudiants prédits sur 5.")


def test_wrong_lines_are_reported_and_the_others_predicted(browser: Browser, server: Server) -> None:
    people = [dict(STUDENTS[place % 4]) for place in range(60)]
    people[17]["admission_grade"] = "abc"
    people[20][GRADE] = ""
    for place in range(30, 56):
        people[place]["debtor"] = 7
    text = table(people, ";").splitlines()
    text[5] += ";x"
    refusals = 2 + 2  # at most twenty lines are listed; in French, then in English
    with visit(browser, server, "/demo", refused=refusals) as page:
        choose(page, "\r\n".join(text))
        expect(page.locator("#answer")).to_contain_text("31 étudiants prédits sur 60.")
        expect(page.locator("#answer li").last).to_have_text("29 lignes à corriger")
        wrong = page.locator("#wrong li")
        expect(wrong).to_have_count(29)
        expect(wrong.nth(0)).to_have_text("Ligne 6, 27 colonnes, 26 attendues")
        abc = 'Ligne 19, colonne « admission_grade » : attendu : nombre entre 0 et 200, reçu : "abc"'
        expect(wrong.nth(1)).to_have_text(abc)
        expect(wrong.nth(2)).to_have_text(
            f"Ligne 22, colonne « {GRADE} » : champ absent : un semestre se donne entier, le second après le premier"
        )
        expect(wrong.nth(3)).to_contain_text("Ligne 32, colonne « debtor » : attendu : une valeur parmi 0, 1, reçu : 7")
        rows = list(csv.reader(io.StringIO(saved(page)[1]), delimiter=";"))
        assert rows[18][-5:] == ["", "", "", "", abc.partition(", ")[2]]
        assert [bool(row[-1]) for row in rows[1:]] == [place in {4, 17, 20, *range(30, 56)} for place in range(60)]
        page.get_by_role("link", name="English").click()
        expect(wrong.nth(1)).to_have_text(
            'Line 19, column “admission_grade”: expected: number between 0 and 200, got: "abc"'
        )
        expect(wrong.nth(0)).to_have_text("Line 6, 27 columns, 26 expected")
        expect(page.locator("#answer")).to_contain_text("31 students predicted out of 60.")
        english = list(csv.reader(io.StringIO(saved(page)[1])))
        assert english[2][:3] == [str(people[1][name]) for name in NAMES[:3]]
        assert english[2][-2] == "yes"


def test_a_file_can_be_dropped_anywhere(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        expect(page.locator("#form")).to_be_visible()
        page.evaluate(
            """text => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([text], "depot.csv"));
                const how = { dataTransfer, bubbles: true, cancelable: true };
                for (const kind of ["dragover", "drop"])
                    document.querySelector("#form").dispatchEvent(new DragEvent(kind, how));
            }""",
            table(STUDENTS),
        )
        expect(page.locator("#answer")).to_contain_text("5 étudiants prédits sur 5.")
        expect(page.locator("#table h2")).to_have_text("depot.csv")
        expect(page.get_by_role("radio", name="Un fichier d'étudiants")).to_be_checked()
        page.set_viewport_size({"width": 320, "height": 700})
        assert overflow(page) == 0


def test_a_file_in_another_format_is_read(browser: Browser, server: Server) -> None:
    """One of the formats that tests/js/predire_rows.test.js tests."""
    named = table([{"Prénom": "Zoé"} | one for one in STUDENTS], ";", ("Prénom", *NAMES))
    with visit(browser, server, "/demo") as page:
        choose(page, named.replace("\r\n", "\n\n").replace("Zoé", '"Z""oé"').encode("cp1252"), "ancien.csv")
        expect(page.locator("#table h2")).to_have_text("ancien.csv")
        assert page.evaluate("file.students.map(({ student }) => student)") == STUDENTS
        assert page.evaluate("[file.header[0], file.students[1].cells[0]]") == ["Prénom", 'Z"oé']
        expect(page.locator("#table tbody td:first-child", has_text="11")).to_have_count(1)


def test_an_unreadable_file_is_reported_with_the_place(browser: Browser, server: Server) -> None:
    """Two of the errors that tests/js/predire_rows.test.js tests."""
    workbook = "Ce fichier est un classeur, pas du CSV : dans le tableur, enregistrez-le au format « CSV UTF-8 »."
    with visit(browser, server, "/demo") as page:
        choose(page, table(STUDENTS))
        expect(page.locator("#table")).to_be_visible()
        unpaired = table(STUDENTS).rstrip() + '"'
        for words, content in (("Ligne 6, colonne 26 : guillemet sans sa paire.", unpaired), (workbook, "PK\x03\x04")):
            choose(page, content)
            expect(page.locator("#answer")).to_have_text(words)
            expect(page.locator("#table")).to_be_hidden()
            expect(page.locator("#batch")).to_be_hidden()
        page.get_by_role("link", name="English").click()
        expect(page.locator("#answer")).to_contain_text("This file is a workbook, not CSV")


def test_print_shows_the_rows_and_headings_of_the_table(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        choose(page, table(STUDENTS))
        expect(page.locator("#table tbody tr")).to_have_count(5)
        page.emulate_media(media="print")
        heads = page.locator("#table th").all_inner_texts()
        assert [head.strip() for head in heads] == ["Ligne", "Prédiction", "Risque d'échec", "Étape", "À vérifier"]
        lines = page.locator("#table tbody td:first-child").all_inner_texts()
        assert sorted(map(int, lines)) == [2, 3, 4, 5, 6]


def test_a_single_student_is_counted_in_the_singular(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        choose(page, table(STUDENTS[:1]))
        expect(page.locator("#answer p")).to_have_text("1 étudiant prédit sur 1.")
        said = ["1 réussite probable", "0 échec probable", "0 à vérifier"]
        expect(page.locator("#answer li")).to_have_text(said)
        page.get_by_role("link", name="English").click()
        expect(page.locator("#answer p")).to_have_text("1 student predicted out of 1.")
        expect(page.locator("#answer li")).to_have_text(["1 likely success", "0 likely failures", "0 to check"])


def test_a_dropped_folder_is_refused(browser: Browser, server: Server, tmp_path: Path) -> None:
    with visit(browser, server, "/demo") as page:
        expect(page.locator("#modes")).to_be_visible()
        drop(page, tmp_path)
        expect(page.locator("#answer")).to_have_text("Ce n'est pas un fichier que le navigateur peut lire.")
        page.get_by_role("link", name="English").click()
        expect(page.locator("#answer")).to_have_text("This is no file that the browser can read.")


def test_a_slow_server_shows_its_progress_and_can_be_stopped(browser: Browser, server: Server) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    with visit(browser, server, "/demo") as page:
        page.route("**/predire", hold)
        choose(page, table(STUDENTS[:4] * 300))
        progress = page.locator("progress")
        expect(progress).to_have_attribute("max", "1200")
        expect(progress).to_have_js_property("value", 0)
        expect(page.locator("#progress-text")).to_have_text("0 / 1 200 étudiants")
        expect(page.locator("#answer")).to_have_text("Prédiction en cours…")
        wait_until_held(page, held, 1)
        held.pop().continue_()
        expect(progress).to_have_js_property("value", 500)
        expect(page.locator("#table")).to_be_hidden()
        with page.expect_event("requestfailed"):
            page.get_by_role("button", name="Arrêter").click()
        expect(page.locator("#answer")).to_contain_text("500 étudiants prédits sur 1 200.")
        expect(page.locator("#answer li").last).to_have_text("700 pas encore prédits")
        expect(page.locator("#table tbody tr")).to_have_count(100)
        page.unroute("**/predire")
        page.get_by_role("button", name="Continuer").click()
        expect(page.locator("#answer")).to_contain_text("1 200 étudiants prédits sur 1 200.")
        expect(page.get_by_role("button", name="Continuer")).to_be_hidden()
        expect(page.locator("#table h2")).to_have_text("promotion.csv : 100 sur 1 200")


def test_results_are_kept_when_the_server_fails(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        answers: list[str] = []

        def handle(route: Route) -> None:
            answers.append(route.request.url)
            route.fulfill(status=503, body="{}") if len(answers) == 2 else route.continue_()

        page.route("**/predire", handle)
        choose(page, table(STUDENTS[:4] * 200))
        expect(page.locator("#answer")).to_contain_text("Le serveur a répondu 503. Réessayez dans un instant.")
        expect(page.locator("#answer")).to_contain_text("500 étudiants prédits sur 800.")
        page.get_by_role("button", name="Réessayer").click()
        expect(page.locator("#answer")).to_contain_text("800 étudiants prédits sur 800.")
        expect(page.locator("#answer")).not_to_contain_text("503")


def test_requests_respect_the_servers_row_limit(browser: Browser, tmp_path: Path) -> None:
    environ = {"MAX_ROWS": "40"}
    with serving("predire", tmp_path, environ=environ) as small, visit(browser, small, "/demo", refused=3) as page:
        choose(page, table(STUDENTS * 40))
        expect(page.locator("#answer")).to_contain_text("200 étudiants prédits sur 200.")


def test_the_whole_data_set_is_predicted(browser: Browser, server: Server) -> None:
    source = data_folder() / "uci697/data.csv"
    if not source.is_file():
        pytest.skip(f"uci697/data.csv is not in DATA_DIR ({data_folder()})")
    with visit(browser, server, "/demo") as page:
        expect(page.locator("#modes")).to_be_visible()
        page.locator("#csv").set_input_files(source)
        expect(page.locator("#answer")).to_contain_text("4 424 étudiants prédits sur 4 424.", timeout=30000)
        rows = list(csv.DictReader(io.StringIO(saved(page)[1].removeprefix("\ufeff")), delimiter=";"))
        assert len(rows) == 4424
        known = [row for row in rows if row["Target"] != "Enrolled" and row["a_verifier"] == "non"]
        right = sum((row["Target"] == "Dropout") == (row["prediction"] == "echec") for row in known)
        assert right / len(known) > 0.94
