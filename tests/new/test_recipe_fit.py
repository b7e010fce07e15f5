"""The recipe on a small table with a column of each kind: what it trains converts exactly."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor

from tests.new.recipe_tables import answers_of, mixed_table
from training.contract import Options
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal
from training.new.recipe.blend import LogOddsBlend, ValueBlend
from training.new.recipe.fit import FittedRecipe, fit_recipe
from training.new.recipe.selection import fold_count

TABLE = mixed_table()
FEATURES = TABLE.drop(columns=["sold", "price"])
QUICK = Options(quick=True)


@cache
def fitted(*targets: str) -> FittedRecipe:
    """The quick recipe of some targets."""
    return fit_recipe(FEATURES, TABLE[list(targets)], QUICK)


def test_classes() -> None:
    recipe = fitted("sold")
    assert (recipe.kind, recipe.logarithm) == ("classes", False)
    assert isinstance(recipe.estimator, LogOddsBlend)
    assert set(recipe.compared) == {"linear", "boosting 15", "boosting 31", "extra trees", "blend"}
    assert recipe.compared["blend"]["log_loss"] < 0.6 < np.log(2)
    assert "linear" in recipe.notes[0][1]


def test_a_number() -> None:
    recipe = fitted("price")
    assert (recipe.kind, recipe.logarithm) == ("values", True)
    assert isinstance(recipe.estimator, TransformedTargetRegressor)
    assert recipe.compared["blend"]["r2"] > 0.4
    assert "logarithm" in recipe.notes[1][1]


def test_the_same_seed_gives_the_same_model() -> None:
    again = fit_recipe(FEATURES, TABLE[["sold"]], QUICK)
    assert again.compared == fitted("sold").compared
    assert np.array_equal(again.estimator.predict_proba(FEATURES), fitted("sold").estimator.predict_proba(FEATURES))


def test_a_clone_is_fitted_again_without_folds() -> None:
    estimator = fitted("sold").estimator
    refitted = clone(estimator).fit(FEATURES.iloc[:200], TABLE["sold"].iloc[:200])
    assert refitted.weights_ == estimator.weights_


def test_classes_convert_exactly() -> None:
    estimator = fitted("sold").estimator
    answers = answers_of(convert(estimator, FEATURES), FEATURES)
    assert answers["probabilities"] == pytest.approx(estimator.predict_proba(FEATURES), abs=1e-6)
    assert (estimator.classes_[answers["label"][:, 0]] == estimator.predict(FEATURES)).all()


def test_a_number_converts_exactly() -> None:
    estimator = fitted("price").estimator
    converted = convert(estimator, FEATURES)
    assert answers_of(converted, FEATURES)["value"][:, 0] == pytest.approx(estimator.predict(FEATURES), rel=1e-6)
    assert converted.null_refused == frozenset()
    assert {feed.form for feed in converted.feeds} == {"number", "text", "counts", "date"}


def test_unknown_categories_and_nulls_convert_exactly() -> None:
    estimator = fitted("sold").estimator
    rows = FEATURES.head(40).assign(colour="purple", street="elsewhere", advert="jaune", size=np.nan)
    answers = answers_of(convert(estimator, FEATURES), rows)
    assert answers["probabilities"] == pytest.approx(estimator.predict_proba(rows), abs=1e-6)


def test_many_rows_and_a_plain_number() -> None:
    """No extra trees, and no logarithm where numbers are below 0."""
    frame = pd.DataFrame({"x": np.linspace(-3, 3, 2100)})
    recipe = fit_recipe(frame, pd.DataFrame({"y": np.sin(frame["x"])}), QUICK)
    assert (recipe.logarithm, "extra trees" in recipe.compared) == (False, False)
    assert isinstance(recipe.estimator, ValueBlend)
    assert recipe.compared["blend"]["r2"] > 0.95


def test_booleans_with_nulls_convert_exactly() -> None:
    flags = [None if at % 5 == 0 else bool(rooms > 2) for at, rooms in enumerate(TABLE["rooms"])]
    frame = pd.DataFrame({"size": TABLE["size"], "flag": pd.Series(flags, dtype=object).fillna(np.nan)})
    estimator = fit_recipe(frame, TABLE[["sold"]], QUICK).estimator
    converted = convert(estimator, frame)
    assert {feed.column: feed.form for feed in converted.feeds} == {"size": "number", "flag": "text"}
    answers = answers_of(converted, frame)
    assert answers["probabilities"] == pytest.approx(estimator.predict_proba(frame), abs=1e-6)


def test_several_numbers() -> None:
    targets = pd.DataFrame({"price": TABLE["price"], "cost": TABLE["price"] * 2 + 1})
    recipe = fit_recipe(FEATURES[["size", "rooms"]], targets, QUICK)
    assert recipe.kind == "values"
    assert recipe.estimator.predict(FEATURES[["size", "rooms"]]).shape == (240, 2)
    assert {"price: blend", "cost: blend"} <= set(recipe.compared)


def test_classes_and_a_number_are_two_models() -> None:
    with pytest.raises(Refusal):
        fitted("sold", "price")


def test_a_table_of_constants_is_refused() -> None:
    with pytest.raises(Refusal):
        fit_recipe(pd.DataFrame({"same": [1] * 240}), TABLE[["sold"]], QUICK)


def test_rare_classes() -> None:
    target = TABLE[["sold"]].copy()
    target.iloc[0] = "maybe"
    recipe = fit_recipe(FEATURES[["size", "rooms"]], target, QUICK)
    assert recipe.estimator.classes_.tolist() == ["maybe", "no", "yes"]


@pytest.mark.parametrize(("rows", "classes", "count"), [(1000, 2, 5), (10_000, 0, 4), (10_000, 9, 3), (40_000, 0, 3)])
def test_fewer_folds_for_more_work(rows: int, classes: int, count: int) -> None:
    assert fold_count(rows, classes) == count
