"""Encoders of categories: known values, unknown ones and null, in texts, codes and booleans."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step, dense
from training.new.conversion.refusal import Refusal

ROWS = 120


def table() -> pd.DataFrame:
    random = np.random.default_rng(5)
    town = random.choice(["Angers", "Brest", "Caen", "Dijon"], ROWS, p=[0.5, 0.3, 0.17, 0.03])
    frame = pd.DataFrame(
        {
            "town": town,
            "size": random.choice(["s", "m", "l"], ROWS),
            "code": random.choice([16777217, 16777216, 16777218, 3], ROWS),
            "half": random.choice([0.5, 1.5, 2.5], ROWS),
            "flag": random.random(ROWS) < 0.4,
        }
    )
    frame.loc[::7, "town"] = np.nan
    frame.loc[3::9, "half"] = np.nan
    return frame


def target(frame: pd.DataFrame) -> Any:
    return (frame["code"] % 2 + frame["flag"]).clip(0, 1).astype(int)


pytestmark = pytest.mark.filterwarnings("ignore:Found unknown categories", "ignore:.TargetEncoder.shuffle")


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False),
        OneHotEncoder(drop="if_binary"),
        OneHotEncoder(),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.1),
        OneHotEncoder(handle_unknown="warn", max_categories=3),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="first"),
        OrdinalEncoder(),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, min_frequency=20),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=99, dtype=np.float32),
    ],
    ids=str,
)
def test_encoder_of_texts_codes_and_booleans_answers_like_scikit_learn(encoder: Any) -> None:
    frame = table()
    transformed = assert_transforms(encoder.fit(frame), frame)
    columns = [next(iter(source)) for source in transformed.sources]
    assert columns == sorted(columns, key=list(frame).index)
    assert {len(source) for source in transformed.sources} == {1}


def test_what_an_encoder_refuses_is_noted_by_column() -> None:
    frame = table()
    transformed = convert_step(OneHotEncoder().fit(frame), frame)
    assert transformed.unknown_refused == set(frame)
    assert transformed.null_refused == {"size"}
    ignoring = convert_step(OneHotEncoder(handle_unknown="ignore").fit(frame), frame)
    assert not ignoring.unknown_refused | ignoring.null_refused


@pytest.mark.parametrize(
    "encoder", [OneHotEncoder(handle_unknown="ignore"), OrdinalEncoder(), OneHotEncoder(drop="first")], ids=str
)
def test_code_never_seen_is_not_taken_for_its_neighbour(encoder: Any) -> None:
    frame = table()[["code"]]
    encoder.fit(frame)
    transformed = convert_step(encoder, frame)
    near = pd.DataFrame({"code": [16777217, 16777216, 16777218, 16777219, 4]})
    known = near.iloc[:3]
    expected = encoder.transform(known)
    features = transformed.features(near)
    assert (features[:3] == (expected.toarray() if hasattr(expected, "toarray") else expected)).all()
    if encoder.handle_unknown == "ignore":
        assert not features[3:].any()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "continuous"])
def test_target_encoder_answers_like_scikit_learn(kind: str) -> None:
    frame = table()
    random = np.random.default_rng(1)
    y = {"binary": random.integers(0, 2, ROWS), "multiclass": random.integers(0, 3, ROWS)}.get(
        kind, random.random(ROWS)
    )
    transformed = assert_transforms(TargetEncoder(target_type=kind, random_state=0).fit(frame, y), frame)
    assert len(transformed.sources) == 5 * (3 if kind == "multiclass" else 1)
    assert transformed.sources[0] == {"town"}
    assert transformed.sources[-1] == {"flag"}


@pytest.mark.parametrize("dtype", ["object", "category", "str"])
def test_every_type_of_text_column_answers_the_same(dtype: Any) -> None:
    frame = table()[["town", "size"]].astype(dtype)
    assert_transforms(OneHotEncoder(handle_unknown="ignore").fit(frame), frame)


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(),
        OneHotEncoder(drop="if_binary", handle_unknown="ignore"),
        make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()),
        OrdinalEncoder(encoded_missing_value=-2),
    ],
    ids=str,
)
def test_booleans_with_missing_values_are_texts_that_the_encoder_knows(encoder: Any) -> None:
    frame = pd.DataFrame({"flag": pd.Series([True, False, np.nan, True, False, True], dtype=object)})
    transformed = convert_step(encoder.fit(frame), frame)
    assert [feed.form for feed in transformed.feeds] == ["text"]
    assert (transformed.features(frame) == dense(encoder.transform(frame))).all()


def test_numbers_beside_texts_are_objects_that_the_encoder_knows() -> None:
    frame = pd.DataFrame({"code": [3.0, 5.0, np.nan, 3.0], "town": ["Brest", "Caen", "Caen", None]})
    steps = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")).fit(frame)
    assert steps[-1].categories_[0].dtype == object
    assert_transforms(steps, frame)


def test_numbers_that_the_encoder_learnt_as_texts_are_refused() -> None:
    encoder = OneHotEncoder().fit(pd.DataFrame({"zip": ["75001", "69002"]}))
    with pytest.raises(Refusal) as caught:
        convert_step(encoder, pd.DataFrame({"zip": [75001, 69002]}))
    assert all(word in caught.value.detail[1] for word in ("OneHotEncoder", "`zip`", "Parquet"))


def test_categories_that_are_numbers_are_texts_that_the_encoder_knows() -> None:
    frame = pd.DataFrame({"year": pd.Categorical([2003, 2004, 2009, 2003])})
    encoder = OrdinalEncoder().fit(frame)
    assert convert_step(encoder, frame).features(frame)[:, 0].tolist() == [0.0, 1.0, 2.0, 0.0]


def test_chain_of_text_steps_is_one_table() -> None:
    frame = table()[["town", "size"]]
    steps = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="inconnue"),
        FunctionTransformer(),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OneHotEncoder(handle_unknown="ignore"),
    ).fit(frame)
    transformed = assert_transforms(steps, frame)
    assert {feed.input for feed in transformed.feeds} == {"town", "size"}


def test_unknown_code_after_an_imputer_is_noted_for_the_column() -> None:
    frame = table()[["half"]]
    steps = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()).fit(frame)
    transformed = assert_transforms(steps, frame)
    assert transformed.unknown_refused == {"half"}
    assert not transformed.null_refused


def test_unknown_number_that_a_step_computed_is_not_a_number() -> None:
    frame = table()[["code"]]
    steps = make_pipeline(FunctionTransformer(np.square), OneHotEncoder()).fit(frame)
    transformed = convert_step(steps, frame)
    assert not transformed.unknown_refused
    assert np.isnan(transformed.features(pd.DataFrame({"code": [7]}))).all()


def test_value_of_the_table_that_the_encoder_refuses_is_named() -> None:
    frame = table()
    encoder = OneHotEncoder().fit(frame[frame["size"] != "l"][["size"]])
    with pytest.raises(Refusal, match=r"`size`.*\(l\)"):
        convert_step(encoder, frame[["size"]])


def test_many_categories_of_many_columns_are_encoded_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    frame = pd.DataFrame({f"c{at}": [f"v{one}" for one in random.integers(0, 300, 900)] for at in range(20)})
    encoder = OneHotEncoder(handle_unknown="ignore").fit(frame)
    calls: list[int] = []
    transform = OneHotEncoder.transform

    def counted(encoder: OneHotEncoder, rows: Any) -> Any:
        calls.append(len(rows))
        return transform(encoder, rows)

    monkeypatch.setattr(OneHotEncoder, "transform", counted)
    transformed = convert_step(encoder, frame)
    assert len(calls) == 1
    assert (transformed.features(frame) == transform(encoder, frame).toarray()).all()


def test_pipeline_with_encoders_answers_like_scikit_learn() -> None:
    frame = table()
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "flag"]),
        (TargetEncoder(random_state=0), ["code"]),
        (OrdinalEncoder(), ["size"]),
    )
    estimator = make_pipeline(columns, LogisticRegression()).fit(frame, target(frame))
    assert assert_same(estimator, frame).unknown_refused == {"size"}


def test_column_that_two_encoders_read_answers_like_scikit_learn() -> None:
    frame = table()[["town"]]
    union = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town"]),
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1), ["town"]),
    ).fit(frame)
    assert {feed.input for feed in assert_transforms(union, frame).feeds} == {"town"}
