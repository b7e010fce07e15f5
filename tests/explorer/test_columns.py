"""Figures and filters of columns, against figures known otherwise."""

from datetime import date
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from functions.explorer.tables import columns, filters
from functions.explorer.tables.filters import Among, Between, Containing
from functions.explorer.tables.places import Source
from functions.explorer.tables.reading import Limits, read

FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3, 4],
        "x": [0.5, np.nan, np.inf, 1.5],
        "ville": ["Orléans", "Nîmes", "Orléans", None],
        "jour": pd.to_datetime(["2026-01-01", "2026-01-02 13:00", "2026-01-03", "NaT"], format="ISO8601"),
        "libre": [True, False, True, True],
    }
)


def test_facts_of_columns() -> None:
    found = columns.facts(FRAME, "fr")
    assert found.to_numpy().tolist() == [
        ["n", "nombre entier", 0, 0.0, 4, "1"],
        ["x", "nombre", 1, 25.0, 3, "0.5"],
        ["ville", "texte", 1, 25.0, 2, "Orléans"],
        ["jour", "date", 1, 25.0, 3, "2026-01-01"],
        ["libre", "oui / non", 0, 0.0, 2, "True"],
    ]
    assert columns.facts(FRAME, "en")["type"].tolist() == ["whole number", "number", "text", "date", "yes / no"]
    assert columns.missing(FRAME) == 3
    assert columns.groups(FRAME) == ["ville", "jour", "libre", "n", "x"]


def test_figures_of_columns() -> None:
    numbers = columns.numbers(FRAME, "fr").set_index("colonne")
    assert list(numbers.loc["n"]) == pytest.approx([4, 2.5, 1.290994, 1, 1.15, 1.75, 2.5, 3.25, 3.85, 4])
    assert list(numbers.loc["x"])[:2] == [2, 1.0]  # of what is finite
    words = columns.words(FRAME, "en").set_index("column")
    assert list(words.loc["ville"]) == [3, 2, "Orléans", 2]
    assert list(words.loc["libre"]) == [4, 2, "True", 3]
    assert len(columns.numbers(FRAME[["ville"]], "fr")) == 0


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        (Between("n", 2, 3), [1, 2]),
        (Between("x", 0, 1), [0]),
        (Between("jour", date(2026, 1, 2), date(2026, 1, 3)), [1, 2]),
        (Among("ville", ("Orléans",)), [0, 2]),
        (Among("libre", (False,)), [1]),
        (Containing("ville", "NÎM"), [1]),
        (Containing("ville", "(.*"), []),
    ],
)
def test_filters(one: filters.Filter, kept: list[int]) -> None:
    assert filters.apply(FRAME, [one]).index.tolist() == kept


def test_filters_together_and_complete_rows() -> None:
    assert filters.apply(FRAME, [Between("n", 1, 3), Among("libre", (True,))]).index.tolist() == [0, 2]
    assert filters.apply(FRAME, [], complete=True).index.tolist() == [0, 2]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_downloaded_is_read_back_the_same(language: str) -> None:
    frame = FRAME.replace(np.inf, 2.25).assign(ville=pd.Series(["a;b", 'c "d"', "é,è", None], dtype="str"))
    content = filters.as_csv(frame, language)
    found = read(Source("a.csv", "CSV", len(content), lambda: BytesIO(content)), Limits())
    pd.testing.assert_frame_equal(found.frame, frame, check_dtype=False)
    assert content.startswith(b"\xef\xbb\xbfn;x" if language == "fr" else b"\xef\xbb\xbfn,x")
