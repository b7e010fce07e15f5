"""The behaviour of predire on the students of UCI 697: obvious cases, invariances and monotonicity."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from functions.predire.student import SENSITIVE, STAGES, snake_case
from models.predire.data import SOURCE, table
from tests.client import Client
from training.datasets import read

pytestmark = pytest.mark.usefixtures("uci697")

ROUNDING = 2e-6
"""Largest rounding error: responses have six decimals, computed in float32."""
MANY = 500
"""Students in one request."""
UNITS = "curricular_units_{}_sem_{}"
Row = dict[str, Any]
Answers = Callable[[list[Row]], list[Row]]


@pytest.fixture
def answers(function: Callable[[str], Client]) -> Answers:
    """Predict any number of students with the function."""
    client = function("predire")

    def predict(rows: list[Row]) -> Iterator[Row]:
        for first in range(0, len(rows), MANY):
            answer = client.post(
                "/predire", data=json.dumps(rows[first : first + MANY]), content_type="application/json"
            )
            assert answer.status_code == 200, answer.get_json()
            yield from answer.get_json()

    return lambda rows: list(predict(rows))


def _students(stage: str) -> pd.DataFrame:
    """Every student of the file, whatever the outcome."""
    return table()[list(STAGES[stage])]


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict(orient="records")]


def _failure(predictions: list[Row]) -> NDArray[np.float64]:
    return np.array([one["probabilite_echec"] for one in predictions])


def _moved(answers: Answers, frame: pd.DataFrame, changed: pd.DataFrame) -> NDArray[np.float64]:
    """The change (n,) of each student's probability of failure."""
    before, after = (_failure(answers(_rows(rows))) for rows in (frame, changed))
    return after - before


def test_students_who_pass_everything_are_not_expected_to_fail(answers: Answers) -> None:
    students = _students("semestre_2")
    brilliant = pd.Series(data=True, index=students.index)
    for term in ("1st", "2nd"):
        approved, enrolled = students[UNITS.format(term, "approved")], students[UNITS.format(term, "enrolled")]
        brilliant &= (approved == enrolled) & (approved >= 5) & (students[UNITS.format(term, "grade")] >= 13)
        brilliant &= students[UNITS.format(term, "credited")] == 0
    brilliant &= (students["tuition_fees_up_to_date"] == 1) & (students["debtor"] == 0)
    assert brilliant.sum() > 450
    predictions = answers(_rows(students[brilliant]))
    assert {one["prediction"] for one in predictions} == {"reussite"}
    assert np.mean([one["a_verifier"] for one in predictions]) < 0.02


def test_students_who_pass_nothing_and_owe_their_fees_are_expected_to_fail(answers: Answers) -> None:
    students = _students("semestre_2")
    lost = (students["tuition_fees_up_to_date"] == 0) & (students[UNITS.format("1st", "enrolled")] > 0)
    for term in ("1st", "2nd"):
        lost &= students[UNITS.format(term, "approved")] == 0
    assert lost.sum() > 100
    predictions = answers(_rows(students[lost]))
    assert {one["prediction"] for one in predictions} == {"echec"}
    assert not any(one["a_verifier"] for one in predictions)


@pytest.mark.parametrize("stage", STAGES)
def test_predictions_do_not_depend_on_the_order_of_the_fields(answers: Answers, stage: str) -> None:
    rows = _rows(_students(stage)[:200])
    assert answers([dict(reversed(row.items())) for row in rows]) == answers(rows)


def test_a_row_with_the_names_of_the_file_gives_the_same_prediction(answers: Answers) -> None:
    header, *lines = read(SOURCE).decode("utf-8-sig").splitlines()[:201]
    names = [name.strip('"') for name in header.split(";")]
    spelled = [
        dict(zip(names, [*map(float, line.split(";")[:-1]), line.split(";")[-1]], strict=True)) for line in lines
    ]
    assert "Curricular units 2nd sem (approved)" in names
    assert "Daytime/evening attendance\t" in names
    assert answers(spelled) == answers(_rows(_students("semestre_2")[:200]))


@pytest.mark.parametrize("stage", STAGES)
def test_predictions_do_not_depend_on_sensitive_attributes(answers: Answers, stage: str) -> None:
    students, whole = _students(stage), table()
    sensitive = [name for name in sorted(SENSITIVE) if name in whole]
    assert len(sensitive) == 10
    assert len(whole[sensitive].drop_duplicates()) > 1000
    others = students.join(whole[sensitive].sample(frac=1, random_state=0).set_axis(whole.index))
    assert answers(_rows(others)) == answers(_rows(students))


def test_admission_as_an_international_student_contributes_nothing(answers: Answers) -> None:
    students = _students("semestre_2")
    international = students[students["application_mode"].isin([15, 57])]
    assert len(international) == 31
    rare = international.assign(application_mode=2)
    assert np.max(np.abs(_moved(answers, international, rare))) == 0


@pytest.mark.parametrize(("stage", "term"), [("semestre_1", "1st"), ("semestre_2", "1st"), ("semestre_2", "2nd")])
def test_one_more_approved_unit_never_raises_the_probability_of_failure(
    answers: Answers, stage: str, term: str
) -> None:
    name = UNITS.format(term, "approved")
    students = _students(stage)
    moved = _moved(answers, students, students.assign(**{name: students[name] + 1}))
    assert len(moved) == 4424
    assert np.max(moved) <= ROUNDING
    possible = students[name] < students[UNITS.format(term, "enrolled")]
    assert possible.sum() > 1500
    assert moved[possible].mean() < -0.02


@pytest.mark.parametrize(
    ("stage", "name", "more"),
    [
        ("inscription", "admission_grade", 10),
        ("inscription", "previous_qualification_grade", 10),
        ("semestre_1", "curricular_units_1st_sem_grade", 1),
        ("semestre_2", "curricular_units_2nd_sem_grade", 1),
        ("semestre_2", "admission_grade", 10),
    ],
)
def test_a_better_grade_never_raises_the_probability_of_failure(
    answers: Answers, stage: str, name: str, more: float
) -> None:
    students = _students(stage)
    students = students[students[name] > 0]
    moved = _moved(answers, students, students.assign(**{name: students[name] + more}))
    assert np.max(moved) <= ROUNDING


@pytest.mark.parametrize("stage", STAGES)
def test_paid_fees_lower_the_probability_of_failure(answers: Answers, stage: str) -> None:
    students = _students(stage)
    unpaid = students[students["tuition_fees_up_to_date"] == 0]
    assert len(unpaid) == 528
    moved = _moved(answers, unpaid, unpaid.assign(tuition_fees_up_to_date=1))
    assert np.max(moved) < 0
    assert moved.mean() < -0.1


def test_a_thousand_students_with_data_set_names_fit_into_one_request(
    function: Callable[[str], Client], answers: Answers
) -> None:
    """MAX_ROWS rows fit into MAX_BODY_BYTES, as written by pandas or Python, on one line or indented."""
    rows = pd.read_csv(BytesIO(read(SOURCE)), sep=";", encoding="utf-8-sig").head(1000)
    expected = answers(_rows(rows.rename(columns=snake_case)))
    client = function("predire")
    for body in (json.dumps(_rows(rows)), json.dumps(_rows(rows), indent=2), rows.to_json(orient="records")):
        answer = client.post("/predire", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.get_json()
        assert np.abs(_failure(answer.get_json()) - _failure(expected)).max() < ROUNDING  # pandas writes ten digits
        assert [one["etape"] for one in answer.get_json()] == ["semestre_2"] * 1000
