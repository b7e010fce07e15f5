"""The page of the student, in a real browser, before the real function."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, expect

from tests.browsing import french, needs_chromium, visit
from tests.replay import ROOT
from tests.serving import Server, serving

pytestmark = needs_chromium


def example() -> dict[str, Any]:
    student: dict[str, Any] = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))
    return student


def predicted(server: Server, students: object) -> Any:
    status, body = server.post("/predire", json.dumps(students).encode())
    assert status == 200
    return json.loads(body)


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
