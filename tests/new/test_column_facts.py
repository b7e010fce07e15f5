"""What the manifest says of each column."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from shared.model.table import Column, Feed
from training.new.column_facts import Roles, describe_columns, roles_of_feeds
from training.new.encoded_columns import encoded_columns

FRAME = pd.DataFrame(
    {
        "size": [1.25, 3.5, np.nan, 2.0],
        "count": [1, 2, 3, 10],
        "region": [75.0, 13.0, np.nan, 75.0],
        "flag": [True, False, True, True],
        "maybe": pd.Series([True, None, False, True], dtype=object),
        "colour": ["red", "blue", None, "red"],
        "note": ["A rainy day, a sunny day", "rainy night", "z", None],
        "day": ["2024-01-02", "2023-05-06", "2024-03-04", None],
        "empty": [np.nan] * 4,
    }
)
FEEDS = (Feed("note::words", "note", "counts", "note::words"), Feed("day::date", "day", "date"))


def described(**changes: Any) -> dict[str, Column]:
    """The columns by name."""
    roles = roles_of_feeds(FEEDS, encoded={"region"}, closed={"colour"}, nullable={"size", "maybe"})
    columns = describe_columns(FRAME, changes.get("used", set(FRAME)), roles, {"size": ("Taille", "Size")})
    return {column.name: column for column in columns}


def test_each_kind_of_column_is_described() -> None:
    columns = described()
    size: dict[str, Any] = {
        "nullable": True,
        "minimum": 1.25,
        "maximum": 3.5,
        "example": 2.0,
        "title": ("Taille", "Size"),
    }
    assert columns["size"] == Column("size", "number", **size)
    assert columns["count"] == Column("count", "number", whole=True, minimum=1.0, maximum=10.0, example=2)
    assert columns["region"] == Column("region", "code", values=(13, 75), example=75)
    assert columns["flag"] == Column("flag", "boolean", example=True)
    assert columns["maybe"] == Column("maybe", "boolean", nullable=True, example=True)
    assert columns["colour"] == Column("colour", "category", values=("blue", "red"), closed=True, example="red")
    assert columns["note"] == Column("note", "text", example="rainy day sunny night")
    assert columns["day"] == Column("day", "date", first="2023-05-06", last="2024-03-04", example="2024-01-02")
    assert columns["empty"] == Column("empty", "number")


def test_only_used_columns_are_described_in_their_order() -> None:
    assert list(described(used={"colour", "size"})) == ["size", "colour"]


def test_many_values_are_listed_only_if_others_are_refused() -> None:
    frame = pd.DataFrame({"open": [f"a{at}" for at in range(1001)], "closed": [f"a{at}" for at in range(1001)]})
    opened, closed = describe_columns(frame, {"open", "closed"}, Roles(closed={"closed"}))
    assert opened.values is None
    assert len(closed.values or ()) == 1001


def test_numbers_with_fractions_are_no_codes() -> None:
    frame = pd.DataFrame({"x": [1.5, 2.0]})
    assert describe_columns(frame, {"x"}, Roles(encoded={"x"}))[0].kind == "number"


def test_infinite_numbers_are_not_in_the_range() -> None:
    (column,) = describe_columns(pd.DataFrame({"x": [1.0, np.inf, 3.0]}), {"x"}, Roles())
    assert (column.minimum, column.maximum) == (1.0, 3.0)
    (column,) = describe_columns(pd.DataFrame({"x": [np.inf, -np.inf]}), {"x"}, Roles())
    assert column.minimum is None


def test_the_example_of_a_text_is_no_text_of_a_row() -> None:
    frame = pd.DataFrame({"t": ["call Jeanne today", "call Paul", "call back today", "ok"], "u": ["!", "?", "...", ""]})
    words, symbols = describe_columns(frame, {"t", "u"}, Roles(counted={"t", "u"}))
    assert words.example == "call today jeanne paul back ok"
    assert symbols.example == "?"


def test_examples_are_common_values_of_the_typical_rows() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 9.0, 8.0, 7.0], "c": [*"aabbb"]})
    number, category = describe_columns(frame, {"x", "c"}, Roles(), typical=frame[:2])
    assert (number.example, number.maximum) == (1, 9.0)
    assert (category.example, category.values) == ("a", ("a", "b"))


def encoder(columns: Any) -> ColumnTransformer:
    """One-hot codes of some columns, the others scaled."""
    return ColumnTransformer([("codes", OneHotEncoder(), columns)], remainder=StandardScaler())


X = pd.DataFrame({"a": [1, 2, 3, 1] * 5, "b": [4, 5, 4, 5] * 5, "c": [0.5, 1.5, 2.5, 3.5] * 5})
Y = [0, 1, 0, 1] * 5


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (make_pipeline(encoder(["a", "b"]), LogisticRegression()), {"a", "b"}),
        (make_pipeline(encoder([1]), LogisticRegression()), {"b"}),
        (make_pipeline(encoder(slice(0, 2)), LogisticRegression()), {"a", "b"}),
        (make_pipeline(encoder(slice("b", "b")), LogisticRegression()), {"b"}),
        (make_pipeline(encoder([True, False, False]), LogisticRegression()), {"a"}),
        (make_pipeline(encoder(lambda _: ["a"]), LogisticRegression()), {"a"}),
        (make_pipeline(SimpleImputer(), OneHotEncoder(), LogisticRegression()), {"a", "b", "c"}),
        (make_pipeline("passthrough", StandardScaler(), OneHotEncoder(), LogisticRegression()), set()),
        (
            make_pipeline(FeatureUnion([("o", OrdinalEncoder()), ("s", StandardScaler())]), LogisticRegression()),
            set("abc"),
        ),
        (GridSearchCV(make_pipeline(encoder(["a"]), LogisticRegression()), {}, cv=2), {"a"}),
        (VotingClassifier([("p", make_pipeline(encoder(["b"]), LogisticRegression()))]), {"b"}),
        (HistGradientBoostingClassifier(categorical_features=["a"], max_iter=2), {"a"}),
        (make_pipeline(SimpleImputer()), set()),
        (LogisticRegression(), set()),
    ],
)
def test_columns_that_reach_an_encoder_are_found(estimator: Any, expected: set[str]) -> None:
    assert encoded_columns(estimator.fit(X, Y), list(map(str, X))) == expected
