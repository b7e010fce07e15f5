"""The page of `predire` in a real browser, on the real function: the form and the prediction."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browsing import UNREACHABLE, french, needs_chromium, visit, wait_until_held
from tests.replay import ROOT
from tests.serving import Server, serving

pytestmark = needs_chromium
CASES = sorted((ROOT / "functions/predire/examples").glob("etudiant_*.case.json"))
VERDICTS = {"echec": "Échec probable", "reussite": "Réussite probable"}
STAGES = {"inscription": "à l'inscription", "semestre_1": "après le semestre 1", "semestre_2": "après le semestre 2"}
FORM = """Object.fromEntries([...fields].filter(([, { control }]) => !control.matches(":disabled"))
    .map(([name, { control }]) => [name, Number(control.value)]))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("predire", tmp_path_factory.mktemp("predire")) as running:
        yield running


def read(case: Path) -> Any:
    return json.loads(case.read_text("utf-8"))


def example() -> dict[str, Any]:
    """The student of the button "Réussites, frais impayés"."""
    student: dict[str, Any] = read(CASES[3])["request"]["body"]
    return student


def predicted(server: Server, students: object, path: str = "/predire") -> Any:
    status, body = server.post(path, json.dumps(students).encode())
    assert status == 200
    return json.loads(body)


def start(page: Page, label: str = "Réussites, frais impayés") -> None:
    page.get_by_role("group", name="Partir d'un étudiant réel").get_by_role("button", name=label).click()


def step(page: Page, number: int) -> Locator:
    return page.locator("#steps button").nth(number)


def percent(probability: float) -> str:
    return f"{french(100 * probability, 1)} %"


def test_the_example_student_is_predicted(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        expect(page.locator(".field label")).to_have_count(26)
        expect(page.locator("#semester-1 .field").first).to_be_hidden()
        start(page)
        assert page.evaluate(FORM) == example()
        page.get_by_role("button", name="Prédire").click()
        answer = predicted(server, example())
        expect(page.locator(".verdict")).to_have_text(VERDICTS[answer["prediction"]])
        said = page.locator("#answer")
        expect(said).to_contain_text(f"Probabilité d'échec : {percent(answer['probabilite_echec'])}")
        expect(said).to_contain_text("Prédiction faite après le semestre 2.")
        factors = page.locator("#factors li")
        expect(factors).to_have_count(len(answer["facteurs"]))
        for index, factor in enumerate(answer["facteurs"]):
            sign = "+" if factor["contribution"] > 0 else "−"
            expect(factors.nth(index)).to_contain_text(factor["libelle"])
            expect(factors.nth(index)).to_contain_text(sign + french(abs(factor["contribution"]), 2))
            expect(factors.nth(index)).to_contain_text(f"{factor['sens']} le risque d'échec")
        expect(page.locator(".human")).to_contain_text("C'est toujours une personne qui décide")


def test_each_example_button_gets_the_recorded_answer(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        expect(page.locator("#examples button")).to_have_count(len(CASES))
        for case in map(read, CASES):
            start(page, case["summary"][0])
            answer = case["response"]["body"]
            expect(page.locator("#answer")).to_contain_text(f"{percent(answer['probabilite_echec'])}")
            expect(page.locator(".verdict")).to_have_text(VERDICTS[answer["prediction"]])
            expect(page.locator("#answer")).to_contain_text(STAGES[answer["etape"]])
            expect(page.locator(".notice")).to_have_count(int(answer["a_verifier"]))
            assert page.evaluate(FORM) == case["request"]["body"]


def test_a_semester_can_be_left_out(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        start(page)
        step(page, 2).click()
        page.get_by_label("Semestre 2 terminé").uncheck()
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#answer")).to_contain_text("Prédiction faite après le semestre 1.")
        step(page, 1).click()
        page.get_by_label("Semestre 1 terminé").uncheck()
        expect(page.locator("#stale")).to_have_text("Le formulaire a changé depuis cette prédiction.")
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#answer")).to_contain_text("Prédiction faite à l'inscription.")
        expect(page.locator("#stale")).to_be_hidden()
        step(page, 2).click()
        page.get_by_label("Semestre 2 terminé").check()
        expect(page.get_by_label("Semestre 1 terminé")).to_be_checked()


def test_an_uncertain_student_is_referred_to_a_person(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        approved, grade = "curricular_units_2nd_sem_approved", "curricular_units_2nd_sem_grade"
        students = [example() | {approved: units, grade: mark} for units in range(7) for mark in range(21)]
        answers = predicted(server, students)
        doubtful = [student for student, answer in zip(students, answers, strict=True) if answer["a_verifier"]]
        start(page)
        expect(page.locator(".notice")).to_be_hidden()
        step(page, 2).click()
        page.locator(f"#{approved}").fill(str(doubtful[0][approved]))
        page.locator(f"#{grade}").fill(str(doubtful[0][grade]))
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator(".notice")).to_have_text(
            "Trop incertain pour conclure : une personne doit examiner ce dossier."
        )


def test_a_field_error_is_shown_beside_the_field(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        start(page)
        grade = page.get_by_label("Note d'admission")
        grade.fill("300")
        step(page, 1).click()
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#admission_grade-fault")).to_have_text("attendu : nombre entre 0 et 200, reçu : 300")
        expect(page.locator("#answer")).to_have_text("Champs à corriger : 1.")
        expect(grade).to_be_focused()
        expect(grade).to_have_attribute("aria-invalid", "true")
        expect(step(page, 0)).to_contain_text("1 à corriger")
        expect(page.locator(".fault", has_text="attendu")).to_have_count(1)
        expect(page.locator("#why")).to_be_hidden()
        grade.fill("")
        expect(page.locator("#admission_grade-fault")).to_have_text("")
        page.get_by_role("button", name="Prédire").click()
        expect(page.locator("#admission_grade-fault")).to_have_text("À remplir.")


def test_codes_are_shown_by_their_labels(browser: Browser, server: Server) -> None:
    document = json.loads(server.get("/openapi.json"))
    fields = document["components"]["schemas"]["Student"]["properties"]
    with visit(browser, server, "/demo") as page:
        expect(page.locator(".field")).to_have_count(26)
        for key, choose in (("title", "Choisir…"), ("x-title-en", "Choose…")):
            for name in (
                "course",
                "application_mode",
                "previous_qualification",
                "debtor",
                "daytime_evening_attendance",
            ):
                options = page.locator(f"#{name} option").evaluate_all("all => all.map(one => [one.text, one.value])")
                assert options[0] == [choose, ""]
                assert {value: text for text, value in options[1:]} == {
                    str(code["const"]): code[key] for code in fields[name]["oneOf"]
                }
            page.locator("#course").select_option("9119")
            page.get_by_role("link", name="English" if key == "title" else "Français").click()
        start(page)
        expect(page.locator("#factors")).to_contain_text("Formation : Génie informatique")
        expect(page.locator("#factors")).to_contain_text("Frais d'inscription à jour : non")


def test_steps_work_with_the_keyboard(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        step(page, 1).focus()
        page.keyboard.press("Enter")
        expect(step(page, 1)).to_have_attribute("aria-current", "step")
        expect(page.locator("#enrolment")).to_be_hidden()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Semestre 1 terminé")).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        expect(page.get_by_label("UE du semestre 1 validées par équivalence")).to_be_focused()
        page.keyboard.type("3")
        expect(step(page, 1)).to_contain_text("5 à remplir")
        page.get_by_role("button", name="Suivant").press("Enter")
        expect(page.get_by_label("Semestre 2 terminé")).to_be_focused()
        expect(page.get_by_role("button", name="Suivant")).to_be_hidden()
        page.get_by_role("button", name="Précédent").press("Enter")
        expect(page.locator("#curricular_units_1st_sem_credited")).to_have_value("3")
        page.get_by_role("button", name="Prédire").press("Enter")
        expect(page.locator("#answer")).to_have_text("Champs à remplir : 19.")
        expect(page.get_by_label("Voie d'admission")).to_be_focused()


def test_the_gauge_draws_the_band_of_the_manifest(browser: Browser, server: Server) -> None:
    thresholds = json.loads(server.get("/model"))["thresholds"]
    with visit(browser, server, "/demo") as page:
        start(page, "Résultats moyens")
        expect(page.locator("#rights")).to_be_visible()
        answer = read(CASES[1])["response"]["body"]

        def along(selector: str, end: float = 0) -> float:
            scale, box = page.locator(".scale").bounding_box(), page.locator(selector).bounding_box()
            assert scale is not None
            assert box is not None
            return (box["x"] + end * box["width"] - scale["x"]) / scale["width"]

        assert along(".band") == pytest.approx(thresholds["abstention_low"], abs=0.01)
        assert along(".band", 1) == pytest.approx(thresholds["abstention_high"], abs=0.01)
        assert along(".needle", 0.5) == pytest.approx(answer["probabilite_echec"], abs=0.01)
        words = page.locator(".scale").get_attribute("aria-label") or ""
        limits = [f"{round(100 * thresholds[name])} %" for name in ("abstention_low", "abstention_high")]
        assert re.sub(r"\s", " ", words) == (
            f"Probabilité d'échec : {percent(answer['probabilite_echec'])} (à vérifier : {limits[0]}–{limits[1]})"
        )


def test_shown_changes_match_the_models_predictions(browser: Browser, server: Server) -> None:
    fees, debt, grade = "tuition_fees_up_to_date", "debtor", "curricular_units_2nd_sem_grade"
    units = "curricular_units_2nd_sem_approved"
    student = read(CASES[1])["request"]["body"] | {fees: 0}
    changes = [
        ("Une UE de plus réussie au semestre 2", {units: student[units] + 1}),
        ("Un point de plus de moyenne au semestre 2", {grade: student[grade] + 1}),
        ("Les frais d'inscription à jour", {fees: 1}),
        ("Aucune dette envers l'établissement", {debt: 0}),
    ]
    before, *after = [
        answer["probabilite_echec"]
        for answer in predicted(server, [student, *(student | change for _, change in changes)])
    ]
    with visit(browser, server, "/demo") as page:
        start(page, "Résultats moyens")
        page.get_by_label("Frais d'inscription à jour").select_option("non")
        page.get_by_role("button", name="Prédire").click()
        effects = page.locator("#effects li")
        expect(effects).to_have_text(
            [f"{words}Échec : {percent(before)} → {percent(p)}" for (words, _), p in zip(changes, after, strict=True)]
        )
        expect(page.locator("#change")).to_contain_text("ce n'est pas une promesse")
        start(page, "Vient de s'inscrire")
        expect(effects).to_contain_text(["Aucune dette envers l'établissement"])
        page.get_by_label("A une dette").select_option("non")
        page.get_by_role("button", name="Prédire").click()
        expect(effects).to_have_text(["Rien que l'étudiant puisse encore changer."])


def test_the_explanation_has_the_four_parts_required_by_law(browser: Browser, server: Server) -> None:
    explanation = predicted(server, example(), "/predire/explication")
    with visit(browser, server, "/demo") as page:
        start(page)
        page.get_by_text("Les lire pour cet étudiant").click()
        shown = page.locator("#explanation")
        expect(shown.locator("h3")).to_have_text(
            [
                "1. Le degré et le mode de contribution de l'algorithme",
                "2. Les données traitées et leur source",
                "3. Les paramètres et leur pondération",
                "4. Les opérations effectuées",
            ]
        )
        expect(shown).to_contain_text(explanation["degre_et_mode_de_contribution"])
        expect(shown).to_contain_text(explanation["donnees_traitees"]["apprentissage"])
        weights = explanation["parametres_et_ponderation"]["poids"]
        rows = shown.locator("tbody tr")
        expect(rows).to_have_count(26)
        expect(rows.nth(0)).to_have_text(f"{weights[0]['libelle']}non+{french(weights[0]['contribution'], 2)}")
        expect(shown.locator("caption")).to_contain_text(percent(explanation["prediction"]["probabilite_echec"]))
        expect(shown.locator("ol li")).to_have_text(explanation["operations_effectuees"])


def test_switching_to_english_predicts_again_and_keeps_the_fields(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=3) as page:
        start(page)
        page.get_by_text("Les lire pour cet étudiant").click()
        expect(page.locator("#explanation")).to_contain_text("il ne décide rien")
        page.get_by_label("Note d'admission").fill("117")
        page.get_by_role("link", name="English").click()
        expect(page.locator(".verdict")).to_have_text("Likely failure")
        expect(page.locator("#explanation")).to_contain_text("it decides nothing")
        expect(page.locator("#explanation")).to_contain_text("learnt from a data set that is named in French:")
        expect(page.locator("#explanation td", has_text=re.compile(r"\d%$"))).to_have_count(3)
        expect(page.locator("#factors")).to_contain_text("Tuition fees up to date: no")
        expect(page.locator("#factors")).to_contain_text("raises the risk of failing")
        expect(page.locator("#stale")).to_have_text("The form has changed since this prediction.")
        expect(page.get_by_label("Admission grade")).to_have_value("117")
        page.get_by_label("Admission grade").fill("300")
        page.get_by_role("button", name="Predict").click()
        fault = page.locator("#admission_grade-fault")
        expect(fault).to_have_text("expected: number between 0 and 200, got: 300")
        expect(page.locator("#answer")).to_have_text("Fields to correct: 1.")
        page.get_by_role("link", name="Français").click()
        expect(fault).to_have_text("attendu : nombre entre 0 et 200, reçu : 300")
        expect(page.locator("#answer")).to_have_text("Champs à corriger : 1.")
        expect(page.get_by_role("link", name="English")).to_be_focused()
        page.get_by_label("Note d'admission").fill("")
        page.get_by_role("button", name="Prédire").click()
        page.get_by_role("link", name="English").click()
        expect(fault).to_have_text("To fill in.")
        expect(page.locator("#answer")).to_have_text("Fields to fill in: 1.")
        page.get_by_label("Admission grade").fill("400")
        page.get_by_role("button", name="Predict").click()
        expect(fault).to_have_text("expected: number between 0 and 200, got: 400")
        page.reload()
        page.get_by_role("group", name="Start from a real student").get_by_role("button", name="Just enrolled").click()
        expect(page.locator("#answer")).to_contain_text("Predicted at enrolment.")
        expect(page.get_by_role("button", name="Next")).to_be_visible()


def test_a_prediction_is_retried_once_the_network_is_back(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        expect(page.locator("#answer")).to_contain_text("Remplissez le formulaire")
        page.context.set_offline(True)
        start(page)
        expect(page.locator("#answer")).to_have_text(UNREACHABLE)
        expect(page.get_by_role("button", name="Réessayer")).to_be_visible()
        assert page.evaluate(FORM) == example()
        page.get_by_label("Note d'admission").fill("117")
        page.context.set_offline(False)
        expect(page.locator(".verdict")).to_have_text("Échec probable")
        expect(page.locator("#stale")).to_be_visible()
        expect(page.get_by_role("button", name="Réessayer")).to_be_hidden()


@pytest.mark.parametrize("path", ["openapi.json", "predire", "predire/explication"])
def test_a_failed_request_can_be_retried(path: str, browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo", refused=1) as page:
        page.route(f"**/{path}", lambda route: route.fulfill(status=502, body="<html>"), times=1)
        page.reload()
        if path != "openapi.json":
            start(page)
        expect(page.locator("#answer")).to_contain_text("Le serveur a répondu 502. Réessayez dans un instant.")
        page.get_by_role("button", name="Réessayer").click()
        if path == "openapi.json":
            start(page)
        expect(page.locator(".verdict")).to_have_text("Échec probable")
        expect(page.locator("#rights")).to_be_visible()
        expect(page.locator("#answer")).not_to_contain_text("502")


def test_a_late_response_is_ignored(browser: Browser, server: Server) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    with visit(browser, server, "/demo") as page:
        page.route("**/predire", hold, times=1)
        start(page, "Tout est réussi")
        expect(page.locator("#answer")).to_have_text("Un instant…")
        start(page, "Deux UE sur six")
        expect(page.locator(".verdict")).to_have_text("Échec probable")
        wait_until_held(page, held, 1)
        with page.expect_response("**/predire"):
            held[0].continue_()
        expect(page.locator("#answer")).to_contain_text("97,1 %")
        assert page.evaluate("lastStudent === displayed.student")
        page.route("**/predire", hold, times=1)
        start(page, "Tout est réussi")
        expect(page.locator("#answer")).to_have_text("Un instant…")
        page.get_by_role("link", name="English").click()
        expect(page.locator(".verdict")).to_have_text("Likely success")
        expect(page.locator("#answer")).to_contain_text("0.7%")
        assert page.evaluate("lastStudent === displayed.student")


def test_print_shows_the_student_the_result_and_the_explanation(browser: Browser, server: Server) -> None:
    with visit(browser, server, "/demo") as page:
        start(page)
        expect(page.locator("#rights")).to_be_visible()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        rows = page.locator("#sheet dl > div")
        expect(rows).to_have_count(26)
        expect(rows.nth(2)).to_have_text("FormationGénie informatique")
        for selector in ("#sheet", ".verdict", ".scale", "#factors", "#effects", "#explanation table", ".human"):
            expect(page.locator(selector)).to_be_visible()
        for selector in ("#form", "#modes", ".site", "#print", "footer"):
            expect(page.locator(selector).last).to_be_hidden()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        expect(page.locator("#sheet")).to_be_hidden()
        expect(page.locator("#explanation")).to_be_hidden()
