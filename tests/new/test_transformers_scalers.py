"""Scalers: each column by itself."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.new.conversion_tools import assert_same, assert_transforms


def numbers(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {"a": random.normal(size=rows), "b": random.gamma(2.0, 50.0, rows), "c": random.integers(0, 9, rows)}
    )


def test_standard_scaler_answers_like_scikit_learn() -> None:
    table = numbers()
    transformed = assert_transforms(StandardScaler().fit(table), table)
    assert transformed.sources == (frozenset("a"), frozenset("b"), frozenset("c"))


def test_pipeline_of_a_scaler_and_a_classifier_answers_like_scikit_learn() -> None:
    table = numbers()
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, table["a"] > 0)
    assert assert_same(estimator, table).used == {"a", "b", "c"}
