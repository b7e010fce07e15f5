"""Transformers that make several features of a number."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, SplineTransformer

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step
from training.new.conversion.refusal import Refusal


def numbers(rows: int = 80) -> pd.DataFrame:
    random = np.random.default_rng(6)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.gamma(2.0, 50.0, rows)})
    frame["few"] = random.choice([0.0, 1.0, 2.0, 9.0], rows, p=[0.6, 0.2, 0.1, 0.1])
    return frame


def far(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers at, next to and beyond the ends of the training data."""
    low, high = frame.min(), frame.max()
    rows = [
        low,
        high,
        low - 1,
        high + 1,
        low - 100,
        high + 1000,
        np.nextafter(low, -np.inf),
        np.nextafter(high, np.inf),
    ]
    return pd.DataFrame(rows, columns=list(frame)).reset_index(drop=True)


@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("degree", [1, 2, 3, (2, 3)])
def test_polynomials_answer_like_scikit_learn(degree: Any, *, only: bool, bias: bool) -> None:
    frame = numbers()
    step = PolynomialFeatures(degree, interaction_only=only, include_bias=bias).fit(frame)
    transformed = assert_transforms(step, frame)
    names = list(frame)
    expected = [frozenset(names[at] for at in np.flatnonzero(powers)) for powers in step.powers_]
    assert list(transformed.sources) == expected


@pytest.mark.parametrize("encode", ["onehot", "onehot-dense", "ordinal"])
@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
@pytest.mark.filterwarnings("ignore:Bins whose width are too small", "ignore:The current default behavior")
def test_bins_answer_like_scikit_learn(encode: str, strategy: str) -> None:
    frame = numbers()
    step = KBinsDiscretizer(n_bins=[4, 6, 3], encode=encode, strategy=strategy).fit(frame)
    transformed = assert_transforms(step, frame)
    edges = pd.DataFrame({name: np.resize(edge, 7) for name, edge in zip(frame, step.bin_edges_, strict=True)})
    for rows in (far(frame), edges):
        expected = step.transform(rows)
        assert (transformed.features(rows) == (expected.toarray() if encode == "onehot" else expected)).all()


def test_bins_of_one_and_of_many_edges_answer_like_scikit_learn() -> None:
    frame = pd.DataFrame({"a": np.linspace(0, 1, 400), "b": np.linspace(5, 6, 400) ** 3})
    step = KBinsDiscretizer(n_bins=[100, 2], encode="ordinal", strategy="uniform").fit(frame)
    assert_transforms(step, frame)
    narrow = KBinsDiscretizer(n_bins=9, encode="ordinal", strategy="uniform", dtype=np.float32).fit(frame)
    assert_transforms(narrow, frame)


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "periodic"])
@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("knots", ["uniform", "quantile"])
def test_splines_answer_like_scikit_learn(extrapolation: str, degree: int, knots: str) -> None:
    frame = numbers()[["a", "b"]]
    step = SplineTransformer(5, degree, knots=knots, extrapolation=extrapolation).fit(frame)
    transformed = assert_transforms(step, frame)
    np.testing.assert_allclose(transformed.features(far(frame)), step.transform(far(frame)), rtol=1e-8, atol=1e-8)
    width = len(transformed.sources) // 2
    assert transformed.sources == (frozenset("a"),) * width + (frozenset("b"),) * width


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue"])
@pytest.mark.parametrize("bias", [False, True])
def test_splines_of_repeated_knots_answer_like_scikit_learn(extrapolation: str, *, bias: bool) -> None:
    frame = numbers()[["few", "a"]]
    step = SplineTransformer(8, knots="quantile", extrapolation=extrapolation, include_bias=bias).fit(frame)
    transformed = assert_transforms(step, frame)
    rows = far(frame)
    np.testing.assert_allclose(transformed.features(rows), step.transform(rows), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("settings", [{"sparse_output": True}, {"degree": 0, "extrapolation": "linear"}], ids=str)
def test_splines_set_otherwise_answer_like_scikit_learn(settings: dict[str, Any]) -> None:
    frame = numbers()[["a", "b"]]
    assert_transforms(SplineTransformer(5, **settings).fit(frame), frame)


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "periodic"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_splines_of_a_constant_column_answer_like_scikit_learn(extrapolation: str) -> None:
    frame = numbers()[["a"]].assign(same=3.0)
    step = SplineTransformer(5, extrapolation=extrapolation).fit(frame)
    expected, features = step.transform(frame), convert_step(step, frame).features(frame)
    np.testing.assert_allclose(features, expected, atol=1e-9)


def test_splines_of_null_are_zero_where_the_step_says_so() -> None:
    frame = numbers()[["a", "b"]]
    frame.loc[::6, "b"] = np.nan
    assert_transforms(SplineTransformer(5, handle_missing="zeros").fit(frame), frame)


def test_splines_that_refuse_numbers_outside_are_refused() -> None:
    frame = numbers()
    with pytest.raises(Refusal, match="extrapolation='constant'"):
        convert_step(SplineTransformer(extrapolation="error").fit(frame), frame)


def test_pipeline_with_splines_answers_like_scikit_learn() -> None:
    frame = numbers()
    estimator = make_pipeline(SplineTransformer(4), PolynomialFeatures(2, interaction_only=True), LogisticRegression())
    assert_same(estimator.fit(frame, frame["b"] > 80), frame)
