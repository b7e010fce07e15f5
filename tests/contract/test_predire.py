"""The routes of `predire`, value by value. The students are rows of UCI 697."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from functions.predire.student import ENROLMENT, SEMESTER_1, SEMESTER_2, SENSITIVE
from tests.client import Client
from tests.conftest import Lines
from tests.replay import ROOT

Load = Callable[[str], Client]
EXAMPLES = ROOT / "functions/predire/examples"
STUDENT: dict[str, Any] = json.loads((EXAMPLES / "donnees.json").read_text("utf-8"))
STAGES: list[dict[str, Any]] = json.loads((EXAMPLES / "donnees_etapes.json").read_text("utf-8"))


def ask(client: Client, body: object, path: str = "/predire") -> Any:
    return client.post(path, data=json.dumps(body), content_type="application/json").get_json()


def only(*groups: tuple[str, ...]) -> dict[str, Any]:
    return {name: STUDENT[name] for group in groups for name in group}


def test_the_root_welcomes_and_names_endpoints_and_model(function: Load) -> None:
    answer = function("predire").get("/").get_json()
    assert answer["message"] == "Bienvenue sur l'API de prédiction de l'échec étudiant"
    assert answer["endpoints"]["POST /predire"] == "Prédire l'échec ou la réussite"
    assert answer["modele"]["nom"] == "predire"


def test_one_student_gets_an_object_and_several_an_array_in_order(function: Load) -> None:
    client = function("predire")
    answers = [ask(client, student) for student in STAGES]
    assert [answer["etape"] for answer in answers] == ["inscription", "semestre_1", "semestre_2"]
    assert ask(client, STAGES) == answers
    assert ask(client, STAGES[::-1]) == answers[::-1]
    assert ask(client, [STAGES[0]]) == [answers[0]]


def test_prediction_probabilities_and_factors_are_consistent(function: Load) -> None:
    for answer in ask(function("predire"), STAGES):
        failure = answer["probabilite_echec"]
        assert math.isclose(failure + answer["probabilite_reussite"], 1, abs_tol=1e-6)
        assert answer["prediction"] == ("echec" if failure >= 0.5 else "reussite")
        weights = [abs(factor["contribution"]) for factor in answer["facteurs"]]
        assert weights == sorted(weights, reverse=True)
        assert len(weights) == 5
        for factor in answer["facteurs"]:
            assert factor["sens"] == ("augmente" if factor["contribution"] > 0 else "diminue")


def test_a_probability_in_the_abstention_band_is_to_be_reviewed(function: Load) -> None:
    client = function("predire")
    thresholds = client.get("/model").get_json()["thresholds"]
    students = [{**STUDENT, "curricular_units_2nd_sem_approved": units} for units in range(7)]
    answers = ask(client, students)
    in_the_band = [
        thresholds["abstention_low"] <= answer["probabilite_echec"] <= thresholds["abstention_high"]
        for answer in answers
    ]
    assert [answer["a_verifier"] for answer in answers] == in_the_band
    assert set(in_the_band) == {True, False}


def test_column_names_of_the_data_set_are_accepted(function: Load) -> None:
    client = function("predire")
    original = {
        "Daytime/evening attendance\t": STUDENT["daytime_evening_attendance"],
        "Curricular units 1st sem (approved)": STUDENT["curricular_units_1st_sem_approved"],
        "GDP": STUDENT["gdp"],
    }
    snake = ("daytime_evening_attendance", "curricular_units_1st_sem_approved", "gdp")
    mixed = {name: value for name, value in STUDENT.items() if name not in snake} | original
    assert ask(client, mixed) == ask(client, STUDENT)
    faulty = ask(client, {**mixed, "Curricular units 1st sem (approved)": "six"})
    assert faulty["errors"][0]["pointer"] == "/Curricular units 1st sem (approved)"
    twice = ask(client, {**STUDENT, "GDP": 0.5})
    assert twice["errors"] == [{"pointer": "/GDP", "detail": "champ donné deux fois"}]


@pytest.mark.parametrize("value", [0, 1, "F", None, "n'importe quoi"])
def test_sensitive_columns_do_not_change_the_prediction(function: Load, value: object) -> None:
    client = function("predire")
    plain = ask(client, STUDENT)
    assert (
        ask(client, {**STUDENT, **dict.fromkeys(SENSITIVE, value), "Nacionality": value, "Target": "Dropout"}) == plain
    )
    inputs = {
        feature["name"] for graph in client.get("/model").get_json()["graphs"].values() for feature in graph["inputs"]
    }
    assert not inputs & SENSITIVE


@pytest.mark.parametrize(
    ("student", "missing"),
    [
        (only(ENROLMENT[1:]), ENROLMENT[:1]),
        (only(ENROLMENT, SEMESTER_1[:4]), SEMESTER_1[4:]),
        (only(ENROLMENT, SEMESTER_1, SEMESTER_2[2:]), SEMESTER_2[:2]),
        (only(ENROLMENT, SEMESTER_2), SEMESTER_1),
        ({**only(ENROLMENT, SEMESTER_1), "curricular_units_1st_sem_grade": None}, ("curricular_units_1st_sem_grade",)),
    ],
)
def test_missing_fields_are_422_with_their_pointers(
    function: Load, student: dict[str, Any], missing: tuple[str, ...]
) -> None:
    answer = function("predire").post("/predire", json=[STUDENT, student])
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [f"/1/{name}" for name in missing]


def test_a_semester_of_nulls_counts_as_absent(function: Load) -> None:
    client = function("predire")
    nulls = {**STUDENT, **dict.fromkeys(SEMESTER_2)}
    assert ask(client, nulls) == ask(client, only(ENROLMENT, SEMESTER_1))


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("curricular_units_1st_sem_grade", "abc", 'attendu : nombre entre 0 et 20, reçu : "abc"'),
        ("curricular_units_1st_sem_grade", 20.5, "attendu : nombre entre 0 et 20, reçu : 20.5"),
        ("age_at_enrollment", 19.5, "attendu : entier entre 15 et 100, reçu : 19.5"),
        ("debtor", 2, "attendu : une valeur parmi 0, 1, reçu : 2"),
        ("debtor", True, "attendu : une valeur parmi 0, 1, reçu : true"),
        ("gdp", {"a": 1}, "attendu : nombre entre -50 et 50, reçu : objet de 1 champ(s)"),
        ("admission_grade", "x" * 99, f'attendu : nombre entre 0 et 200, reçu : "{"x" * 56}...'),
    ],
)
def test_an_invalid_value_is_422_and_quoted(function: Load, field: str, value: object, detail: str) -> None:
    answer = function("predire").post("/predire", json=[{**STUDENT, field: value}])
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"pointer": f"/0/{field}", "detail": detail}]
    assert answer.get_json()["detail"] == f"{detail} (/0/{field})"


def test_whole_floats_are_accepted_as_integers(function: Load) -> None:
    client = function("predire")
    assert ask(client, {**STUDENT, "age_at_enrollment": 19.0, "debtor": 0.0}) == ask(client, STUDENT)


def test_contributions_of_the_explanation_sum_to_the_log_odds(function: Load) -> None:
    client = function("predire")
    explanation = ask(client, STUDENT, "/predire/explication")
    prediction = ask(client, STUDENT)
    parameters = explanation["parametres_et_ponderation"]
    weights = [weight["contribution"] for weight in parameters["poids"]]
    assert len(weights) == len(ENROLMENT + SEMESTER_1 + SEMESTER_2)
    assert math.isclose(parameters["base"] + sum(weights), parameters["score"], abs_tol=1e-5)
    failure = 1 / (1 + math.exp(-parameters["score"]))
    assert math.isclose(failure, prediction["probabilite_echec"], abs_tol=1e-5)
    assert explanation["prediction"] == prediction
    used = {datum["variable"]: datum["valeur"] for datum in explanation["donnees_traitees"]["utilisees"]}
    assert used == STUDENT
    assert "10.24432/C5MC89" in explanation["donnees_traitees"]["apprentissage"]
    assert len(explanation["operations_effectuees"]) == 4
    assert isinstance(ask(client, [STUDENT], "/predire/explication"), list)


def test_labels_are_in_english_on_request(function: Load) -> None:
    answer = function("predire").post("/predire", json=STUDENT, headers={"Accept-Language": "en"}).get_json()
    assert answer["facteurs"][0]["libelle"] == "Tuition fees up to date"
    assert answer["prediction"] == "reussite"


def test_1000_students_are_accepted_and_1001_are_413(function: Load) -> None:
    client = function("predire")
    assert len(ask(client, [STUDENT] * 1000)) == 1000
    assert client.post("/predire", json=[STUDENT] * 1001).status_code == 413


@pytest.mark.parametrize(("mode", "payload"), [("none", None), ("redacted", [{"gdp": 1.5}]), ("full", "all")])
def test_the_log_follows_the_payload_setting(
    function: Load, log_lines: Lines, monkeypatch: pytest.MonkeyPatch, mode: str, payload: object
) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    body = [{"Nom": "Jeanne Dupont", "GDP": 1.5, "gender": 1, "debtor": "jeanne@exemple.fr"}]
    function("predire").post("/predire", json=body)
    [line] = log_lines()
    assert line["payload"] == (body if payload == "all" else payload)
    assert ("Dupont" in json.dumps(line)) == (mode == "full")
    assert ("jeanne@exemple.fr" in json.dumps(line)) == (mode == "full")


@pytest.mark.parametrize("mode", ["none", "redacted", "full"])
def test_a_logged_error_quotes_the_request_only_with_full_payloads(
    function: Load, log_lines: Lines, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    answer = ask(function("predire"), {**STUDENT, "debtor": "jeanne@exemple.fr"})
    assert "jeanne@exemple.fr" in answer["detail"]
    [line] = log_lines()
    detail = {"detail": answer["detail"]} if mode == "full" else {}
    assert line["error"] == {"code": "invalid_request", **detail}
    assert ("jeanne@exemple.fr" in json.dumps(line)) == (mode == "full")


def test_the_log_is_redacted_on_cloud_run(function: Load, log_lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "predire")
    function("predire").post("/predire", json={**STUDENT, "gender": 1})
    [line] = log_lines()
    assert line["payload"] == {name: round(value, 2) for name, value in STUDENT.items()}
    assert line["prediction"] == {"prediction": "reussite", "probabilite_echec": 0.217999, "etape": "semestre_2"}


def test_openapi_explains_codes_and_names_examples_in_both_languages(function: Load) -> None:
    document = function("predire").get("/openapi.json").get_json()
    fields = document["components"]["schemas"]["Student"]["properties"]
    assert {"const": 9254, "title": "Tourisme", "x-title-en": "Tourism"} in fields["course"]["oneOf"]
    assert fields["debtor"]["oneOf"][1] == {"const": 1, "title": "oui", "x-title-en": "yes"}
    grade = next(kind for kind in fields["curricular_units_1st_sem_grade"]["anyOf"] if kind["type"] == "number")
    assert grade["description"] == "0 si aucune UE n'est réussie"
    assert grade["x-description-en"] == "0 where no unit is approved"
    examples = document["paths"]["/predire"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    named = {example["summary"]: example["x-summary-en"] for example in examples.values() if "summary" in example}
    assert len(named) == 5
    assert named["Tout est réussi"] == "Everything passed"
    assert "summary" not in examples["note_illisible"]
