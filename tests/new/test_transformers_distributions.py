"""Powers and quantiles, at the ends and in between."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, QuantileTransformer

from tests.new.conversion_tools import assert_same, assert_transforms


def numbers(rows: int = 150) -> pd.DataFrame:
    random = np.random.default_rng(8)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.gamma(2.0, 50.0, rows)})
    frame["small"] = 1e-6 * random.gamma(1.0, 2.0, rows)
    frame["few"] = random.choice([-1.0, 0.0, 0.5, 3.0], rows)
    frame.loc[::11, "a"] = np.nan
    return frame


@pytest.mark.parametrize("standardize", [False, True])
def test_yeo_johnson_answers_like_scikit_learn(*, standardize: bool) -> None:
    frame = numbers()
    assert_transforms(PowerTransformer(standardize=standardize).fit(frame), frame)


@pytest.mark.parametrize("exponents", [[0.0, 2.0, 1.0, -3.0], [2.0, 0.0, 1e-3, 2.001]])
def test_yeo_johnson_of_special_exponents_answers_like_scikit_learn(exponents: list[float]) -> None:
    frame = numbers()
    step = PowerTransformer(standardize=False).fit(frame)
    step.lambdas_ = np.array(exponents)
    assert_transforms(step, frame)


def test_box_cox_answers_like_scikit_learn() -> None:
    frame = numbers()[["b", "small"]]
    step = PowerTransformer(method="box-cox").fit(frame)
    assert_transforms(step, frame)
    step.lambdas_[0] = 0.0
    assert_transforms(step, frame)


@pytest.mark.parametrize("output", ["uniform", "normal"])
@pytest.mark.parametrize("count", [5, 40, 150])
def test_quantiles_answer_like_scikit_learn(output: Any, count: int) -> None:
    frame = numbers()
    step = QuantileTransformer(n_quantiles=count, output_distribution=output, random_state=0).fit(frame)
    transformed = assert_transforms(step, frame)
    low, high = frame.min(), frame.max()
    table = pd.DataFrame(step.quantiles_, columns=list(frame))
    ends = pd.DataFrame([low - 5, high + 5, low - 1e-8, high + 1e-8, low + 1e-8, high - 1e-8], columns=list(frame))
    for rows in (table, ends, table + 1e-9):
        np.testing.assert_allclose(transformed.features(rows), step.transform(rows), rtol=1e-9, atol=1e-9)


def test_quantiles_of_a_constant_column_answer_like_scikit_learn() -> None:
    frame = numbers()[["b"]].assign(same=2.0)
    assert_transforms(QuantileTransformer(n_quantiles=10).fit(frame), frame)


def test_pipeline_with_quantiles_answers_like_scikit_learn() -> None:
    frame = numbers().dropna()
    estimator = make_pipeline(QuantileTransformer(n_quantiles=50), PowerTransformer(), LogisticRegression())
    assert_same(estimator.fit(frame, frame["b"] > 80), frame)
