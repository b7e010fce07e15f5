"""Decision trees, forests and isolation forests of scikit-learn, against their graphs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from tests.new.conversion_tools import assert_same
from tests.new.tree_tables import assert_covers_add_up, ensemble_of, flowers, patients, replayed, with_holes


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(random_state=0),
        ExtraTreeClassifier(random_state=0, max_depth=4),
        RandomForestClassifier(20, random_state=0),
        RandomForestClassifier(20, random_state=0, class_weight="balanced", max_leaf_nodes=5, criterion="entropy"),
        ExtraTreesClassifier(20, random_state=0, min_samples_leaf=4),
    ],
    ids=repr,
)
@pytest.mark.parametrize("holes", [False, True])
def test_classes(estimator: Any, *, holes: bool) -> None:
    table, target = flowers()
    table = with_holes(table) if holes else table
    converted = assert_same(estimator.fit(table, target), table)
    assert converted.labels == (("setosa", "versicolor", "virginica"),)
    assert ensemble_of(converted).scale == "probability"
    np.testing.assert_allclose(replayed(converted, table), estimator.predict_proba(table), atol=1e-12)
    assert_covers_add_up(converted)


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeRegressor(random_state=0, ccp_alpha=1.0),
        ExtraTreeRegressor(random_state=0, max_depth=5),
        RandomForestRegressor(10, random_state=0, monotonic_cst=[0] * 8 + [1, 0]),
        ExtraTreesRegressor(10, random_state=0, bootstrap=True, max_samples=0.5),
        RandomForestRegressor(5, random_state=0, criterion="absolute_error", max_depth=3),
    ],
    ids=repr,
)
def test_numbers(estimator: Any) -> None:
    table, target = patients()
    converted = assert_same(estimator.fit(table, target), table)
    np.testing.assert_allclose(replayed(converted, table)[:, 0], estimator.predict(table), rtol=1e-12)
    assert_covers_add_up(converted)


def test_several_numbers_at_once() -> None:
    table, target = patients()
    estimator = RandomForestRegressor(10, random_state=0).fit(table, np.column_stack([target, -(target**2)]))
    assert assert_same(estimator, table).targets == 2


def test_several_labels_at_once_have_classes_of_their_own() -> None:
    table, target = flowers()
    large = np.where(table.iloc[:, 0] > 5.8, "grande", "petite")
    estimator = ExtraTreesClassifier(10, random_state=0).fit(table, np.column_stack([target, large]))
    converted = assert_same(estimator, table)
    assert converted.labels == (("setosa", "versicolor", "virginica"), ("grande", "petite"))


@pytest.mark.parametrize("constant", [3.3, 0.0])
def test_a_target_that_never_changes(constant: float) -> None:
    table, target = patients(50)
    assert_same(RandomForestRegressor(3, random_state=0).fit(table, np.full(len(target), constant)), table)


def test_one_class() -> None:
    table, target = flowers()
    assert assert_same(RandomForestClassifier(3).fit(table[:50], target[:50]), table[:50]).labels == (("setosa",),)


def test_boolean_labels_and_weights_of_zero() -> None:
    table, target = flowers()
    weights = np.arange(len(table)) % 3
    estimator = DecisionTreeClassifier(random_state=0).fit(table, target == "virginica", sample_weight=weights)
    assert assert_same(estimator, table).labels == ((False, True),)


def test_a_forest_grown_further() -> None:
    table, target = flowers()
    estimator = RandomForestClassifier(5, random_state=0, warm_start=True).fit(table, target)
    converted = assert_same(estimator.set_params(n_estimators=9).fit(table, target), table)
    assert len(ensemble_of(converted).trees) == 9
    assert ensemble_of(converted).leaves == sum(one.get_n_leaves() for one in estimator.estimators_)


def test_numbers_are_rounded_to_float32_before_they_are_compared() -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame(
        {"whole": random.integers(2**24, 2**24 + 60, 300), "close": 1 / 3 + random.normal(size=300) * 1e-8}
    )
    estimator = RandomForestClassifier(10, random_state=0).fit(table, table["whole"] % 3 == 0)
    assert_same(estimator, table)
    assert ensemble_of(assert_same(estimator, table)).matrix.sources == (frozenset({"whole"}), frozenset({"close"}))


def test_a_forest_behind_a_scaler_notes_what_it_reads() -> None:
    table, target = flowers()
    pipeline = make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=0)).fit(table, target)
    converted = assert_same(pipeline, table)
    assert converted.conversion.leaves[id(pipeline[-1])].width == 4


@pytest.mark.parametrize(
    "estimator",
    [
        IsolationForest(n_estimators=20, random_state=0),
        IsolationForest(n_estimators=20, random_state=0, max_features=0.5, contamination=0.1, max_samples=64),
        IsolationForest(n_estimators=5, random_state=0, max_samples=1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("holes", [False, True])
def test_outliers(estimator: IsolationForest, *, holes: bool) -> None:
    table = load_breast_cancer(as_frame=True)["data"].iloc[:200]
    table = with_holes(table) if holes else table
    converted = assert_same(estimator.fit(table), table)
    assert converted.kind == "outliers"
    assert not converted.conversion.ensembles
