"""Descriptive statistics and filters of columns, against values computed by hand."""

from datetime import date
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from functions.explorer.tables import columns, filters
from functions.explorer.tables.files import Source
from functions.explorer.tables.filters import Between, Containing, OneOf
from functions.explorer.tables.reader import read_table
from functions.explorer.tables.table import Limits

FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3, 4],
        "x": [0.5, np.nan, np.inf, 1.5],
        "ville": ["Orléans", "Nîmes", "Orléans", None],
        "jour": pd.to_datetime(["2026-01-01", "2026-01-02 13:00", "2026-01-03", "NaT"], format="ISO8601"),
        "libre": [True, False, True, True],
    }
)


def test_descriptions_of_columns() -> None:
    descriptions = columns.describe_columns(FRAME, "fr")
    assert descriptions.to_numpy().tolist() == [
        ["n", "nombre entier", 0, 0.0, 4, "1"],
        ["x", "nombre", 1, 25.0, 3, "0.5"],
        ["ville", "texte", 1, 25.0, 2, "Orléans"],
        ["jour", "date", 1, 25.0, 3, "2026-01-01"],
        ["libre", "oui / non", 0, 0.0, 2, "True"],
    ]
    assert columns.describe_columns(FRAME, "en")["type"].tolist() == [
        "whole number",
        "number",
        "text",
        "date",
        "yes / no",
    ]
    assert columns.count_missing(FRAME) == 3
    assert columns.grouping_columns(FRAME) == ["ville", "jour", "libre", "n", "x"]


def test_statistics_of_columns() -> None:
    numbers = columns.describe_numbers(FRAME, "fr").set_index("colonne")
    assert list(numbers.loc["n"]) == pytest.approx([4, 2.5, 1.290994, 1, 1.15, 1.75, 2.5, 3.25, 3.85, 4])
    assert list(numbers.loc["x"])[:2] == [2, 1.0]  # of finite values
    words = columns.describe_categories(FRAME, "en").set_index("column")
    assert list(words.loc["ville"]) == [3, 2, "Orléans", 2]
    assert list(words.loc["libre"]) == [4, 2, "True", 3]
    assert len(columns.describe_numbers(FRAME[["ville"]], "fr")) == 0


@pytest.mark.parametrize(
    ("row_filter", "rows"),
    [
        (Between("n", 2, 3), [1, 2]),
        (Between("x", 0, 1), [0]),
        (Between("jour", date(2026, 1, 2), date(2026, 1, 3)), [1, 2]),
        (OneOf("ville", ("Orléans",)), [0, 2]),
        (OneOf("libre", (False,)), [1]),
        (Containing("ville", "NÎM"), [1]),
        (Containing("ville", "(.*"), []),
    ],
)
def test_filters(row_filter: filters.Filter, rows: list[int]) -> None:
    assert filters.apply_filters(FRAME, [row_filter]).index.tolist() == rows


def test_filters_together_and_complete_rows() -> None:
    assert filters.apply_filters(FRAME, [Between("n", 1, 3), OneOf("libre", (True,))]).index.tolist() == [0, 2]
    assert filters.apply_filters(FRAME, [], complete=True).index.tolist() == [0, 2]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_download_is_read_back_unchanged(language: str) -> None:
    frame = FRAME.replace(np.inf, 2.25).assign(ville=pd.Series(["a;b", 'c "d"', "é,è", None], dtype="str"))
    content = filters.to_csv(frame, language)
    loaded = read_table(Source("a.csv", "CSV", len(content), lambda: BytesIO(content)), Limits())
    pd.testing.assert_frame_equal(loaded.frame, frame, check_dtype=False)
    assert content.startswith(b"\xef\xbb\xbfn;x" if language == "fr" else b"\xef\xbb\xbfn,x")
