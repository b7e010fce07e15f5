"""LightGBM's estimators, against their graphs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV

from tests.new.conversion_tools import assert_same
from tests.new.tree_tables import (
    BOOSTERS,
    as_labels,
    assert_covers_add_up,
    ensemble_of,
    flowers,
    log_odds,
    mixed,
    patients,
    replayed,
    with_holes,
)
from training.new.conversion.converter import convert
from training.new.conversion.lightgbm_text import read_model
from training.new.conversion.refusal import Refusal

lightgbm = pytest.importorskip("lightgbm", reason=BOOSTERS)

FEW: dict[str, Any] = {"n_estimators": 12, "verbose": -1, "n_jobs": 1, "random_state": 0}
BY_CATEGORY: dict[str, Any] = {"min_data_per_group": 5, "cat_smooth": 1, **FEW}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sigmoid": 2.5},
        {"boosting_type": "dart"},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
    ],
)
def test_two_classes(options: dict[str, Any]) -> None:
    table, target = flowers()
    table = with_holes(table)
    estimator = lightgbm.LGBMClassifier(**FEW, **options).fit(table, target == "virginica")
    converted = assert_same(estimator, table)
    np.testing.assert_allclose(replayed(converted, table), log_odds(estimator.predict_proba(table)), rtol=1e-6)
    assert_covers_add_up(converted)


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_three_classes_and_categories(objective: str) -> None:
    table, target = mixed()
    estimator = lightgbm.LGBMClassifier(**FEW, objective=objective).fit(table, as_labels(target))
    converted = assert_same(estimator, table)
    assert not converted.unknown_refused
    np.testing.assert_allclose(replayed(converted, table), estimator.predict(table, raw_score=True), rtol=1e-9)


@pytest.mark.parametrize(
    ("objective", "scale"),
    [
        ("regression", "value"),
        ("huber", "value"),
        ("quantile", "value"),
        ("poisson", "log_value"),
        ("gamma", "log_value"),
        ("tweedie", "log_value"),
    ],
)
def test_numbers(objective: str, scale: str) -> None:
    table, target = patients()
    estimator = lightgbm.LGBMRegressor(**FEW, objective=objective).fit(table, target)
    converted = assert_same(estimator, table)
    assert ensemble_of(converted).scale == scale
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table, raw_score=True), rtol=1e-9)


def test_a_share() -> None:
    table, target = patients()
    estimator = lightgbm.LGBMRegressor(**FEW, objective="cross_entropy").fit(table, target / 400)
    assert ensemble_of(assert_same(estimator, table)).scale == "log_odds"


def test_the_square_of_what_the_trees_add_up_to_has_no_additive_explanation() -> None:
    table, target = patients()
    estimator = lightgbm.LGBMRegressor(**FEW, reg_sqrt=True).fit(table, target)
    assert not assert_same(estimator, table).conversion.ensembles


def test_ranks() -> None:
    table, target = patients()
    estimator = lightgbm.LGBMRanker(**FEW).fit(table, (target // 60).astype(int), group=[100, 200])
    assert_same(estimator, table)


@pytest.mark.parametrize("options", [{"zero_as_missing": True}, {"use_missing": False}, {}])
@pytest.mark.parametrize("holes", [False, True])
def test_zero_and_missing(options: dict[str, Any], *, holes: bool) -> None:
    table, target = patients()
    table = table.copy()
    table.iloc[::3, 0] = 0.0
    table.iloc[1::7, 2] = 1e-36
    table = with_holes(table) if holes else table
    assert_same(lightgbm.LGBMRegressor(**FEW, **options).fit(table, target), table)


def test_categories_of_texts_and_of_integers() -> None:
    table, target = mixed()
    table = table.astype({"code": "category"})
    estimator = lightgbm.LGBMRegressor(**BY_CATEGORY).fit(table, target)
    converted = assert_same(estimator, table)
    assert ensemble_of(converted).matrix.width > 5
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-9)
    assert_covers_add_up(converted)


def test_ordered_categories_are_numbers() -> None:
    table, target = mixed()
    table = table.assign(shape=table["shape"].cat.as_ordered())
    assert_same(lightgbm.LGBMRegressor(**BY_CATEGORY).fit(table, target), table)


def test_integers_named_as_categories() -> None:
    table, target = mixed()
    table = table[["size", "code", "weight"]].assign(code=table["code"] % 13)
    assert_same(lightgbm.LGBMRegressor(**BY_CATEGORY).fit(table, target, categorical_feature=[1]), table)


def test_categories_whose_columns_the_model_does_not_tell_are_refused() -> None:
    table, target = mixed()
    table = table[["size", "shape", "code"]].astype({"code": "category"})
    estimator = lightgbm.LGBMRegressor(**FEW).fit(table, target, categorical_feature=["shape"])
    with pytest.raises(Refusal, match=r"LGBMRegressor.* 2 .* 1 "):
        convert(estimator, table.astype({"code": int}))


def test_large_integers_and_infinity_stay_doubles() -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame({"whole": random.integers(2**40, 2**40 + 60, 300), "number": random.normal(size=300)})
    table.iloc[::9, 1] = np.inf
    assert_same(lightgbm.LGBMClassifier(**FEW).fit(table, table["whole"] % 7 > 3), table)


def test_the_best_iteration_of_early_stopping() -> None:
    table, target = flowers()
    target = np.unique(target, return_inverse=True)[1]
    shuffled = np.random.default_rng(0).permutation(target)
    estimator = lightgbm.LGBMClassifier(**FEW | {"n_estimators": 100}, early_stopping_round=1)
    estimator.fit(table, target, eval_X=table, eval_y=shuffled)
    converted = assert_same(estimator, table)
    assert len(ensemble_of(converted).trees) == 3 * estimator.best_iteration_


def test_a_model_of_one_leaf() -> None:
    table, target = patients(30)
    converted = assert_same(lightgbm.LGBMRegressor(**FEW).fit(table, target), table)
    assert replayed(converted, table)[:, 0] == pytest.approx(np.full(30, target.mean()), rel=1e-6)


def test_linear_trees_and_own_objectives_are_refused_by_name() -> None:
    table, target = patients()
    linear = lightgbm.LGBMRegressor(**FEW, linear_tree=True).fit(table, target)
    with pytest.raises(Refusal, match="linear_tree"):
        convert(linear, table)
    own = lightgbm.LGBMRegressor(**FEW, objective=lambda true, answer: (answer - true, np.ones_like(true)))
    with pytest.raises(Refusal, match="custom"):
        convert(own.fit(table, target), table)
    own = lightgbm.LGBMClassifier(**FEW, objective=lambda true, answer: (answer - true, np.ones_like(true)))
    with pytest.raises(Refusal, match="custom"):
        convert(own.fit(table, target > 100), table)


def test_the_text_of_a_model() -> None:
    table, target = flowers()
    estimator = lightgbm.LGBMClassifier(**FEW).fit(table, target)
    model = read_model(estimator.booster_.model_to_string())
    assert (model.targets, len(model.trees)) == (3, 36)
    assert model.objective == ("multiclass", {"num_class": "3"})
    assert model.parameters["num_leaves"] == "31"


def test_calibration_reads_the_margins() -> None:
    table, target = flowers()
    estimator = CalibratedClassifierCV(lightgbm.LGBMClassifier(**FEW), method="isotonic", cv=2)
    assert_same(estimator.fit(table, target), table)
