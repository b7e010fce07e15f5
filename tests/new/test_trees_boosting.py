"""Gradient boosting and histogram boosting of scikit-learn, against their graphs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from tests.new.conversion_tools import assert_same
from tests.new.tree_tables import (
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

FEW: dict[str, Any] = {"n_estimators": 12, "random_state": 0}
HIST: dict[str, Any] = {"max_iter": 15, "random_state": 0}


@pytest.mark.parametrize("options", [{}, {"loss": "exponential"}, {"init": "zero", "subsample": 0.7}])
def test_two_classes(options: dict[str, Any]) -> None:
    table, target = flowers()
    estimator = GradientBoostingClassifier(**FEW, **options).fit(table, target == "virginica")
    converted = assert_same(estimator, table)
    assert ensemble_of(converted).scale == "log_odds"
    np.testing.assert_allclose(replayed(converted, table), log_odds(estimator.predict_proba(table)), rtol=1e-9)
    assert_covers_add_up(converted)


@pytest.mark.parametrize("init", [None, "zero", DummyClassifier(strategy="prior")])
def test_three_classes(init: Any) -> None:
    table, target = flowers()
    estimator = GradientBoostingClassifier(**FEW, init=init).fit(table, target)
    converted = assert_same(estimator, table)
    np.testing.assert_allclose(replayed(converted, table), estimator.decision_function(table), rtol=1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"loss": "huber"}, {"loss": "quantile", "alpha": 0.8}, {"loss": "absolute_error", "init": "zero"}]
)
def test_numbers(options: dict[str, Any]) -> None:
    table, target = patients()
    estimator = GradientBoostingRegressor(**FEW, **options).fit(table, target)
    converted = assert_same(estimator, table)
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-12)


def test_boosting_that_starts_from_another_model() -> None:
    table, target = patients()
    estimator = GradientBoostingRegressor(**FEW, init=RandomForestRegressor(3, random_state=0)).fit(table, target)
    assert id(estimator) not in assert_same(estimator, table).conversion.ensembles


@pytest.mark.parametrize(("loss", "classes"), [("log_loss", 2), ("exponential", 2), ("log_loss", 3)])
def test_boosting_that_starts_from_another_classifier(loss: str, classes: int) -> None:
    table, target = flowers()
    start = RandomForestClassifier(5, min_samples_leaf=20, random_state=0)
    estimator = GradientBoostingClassifier(**FEW, loss=loss, init=start)
    assert_same(estimator.fit(table, target if classes == 3 else target == "virginica"), table)


def test_boosting_that_starts_from_chance_is_refused() -> None:
    table, target = flowers()
    estimator = GradientBoostingClassifier(**FEW, init=DummyClassifier(strategy="uniform")).fit(table, target)
    with pytest.raises(Refusal, match="uniform"):
        convert(estimator, table)


@pytest.mark.parametrize("classes", [2, 3])
def test_histograms_with_missing_values(classes: int) -> None:
    table, target = flowers()
    table = with_holes(table)
    estimator = HistGradientBoostingClassifier(**HIST).fit(table, target if classes == 3 else target == "virginica")
    converted = assert_same(estimator, table)
    scores = estimator.decision_function(table).reshape(len(table), -1)
    np.testing.assert_allclose(replayed(converted, table), scores, rtol=1e-9)
    assert_covers_add_up(converted)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "quantile", "poisson", "gamma"])
def test_histograms_of_numbers(loss: str) -> None:
    table, target = patients()
    estimator = HistGradientBoostingRegressor(**HIST, loss=loss, quantile=0.8).fit(table, target)
    converted = assert_same(estimator, table)
    logarithm = loss in ("poisson", "gamma")
    assert ensemble_of(converted).scale == ("log_value" if logarithm else "value")
    answer = replayed(converted, table)[:, 0]
    np.testing.assert_allclose(np.exp(answer) if logarithm else answer, estimator.predict(table), rtol=1e-9)


def test_infinite_numbers_in_histograms() -> None:
    table, target = flowers()
    table = table.astype(float)
    table.iloc[::7, 1] = np.inf
    table.iloc[::11, 2] = -np.inf
    assert_same(HistGradientBoostingClassifier(**HIST).fit(table, target), table)


@pytest.mark.parametrize(
    "categorical",
    ["from_dtype", ["shape", "code", "colour"], [1, 2, 4], [False, True, True, False, True]],
    ids=["from_dtype", "names", "places", "flags"],
)
def test_categories(categorical: Any) -> None:
    table, target = mixed()
    estimator = HistGradientBoostingRegressor(**HIST, categorical_features=categorical).fit(table, target)
    converted = assert_same(estimator, table)
    assert not converted.unknown_refused
    ensemble = ensemble_of(converted)
    assert ensemble.matrix.width > 5
    for column, feature in enumerate(ensemble.features):
        assert ensemble.matrix.sources[column] == ensemble.matrix.sources[feature]
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-12)


def test_categories_of_three_classes_in_a_table_of_texts() -> None:
    table, target = mixed()
    texts = table.astype({"shape": str, "colour": object})
    estimator = HistGradientBoostingClassifier(**HIST, categorical_features=["shape", "colour"])
    assert_same(estimator.fit(texts, as_labels(target)), texts)


def test_nothing_but_categories_some_of_numbers() -> None:
    table, target = mixed()
    table = table[["shape", "code", "colour"]].astype({"code": "category"})
    assert_same(HistGradientBoostingRegressor(**HIST, categorical_features="from_dtype").fit(table, target), table)


def test_boolean_categories() -> None:
    table, target = mixed()
    table = table.assign(heavy=pd.Categorical(table["weight"] > 0), tall=table["size"] > 0)
    assert_same(HistGradientBoostingRegressor(**HIST, categorical_features="from_dtype").fit(table, target), table)
