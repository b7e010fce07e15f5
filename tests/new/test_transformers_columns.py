"""Steps that hold other steps: which columns each of them gets."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

from tests.new.conversion_tools import assert_same, assert_transforms


def table(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(10)
    return pd.DataFrame(
        {
            "town": random.choice(["Angers", "Brest", "Caen"], rows),
            "a": random.normal(size=rows),
            "flag": random.random(rows) < 0.5,
            "b": random.normal(3.0, 2.0, rows),
            "c": random.integers(0, 4, rows),
        }
    )


HOT = OneHotEncoder(handle_unknown="ignore")


@pytest.mark.parametrize(
    "columns",
    [
        ["a", "b"],
        [1, 3],
        [-1, -2],
        slice(1, 3),
        slice("a", "c"),
        [False, True, False, True, False],
        make_column_selector(dtype_include=float),
        lambda frame: list(frame)[3:],
        pd.Index(["b", "a"]),
    ],
    ids=["names", "places", "from the end", "slice", "names from to", "flags", "selector", "function", "index"],
)
@pytest.mark.parametrize("remainder", ["drop", "passthrough", MinMaxScaler()], ids=str)
def test_columns_are_selected_as_scikit_learn_selects_them(columns: Any, remainder: Any) -> None:
    frame = table()
    step = ColumnTransformer([("hot", HOT, ["town"]), ("scaled", StandardScaler(), columns)], remainder=remainder)
    assert_transforms(step.fit(frame), frame)


def test_column_given_twice_and_none_at_all_answer_like_scikit_learn() -> None:
    frame = table()
    step = ColumnTransformer(
        [
            ("one", StandardScaler(), ["a", "b"]),
            ("two", PCA(1), ["b", "a"]),
            ("none", MinMaxScaler(), []),
            ("no", "drop", ["c"]),
        ]
    )
    transformed = assert_transforms(step.fit(frame), frame)
    assert transformed.sources == (frozenset("a"), frozenset("b"), frozenset("ab"))


def test_weights_of_the_transformers_are_kept() -> None:
    frame = table()
    parts = [("hot", HOT, ["town"]), ("scaled", StandardScaler(), ["a", "b"])]
    assert_transforms(ColumnTransformer(parts, transformer_weights={"hot": 3.0}).fit(frame), frame)
    union = FeatureUnion([("scaled", StandardScaler()), ("pca", PCA(1))], transformer_weights={"pca": 0.25})
    assert_transforms(union.fit(frame[["a", "b"]]), frame[["a", "b"]])


def test_union_with_passthrough_and_drop_answers_like_scikit_learn() -> None:
    frame = table()[["a", "b", "c"]]
    union = FeatureUnion([("as", "passthrough"), ("no", "drop"), ("scaled", MinMaxScaler())])
    assert_transforms(union.fit(frame), frame)


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_union_on_texts_answers_like_scikit_learn() -> None:
    frame = table()[["town"]]
    union = FeatureUnion([("hot", HOT), ("filled", make_pipeline(SimpleImputer(strategy="most_frequent"), HOT))])
    assert_transforms(union.fit(frame), frame)


def test_nested_column_transformer_finds_its_columns_by_name() -> None:
    frame = table()
    inner = ColumnTransformer([("hot", HOT, ["town"]), ("rest", "passthrough", ["flag"])])
    outer = ColumnTransformer([("inner", inner, ["flag", "town"]), ("scaled", StandardScaler(), ["c", "a"])])
    assert_transforms(outer.fit(frame), frame)


def test_steps_after_a_pandas_output_find_their_columns_by_its_names() -> None:
    frame = table()
    frame.loc[::6, "a"] = np.nan
    first = ColumnTransformer(
        [
            ("num", SimpleImputer(), ["b", "a"]),
            ("text", SimpleImputer(strategy="constant", fill_value="?"), ["town"]),
        ],
        remainder="passthrough",
    )
    second = ColumnTransformer(
        [("hot", OneHotEncoder(sparse_output=False), ["text__town"]), ("scaled", StandardScaler(), ["num__a"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    steps = make_pipeline(first, second).set_output(transform="pandas").fit(frame)
    transformed = assert_transforms(steps, frame)
    assert list(transformed.sources[3:]) == [frozenset({name}) for name in ("a", "b", "flag", "c")]


def test_text_that_passes_through_reaches_a_later_encoder() -> None:
    frame = table()
    first = ColumnTransformer([("scaled", StandardScaler(), ["a", "b"])], remainder="passthrough")
    second = ColumnTransformer([("codes", OrdinalEncoder(), [2])], remainder="passthrough")
    assert_transforms(make_pipeline(first, second).fit(frame), frame)


def test_table_in_another_order_with_more_columns_answers_like_scikit_learn() -> None:
    frame = table()
    step = ColumnTransformer([("hot", HOT, ["town"]), ("scaled", StandardScaler(), ["a", "b"])]).fit(frame)
    other = frame[["b", "c", "town", "flag", "a"]].assign(more=1.0)
    assert_transforms(step, other)


@pytest.mark.parametrize("columns", [["x1"], [1], slice("x1", "x0")], ids=str)
def test_names_that_a_pandas_output_turns_round_are_kept(columns: Any) -> None:
    frame = table()[["a", "b", "town"]].set_axis(["x0", "x1", "x2"], axis=1)
    first = ColumnTransformer([("as", StandardScaler(), ["x1", "x0"])], verbose_feature_names_out=False)
    with_text = ColumnTransformer(
        [("as", StandardScaler(), ["x1", "x0"])], remainder="passthrough", verbose_feature_names_out=False
    )
    for before in (first, with_text):
        after = ColumnTransformer([("scaled", MinMaxScaler(), columns)])
        assert_transforms(make_pipeline(before, after).set_output(transform="pandas").fit(frame), frame)


def test_places_are_those_of_the_table_that_was_fitted() -> None:
    frame = table()
    step = ColumnTransformer([("hot", HOT, [0]), ("scaled", StandardScaler(), slice(1, 4, 2))]).fit(frame)
    assert_transforms(step, frame[list(frame)[::-1]])


def test_frozen_and_searched_transformers_answer_like_scikit_learn() -> None:
    frame = table()
    columns = frame[["a", "b", "c"]]
    search = GridSearchCV(PCA(), {"n_components": [1, 2]}, cv=2).fit(columns)
    assert_transforms(search, columns)
    assert_transforms(FrozenEstimator(StandardScaler().fit(columns)), columns)


def test_pipeline_with_columns_answers_like_scikit_learn() -> None:
    frame = table()
    columns = ColumnTransformer([("hot", HOT, ["town", "flag"])], remainder=StandardScaler())
    estimator = make_pipeline(columns, "passthrough", LogisticRegression()).fit(frame, frame["c"])
    assert assert_same(estimator, frame).used == set(frame)
