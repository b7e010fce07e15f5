"""Imputers: numbers and texts, indicators, and values predicted from other columns."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import PREDICTORS
from training.new.conversion.values import Prediction


def numbers(rows: int = 90) -> pd.DataFrame:
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.normal(size=(rows, 4)), columns=list("abcd"))
    frame["c"] = frame["a"] * 2 + frame["b"] + 0.1 * frame["c"]
    frame["whole"] = random.integers(0, 5, rows)
    frame.loc[::5, "a"] = np.nan
    frame.loc[1::7, "c"] = np.nan
    return frame


def mixed() -> pd.DataFrame:
    frame = numbers()[["a", "b"]]
    frame["town"] = ["Angers", "Brest", "Brest"] * 30
    frame.loc[2::6, "town"] = np.nan
    return frame


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.parametrize("indicator", [False, True])
def test_simple_imputer_of_numbers_answers_like_scikit_learn(strategy: str, *, indicator: bool) -> None:
    frame = numbers()
    transformed = assert_transforms(SimpleImputer(strategy=strategy, add_indicator=indicator).fit(frame), frame)
    assert [set(source) for source in transformed.sources[5:]] == ([{"a"}, {"c"}] if indicator else [])


@pytest.mark.parametrize("keep", [False, True])
def test_column_that_was_empty_in_training_is_left_out_or_kept(*, keep: bool) -> None:
    frame = numbers().assign(a=np.nan)
    with pytest.warns(UserWarning, match="Skipping") if not keep else nullcontext():
        transformed = assert_transforms(SimpleImputer(keep_empty_features=keep, add_indicator=True).fit(frame), frame)
    assert len(transformed.sources) == (7 if keep else 6)


def test_missing_value_other_than_null_is_replaced() -> None:
    frame = numbers()[["b", "whole"]]
    assert_transforms(SimpleImputer(missing_values=0, strategy="mean", add_indicator=True).fit(frame), frame)
    whole = frame[["whole"]]
    transformed = assert_transforms(SimpleImputer(missing_values=0, strategy="median").fit(whole), whole)
    assert (
        transformed.features(pd.DataFrame({"whole": [0]}))[0, 0]
        == SimpleImputer(missing_values=0, strategy="median").fit(whole).transform(pd.DataFrame({"whole": [0]}))[0, 0]
    )


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
@pytest.mark.parametrize("indicator", [False, True])
def test_imputer_of_texts_before_an_encoder_answers_like_scikit_learn(strategy: str, *, indicator: bool) -> None:
    frame = mixed()[["town"]]
    imputer = SimpleImputer(strategy=strategy, add_indicator=indicator)
    assert_transforms(make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore")).fit(frame), frame)


def test_text_that_stands_for_null_is_replaced() -> None:
    frame = pd.DataFrame({"town": ["?", "Brest", "Caen", "Brest"]})
    imputer = SimpleImputer(missing_values="?", strategy="most_frequent")
    assert_transforms(make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore")).fit(frame), frame)


def test_imputer_of_texts_and_numbers_together_answers_like_scikit_learn() -> None:
    frame = mixed()
    steps = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    transformed = convert_step(steps.fit(frame), frame)
    assert (transformed.features(frame) == steps.transform(frame).toarray()).all()


@pytest.mark.parametrize("features", ["missing-only", "all"])
def test_missing_indicator_of_texts_and_numbers_answers_like_scikit_learn(features: str) -> None:
    for frame in (numbers(), mixed()):
        indicator = MissingIndicator(features=features, error_on_new=False).fit(frame)
        transformed = assert_transforms(indicator, frame)
        expected = list(frame) if features == "all" else [name for name in frame if frame[name].isna().any()]
        assert transformed.sources == tuple(frozenset({name}) for name in expected)


def test_union_of_an_imputer_and_an_indicator_answers_like_scikit_learn() -> None:
    frame = numbers()
    estimator = make_pipeline(make_union(SimpleImputer(), MissingIndicator()), LogisticRegression())
    assert_same(estimator.fit(frame, frame["b"] > 0), frame)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("indicator", [False, True])
def test_knn_imputer_answers_like_scikit_learn(weights: str, *, indicator: bool) -> None:
    frame = numbers()[list("abcd")]
    imputer = KNNImputer(n_neighbors=3, weights=weights, add_indicator=indicator).fit(frame)
    transformed = assert_transforms(imputer, frame, tolerance=1e-6)
    assert transformed.sources[1] == frozenset("abcd")
    assert_transforms(make_pipeline(StandardScaler(), imputer).fit(frame), frame, tolerance=1e-6)


def test_knn_imputer_answers_the_mean_where_nothing_is_known() -> None:
    frame = numbers()[["a", "c"]]
    imputer = KNNImputer().fit(frame)
    nothing = pd.DataFrame({"a": [np.nan], "c": [np.nan]})
    assert convert_step(imputer, frame).features(nothing)[0] == pytest.approx(imputer.transform(nothing)[0])
    assert convert_step(imputer, frame).features(nothing)[0] == pytest.approx(frame.mean().to_numpy())


@pytest.mark.parametrize("keep", [False, True])
def test_knn_imputer_with_an_empty_column_answers_like_scikit_learn(*, keep: bool) -> None:
    frame = numbers()[list("abcd")].assign(b=np.nan)
    assert_transforms(KNNImputer(keep_empty_features=keep).fit(frame), frame)


def test_knn_imputer_with_a_function_is_refused() -> None:
    frame = numbers()
    with pytest.raises(Refusal, match="nan_euclidean"):
        convert_step(KNNImputer(weights=np.ones_like).fit(frame), frame)


@pytest.fixture
def _ridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A converter of BayesianRidge, where no family has one."""

    def predict(conversion: Any, estimator: Any, value: Any) -> Prediction:
        matrix = conversion.matrix(value, "BayesianRidge")
        scores = conversion.graph.affine(matrix.tensor, estimator.coef_[:, None], [estimator.intercept_])
        return Prediction(value=scores)

    monkeypatch.setitem(PREDICTORS, "BayesianRidge", predict)


@pytest.mark.usefixtures("_ridge")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"skip_complete": True},
        {"add_indicator": True},
        {"n_nearest_features": 2, "random_state": 0},
        {"max_value": 1.0},
        {"max_iter": 0},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_iterative_imputer_answers_like_scikit_learn(settings: dict[str, Any]) -> None:
    frame = numbers()
    transformed = assert_transforms(IterativeImputer(**settings).fit(frame), frame)
    everything = set("abcd") | {"whole"}
    assert transformed.sources[0] == (everything if settings.get("max_iter", 1) else {"a"})
    assert transformed.sources[1] == ({"b"} if settings.get("skip_complete") or "max_iter" in settings else everything)


@pytest.mark.usefixtures("_ridge")
@pytest.mark.parametrize("keep", [False, True])
def test_iterative_imputer_with_an_empty_column_answers_like_scikit_learn(*, keep: bool) -> None:
    frame = numbers().assign(d=np.nan)
    imputer = IterativeImputer(keep_empty_features=keep)
    with pytest.warns(UserWarning, match="Skipping") if not keep else nullcontext():
        assert_transforms(imputer.fit(frame), frame)


def test_iterative_imputer_that_draws_at_random_is_refused() -> None:
    frame = numbers()
    with pytest.raises(Refusal, match="sample_posterior=False"):
        convert_step(IterativeImputer(sample_posterior=True, random_state=0).fit(frame), frame)


def test_pipeline_with_imputers_answers_like_scikit_learn() -> None:
    frame = mixed()
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), ["a", "b"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), ["town"]),
    )
    estimator = make_pipeline(columns, LogisticRegression()).fit(frame, frame["b"] > 0)
    converted = assert_same(estimator, frame)
    assert not converted.null_refused | converted.unknown_refused
