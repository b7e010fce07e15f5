"""Dates of a table as numbers."""

import numpy as np
import pytest

from shared.model.tabular.dates import PARTS, date_parts, is_date


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "2024-02-29T23:59",
        "2024-02-29 23:59:58",
        "2024-02-29T23:59:58.123456789",
        "2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00+01:00",
    ],
)
def test_iso_8601_is_a_date(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-02-29",
        "29/02/2024",
        "20240229",
        "2024-02",
        "2024-02-29T25:00",
        "2024-02-29Z",
        "２024-02-29",
        "2024-02-29 ",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_date(text)


def test_parts_of_a_date() -> None:
    parts = dict(zip(PARTS, date_parts(["2024-02-29T06:30:00"])[0], strict=True))
    days = 19782 + 6.5 / 24
    assert parts == pytest.approx(
        {"days": days, "year": 2024, "month": 2, "day": 29, "weekday": 3, "day_of_year": 60, "hour": 6.5}
    )


def test_the_clock_is_the_one_written() -> None:
    plain, offset = date_parts(["2024-02-29T06:30:00", "2024-02-29T06:30:00+05:00"])
    assert np.array_equal(plain, offset)


def test_null_and_no_date_have_no_parts() -> None:
    parts = date_parts([None, "soon", "1969-12-31"])
    assert np.isnan(parts[:2]).all()
    assert parts[2].tolist() == [-1, 1969, 12, 31, 2, 365, 0]


def test_no_rows() -> None:
    assert date_parts([]).shape == (0, len(PARTS))
