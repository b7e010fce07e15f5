"""What a redacted line keeps of one row."""

from typing import Any

import pytest

from functions.predict_species.schema import Flower
from functions.predire.student import Student
from shared.log.redaction import allowed

LENGTH = "sepal length (cm)"


@pytest.mark.parametrize(
    ("value", "kept"),
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
def test_a_field_keeps_what_it_would_accept(value: Any, kept: float | None) -> None:
    row = {LENGTH: value, "petal width (cm)": 0.2}
    assert allowed(row, Flower) == ({} if kept is None else {LENGTH: kept}) | {"petal width (cm)": 0.2}


def test_codes_and_whole_numbers_are_kept_where_they_are_known() -> None:
    row = {"course": 9254.0, "age_at_enrollment": 20.5, "debtor": 2, "application_mode": 3, "gdp": 1.74, "gender": 1}
    row |= {"scholarship_holder": True}
    assert allowed(row, Student) == {"course": 9254, "gdp": 1.74}
    assert allowed({"curricular_units_1st_sem_grade": None, "nom": "x"}, Student) == {}
