"""Columns of dates and texts of the recipe."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.new.recipe_tables import answers_of
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal
from training.new.recipe.dates import DateParts
from training.new.recipe.texts import TextWords

DAYS = pd.DataFrame({"start": ["2024-01-31", "2024-03-31", None], "end": ["2024-05-01", "soon", "2024-05-01"]})


def test_parts_that_vary_are_kept() -> None:
    step = DateParts().fit(DAYS)
    assert step.get_feature_names_out(["start", "end"]).tolist() == [
        "start::days",
        "start::month",
        "start::weekday",
        "start::day_of_year",
    ]
    parts = step.transform(DAYS)
    assert parts[:2, 1].tolist() == [1, 3]
    assert np.isnan(parts[2]).all()


def test_dates_are_an_input_of_their_own() -> None:
    table = pd.DataFrame({"day": [f"2024-{month:02d}-15T0{month % 9}:00" for month in range(1, 13)]})
    model = make_pipeline(DateParts(), StandardScaler(), Ridge()).fit(table, np.arange(12.0))
    converted = convert(model, table)
    assert [(feed.input, feed.column, feed.form) for feed in converted.feeds] == [("day::date", "day", "date")]
    assert answers_of(converted, table)["value"][:, 0] == pytest.approx(model.predict(table), abs=1e-12)


def test_a_step_before_the_dates_is_refused() -> None:
    table = pd.DataFrame({"size": np.arange(12.0)})
    model = make_pipeline(StandardScaler(), DateParts(), Ridge())
    model.steps[0][1].fit(table)
    model.steps[1][1].fit(pd.DataFrame({"day": ["2024-01-01", "2024-02-01"]}))
    with pytest.raises(Refusal):
        convert(model, table)


def test_null_is_an_empty_text() -> None:
    texts = pd.Series(["un chat", "un chien", None, np.nan])
    words = TextWords(rarest=1).fit(texts)
    assert words.get_feature_names_out().tolist() == ["chat", "chien", "un", "un chat", "un chien"]
    assert words.transform(texts).toarray()[2:].tolist() == [[0.0] * 5] * 2
