"""CatBoost's estimators, against their graphs."""

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
    log_odds,
    mixed,
    patients,
    replayed,
    with_holes,
)
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal

catboost = pytest.importorskip("catboost", reason=BOOSTERS)

FEW: dict[str, Any] = {
    "iterations": 12,
    "depth": 4,
    "verbose": 0,
    "allow_writing_files": False,
    "thread_count": 1,
    "random_seed": 0,
}


@pytest.mark.parametrize(
    "options", [{}, {"nan_mode": "Max"}, {"grow_policy": "Lossguide"}, {"grow_policy": "Depthwise"}]
)
def test_two_classes(options: dict[str, Any]) -> None:
    table, target = flowers()
    table = with_holes(table)
    estimator = catboost.CatBoostClassifier(**FEW, **options).fit(table, np.where(target == "virginica", "oui", "non"))
    converted = assert_same(estimator, table)
    assert converted.labels == (("non", "oui"),)
    np.testing.assert_allclose(replayed(converted, table), log_odds(estimator.predict_proba(table)), rtol=1e-6)
    assert_covers_add_up(converted)


@pytest.mark.parametrize("threshold", [0.1, 0.9])
def test_a_threshold_of_its_own(threshold: float) -> None:
    table, target = patients()
    estimator = catboost.CatBoostClassifier(**FEW).fit(table, target > 150)
    estimator.set_probability_threshold(threshold)
    assert_same(estimator, table)


@pytest.mark.parametrize("loss", ["MultiClass", "MultiClassOneVsAll"])
def test_three_classes(loss: str) -> None:
    table, target = mixed()
    table = table[["size", "code", "weight"]]
    estimator = catboost.CatBoostClassifier(**FEW, loss_function=loss).fit(table, as_labels(target))
    converted = assert_same(estimator, table)
    raw = estimator.predict(table, prediction_type="RawFormulaVal")
    np.testing.assert_allclose(replayed(converted, table), raw, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "scale"),
    [
        ("RMSE", "value"),
        ("MAE", "value"),
        ("Quantile:alpha=0.8", "value"),
        ("LogLinQuantile", "value"),
        ("Poisson", "log_value"),
        ("Tweedie:variance_power=1.5", "log_value"),
    ],
)
def test_numbers(loss: str, scale: str) -> None:
    table, target = patients()
    converted = assert_same(catboost.CatBoostRegressor(**FEW, loss_function=loss).fit(table, target), table)
    assert ensemble_of(converted).scale == scale


@pytest.mark.parametrize("loss", ["MultiRMSE", "MultiQuantile:alpha=0.1,0.9"])
def test_several_numbers_at_once(loss: str) -> None:
    table, target = patients()
    estimator = catboost.CatBoostRegressor(**FEW, loss_function=loss)
    estimator.fit(table, np.column_stack([target, -target]) if loss == "MultiRMSE" else target)
    assert assert_same(estimator, table).targets == 2


def test_several_numbers_of_nested_trees() -> None:
    table, target = mixed()
    table = table[["size", "weight"]]
    estimator = catboost.CatBoostClassifier(**FEW, grow_policy="Lossguide").fit(table, as_labels(target))
    assert ensemble_of(assert_same(estimator, table)).base.shape == (3,)


def test_its_own_categories_are_refused_with_a_remedy() -> None:
    table, target = mixed()
    table = table[["weight", "shape"]]
    estimator = catboost.CatBoostRegressor(**FEW, cat_features=["shape"]).fit(table, target)
    with pytest.raises(Refusal) as caught:
        convert(estimator, table)
    assert all("shape" in text and "TargetEncoder" in text for text in caught.value.detail)


def test_other_losses_are_refused_by_name() -> None:
    table, target = patients()
    regressor = catboost.CatBoostRegressor(**FEW, loss_function="RMSEWithUncertainty").fit(table, target)
    with pytest.raises(Refusal, match="RMSEWithUncertainty"):
        convert(regressor, table)
    both = np.column_stack([target > 100, target > 150]).astype(int)
    classifier = catboost.CatBoostClassifier(**FEW, loss_function="MultiLogloss").fit(table, both)
    with pytest.raises(Refusal, match="MultiLogloss"):
        convert(classifier, table)
