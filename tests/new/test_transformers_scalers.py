"""Scalers and functions of each number, and norms of each row."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step
from training.new.conversion.families.functions import FUNCTIONS
from training.new.conversion.refusal import Refusal


def numbers(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {"a": random.normal(size=rows), "b": random.gamma(2.0, 50.0, rows), "c": random.integers(0, 9, rows)}
    )


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        RobustScaler(),
        RobustScaler(unit_variance=True, with_centering=False),
        RobustScaler(with_scaling=False, quantile_range=(10, 90)),
        MinMaxScaler(),
        MinMaxScaler(feature_range=(-2, 3), clip=True),
        MaxAbsScaler(),
        MaxAbsScaler(clip=True),
    ],
    ids=str,
)
def test_scaler_answers_like_scikit_learn_beyond_the_training_data_too(scaler: Any) -> None:
    frame = numbers()
    frame.loc[::9, "a"] = np.nan
    transformed = assert_transforms(scaler.fit(frame), frame)
    assert transformed.sources == (frozenset("a"), frozenset("b"), frozenset("c"))
    far = frame * 10 - 3
    np.testing.assert_allclose(transformed.features(far), scaler.transform(far), rtol=1e-12)


@pytest.mark.parametrize("step", [Normalizer("l1"), Normalizer("l2"), Normalizer("max")], ids=str)
def test_normalizer_answers_like_scikit_learn_on_empty_rows_too(step: Any) -> None:
    frame = numbers()
    frame.loc[3] = 0.0
    frame.loc[4] = [1e-16, 0.0, 0.0]
    transformed = assert_transforms(step.fit(frame), frame)
    assert transformed.sources == (frozenset("abc"),) * 3


def test_binarizer_answers_like_scikit_learn() -> None:
    frame = numbers()
    assert_transforms(Binarizer(threshold=4.0).fit(frame), frame)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function_of_numpy_answers_like_numpy(name: str) -> None:
    frame = pd.DataFrame({"x": [1e-12, 1e-5, 0.1, 0.5, 1.0, 1.5, 2.5, 3.0, 27.0, 200.0, 0.0]}).iloc[
        : 10 if "log" in name else 11
    ]
    step = FunctionTransformer(getattr(np, name)).fit(frame)
    transformed = assert_transforms(step, frame)
    np.testing.assert_allclose(transformed.features(frame), step.transform(frame), rtol=1e-13, atol=1e-15)
    if name not in ("log", "log2", "log10", "sqrt"):
        below = -frame[frame["x"] < 0.9] if name == "log1p" else -frame
        np.testing.assert_allclose(transformed.features(below), step.transform(below), rtol=1e-13, atol=1e-15)


def test_function_of_ones_own_is_refused_by_name_and_columns() -> None:
    frame = numbers()

    def ratio(rows: Any) -> Any:
        return rows

    with pytest.raises(Refusal, match=r"FunctionTransformer\(ratio\).* a, b, c "):
        convert_step(FunctionTransformer(ratio).fit(frame), frame)
    with pytest.raises(Refusal, match=r"FunctionTransformer\(<lambda>\).* word "):
        convert_step(FunctionTransformer(lambda rows: rows), pd.DataFrame({"word": ["a", "b"]}))


def test_other_function_of_numpy_is_refused_with_those_that_are_known() -> None:
    frame = numbers()
    with pytest.raises(Refusal, match=r"FunctionTransformer\(arctan\).*log1p"):
        convert_step(FunctionTransformer(np.arctan).fit(frame), frame)
    with pytest.raises(Refusal, match=r"FunctionTransformer\(clip\)"):
        convert_step(FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 1}).fit(frame), frame)
    with pytest.raises(Refusal, match=r"`word`.*FunctionTransformer\(exp\)"):
        convert_step(FunctionTransformer(np.exp), pd.DataFrame({"word": ["a", "b"]}))


def test_function_transformer_without_a_function_changes_nothing() -> None:
    frame = numbers()
    assert_transforms(FunctionTransformer(validate=True).fit(frame), frame)


def test_pipeline_of_scalers_and_a_classifier_answers_like_scikit_learn() -> None:
    frame = numbers()
    estimator = make_pipeline(FunctionTransformer(np.cbrt), StandardScaler(), Normalizer(), LogisticRegression())
    assert assert_same(estimator.fit(frame, frame["a"] > 0), frame).used == {"a", "b", "c"}
