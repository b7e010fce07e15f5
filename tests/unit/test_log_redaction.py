"""The values of a row that a redacted line keeps."""

from typing import Any

import pytest

from functions.predict_species.schema import Flower
from functions.predire.student import Student
from shared.log.redaction import allowed

LENGTH = "sepal length (cm)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (5.1, 5.1),
        (5.123456789, 5.12),
        (100, 100),
        (100.1, None),
        (0, None),
        (-1, None),
        (10**400, None),
        (1e308, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("5.1", None),
        ("Dupont", None),
        (None, None),
        ([5.1], None),
        ({"a": 5.1}, None),
    ],
)
def test_a_valid_number_is_kept_and_any_other_value_dropped(value: Any, expected: float | None) -> None:
    row = {LENGTH: value, "petal width (cm)": 0.2}
    assert allowed(row, Flower) == ({} if expected is None else {LENGTH: expected}) | {"petal width (cm)": 0.2}


def test_unknown_codes_and_fractions_of_integers_are_dropped() -> None:
    row = {"course": 9254.0, "age_at_enrollment": 20.5, "debtor": 2, "application_mode": 3, "gdp": 1.74, "gender": 1}
    row |= {"scholarship_holder": True}
    assert allowed(row, Student) == {"course": 9254, "gdp": 1.74}
    assert allowed({"curricular_units_1st_sem_grade": None, "nom": "x"}, Student) == {}
