"""XGBoost's estimators, against their graphs: they answer in float32."""

from typing import Any

import numpy as np
import pytest

from tests.new.conversion_tools import assert_same
from tests.new.tree_tables import (
    BOOSTERS,
    as_labels,
    assert_covers_add_up,
    ensemble_of,
    flowers,
    mixed,
    patients,
    replayed,
    with_holes,
)
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal

xgboost = pytest.importorskip("xgboost", reason=BOOSTERS)

FEW: dict[str, Any] = {"n_estimators": 12, "n_jobs": 1, "random_state": 0}
FLOAT32 = 2e-6


@pytest.mark.parametrize(
    "options", [{}, {"tree_method": "exact"}, {"base_score": 0.9}, {"booster": "dart", "rate_drop": 0.4}]
)
def test_two_classes(options: dict[str, Any]) -> None:
    table, target = flowers()
    table = with_holes(table)
    estimator = xgboost.XGBClassifier(**FEW, **options).fit(table, target == "virginica")
    converted = assert_same(estimator, table, tolerance=FLOAT32)
    assert converted.labels == ((0, 1),)
    margin = estimator.predict(table, output_margin=True)
    np.testing.assert_allclose(replayed(converted, table)[:, 0], margin, rtol=1e-5, atol=1e-5)
    assert_covers_add_up(converted)


@pytest.mark.parametrize("options", [{}, {"num_parallel_tree": 3, "subsample": 0.5}, {"objective": "multi:softmax"}])
def test_three_classes(options: dict[str, Any]) -> None:
    table, target = flowers()
    codes = np.unique(target, return_inverse=True)[1]
    assert_same(xgboost.XGBClassifier(**FEW, **options).fit(table, codes), table, tolerance=FLOAT32)


def test_random_forests() -> None:
    table, target = patients()
    assert_same(xgboost.XGBRFRegressor(**FEW).fit(table, target), table, tolerance=FLOAT32)
    assert_same(xgboost.XGBRFClassifier(**FEW).fit(table, target > 100), table, tolerance=FLOAT32)


@pytest.mark.parametrize(
    ("objective", "scale"),
    [
        ("reg:squarederror", "value"),
        ("reg:absoluteerror", "value"),
        ("reg:pseudohubererror", "value"),
        ("count:poisson", "log_value"),
        ("reg:gamma", "log_value"),
        ("reg:tweedie", "log_value"),
    ],
)
def test_numbers(objective: str, scale: str) -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW, objective=objective).fit(table, target / 100)
    converted = assert_same(estimator, table, tolerance=FLOAT32)
    assert ensemble_of(converted).scale == scale


def test_a_share() -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW, objective="reg:logistic").fit(table, target / 400)
    assert ensemble_of(assert_same(estimator, table, tolerance=FLOAT32)).scale == "log_odds"


def test_several_numbers_at_once() -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW).fit(table, np.column_stack([target, target**2]))
    assert assert_same(estimator, table, tolerance=FLOAT32).targets == 2


def test_quantiles_are_answered_in_order() -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW, objective="reg:quantileerror", quantile_alpha=[0.4, 0.5, 0.6])
    converted = assert_same(estimator.fit(table, target), table, tolerance=FLOAT32)
    assert not converted.conversion.ensembles


def test_one_quantile_is_explained() -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW, objective="reg:quantileerror", quantile_alpha=0.8).fit(table, target)
    converted = assert_same(estimator, table, tolerance=FLOAT32)
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-5)


def test_a_number_that_stands_for_missing() -> None:
    table, target = patients()
    table = table.copy()
    table.iloc[::3, 0] = 0.0
    assert_same(xgboost.XGBRegressor(**FEW, missing=0.0).fit(table, target), table, tolerance=FLOAT32)


@pytest.mark.parametrize("one_hot", [1, 100])
def test_categories_of_texts_and_of_integers(one_hot: int) -> None:
    table, target = mixed()
    table = table.astype({"code": "category"})
    estimator = xgboost.XGBRegressor(**FEW, enable_categorical=True, max_cat_to_onehot=one_hot).fit(table, target)
    converted = assert_same(estimator, table, tolerance=FLOAT32)
    assert converted.unknown_refused == {"shape", "code", "colour"}
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-5, atol=1e-5)
    assert_covers_add_up(converted)


def test_codes_named_as_categories() -> None:
    table, target = mixed()
    table = table[["size", "code", "weight"]].assign(code=table["code"] % 13)
    estimator = xgboost.XGBRegressor(**FEW, enable_categorical=True, feature_types=["q", "c", "q"])
    assert_same(estimator.fit(table, target), table, tolerance=FLOAT32)


def test_the_best_iteration_of_early_stopping() -> None:
    table, target = mixed()
    table = table[["size", "weight"]]
    codes = np.unique(as_labels(target), return_inverse=True)[1]
    estimator = xgboost.XGBClassifier(**FEW | {"n_estimators": 100}, early_stopping_rounds=2)
    shuffled = np.random.default_rng(0).permutation(codes)
    estimator.fit(table, codes, eval_set=[(table, shuffled)], verbose=False)
    converted = assert_same(estimator, table, tolerance=FLOAT32)
    assert len(ensemble_of(converted).trees) == 3 * (estimator.best_iteration + 1)


def test_a_constant_target() -> None:
    table, target = patients(50)
    assert_same(xgboost.XGBRegressor(**FEW).fit(table, np.full(len(target), 1.5)), table, tolerance=FLOAT32)


@pytest.mark.parametrize(
    ("options", "several", "words"),
    [
        ({"booster": "gblinear"}, False, "gblinear"),
        ({"multi_strategy": "multi_output_tree"}, True, "one_output_per_tree"),
        ({"objective": "survival:cox"}, False, "survival:cox"),
    ],
)
def test_regressors_that_are_refused_by_name(options: dict[str, Any], words: str, *, several: bool) -> None:
    table, target = patients()
    estimator = xgboost.XGBRegressor(**FEW, **options)
    estimator.fit(table, np.column_stack([target, target]) if several else target)
    with pytest.raises(Refusal, match=words):
        convert(estimator, table)


@pytest.mark.parametrize(
    ("options", "several", "words"),
    [({"objective": "binary:hinge"}, False, "binary:hinge"), ({}, True, "MultiOutputClassifier")],
)
def test_classifiers_that_are_refused_by_name(options: dict[str, Any], words: str, *, several: bool) -> None:
    table, target = patients()
    high = (target > 100).astype(int)
    estimator = xgboost.XGBClassifier(**FEW, **options)
    estimator.fit(table, np.column_stack([high, 1 - high]) if several else high)
    with pytest.raises(Refusal, match=words):
        convert(estimator, table)
