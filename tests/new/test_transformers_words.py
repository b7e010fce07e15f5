"""Vectorizers: the counts come in, the weights are in the graph."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step
from training.new.conversion.refusal import Refusal

WORDS = ["été", "pluie", "vent", "Soleil", "neige", "un", "deux", "brume"]


def texts(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(9)
    return pd.DataFrame(
        {
            "message": [" ".join(random.choice(WORDS, random.integers(0, 9))) for _ in range(rows)],
            "subject": [" ".join(random.choice(WORDS, 3)) for _ in range(rows)],
            "size": random.normal(size=rows),
        }
    )


@pytest.mark.parametrize(
    ("norm", "sublinear", "idf", "smooth", "binary"),
    [
        *itertools.product(["l1", "l2", None], [False, True], [False, True], [True], [False]),
        ("l2", True, True, False, True),
    ],
)
def test_tfidf_answers_like_scikit_learn(norm: Any, *, sublinear: bool, idf: bool, smooth: bool, binary: bool) -> None:
    frame = texts()[["message"]]
    step = TfidfVectorizer(norm=norm, sublinear_tf=sublinear, use_idf=idf, smooth_idf=smooth, binary=binary)
    transformed = assert_transforms(step.fit(frame["message"]), frame, series=True)
    assert [(feed.input, feed.column, feed.form) for feed in transformed.feeds] == [
        ("message::words", "message", "counts")
    ]
    assert transformed.null_refused == {"message"}
    assert set(transformed.sources) == {frozenset({"message"})}


@pytest.mark.parametrize(
    "step",
    [
        CountVectorizer(ngram_range=(1, 2), strip_accents="unicode", stop_words=["un", "deux"]),
        CountVectorizer(binary=True, analyzer="char_wb", ngram_range=(2, 3), lowercase=False),
        HashingVectorizer(n_features=64),
        HashingVectorizer(n_features=64, norm="l1", alternate_sign=False),
        HashingVectorizer(n_features=64, norm=None, binary=True),
        make_pipeline(HashingVectorizer(n_features=32, norm=None, alternate_sign=False), TfidfTransformer()),
        make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True, norm="l1")),
        make_pipeline(TfidfVectorizer(), TfidfTransformer(use_idf=False, sublinear_tf=True)),
        make_pipeline(TfidfVectorizer(), TruncatedSVD(3, random_state=0)),
    ],
    ids=str,
)
def test_vectorizer_answers_like_scikit_learn(step: Any) -> None:
    frame = texts()[["message"]]
    assert_transforms(step.fit(frame["message"]), frame, series=True)


def test_two_columns_and_two_vectorizers_of_one_column_have_inputs_of_their_own() -> None:
    frame = texts()
    columns = make_column_transformer(
        (TfidfVectorizer(), "message"),
        (CountVectorizer(analyzer="char"), "message"),
        (HashingVectorizer(n_features=16), "subject"),
        (StandardScaler(), ["size"]),
    )
    estimator = make_pipeline(columns, LogisticRegression()).fit(frame, frame["size"] > 0)
    converted = assert_same(estimator, frame)
    assert set(converted.vectorizers) == {"message::words", "message::words2", "subject::words"}
    assert converted.used == {"message", "subject", "size"}


def test_vectorizer_that_comes_twice_has_one_input() -> None:
    frame = texts()
    vectorizer = TfidfVectorizer().fit(frame["message"])
    columns = ColumnTransformer([("a", vectorizer, "message"), ("b", "drop", ["size"])]).fit(frame)
    columns.transformers_ = [*columns.transformers_, ("c", columns.transformers_[0][1], "message")]
    assert [feed.input for feed in convert_step(columns, frame).feeds] == ["message::words"]


def test_series_of_texts_answers_like_scikit_learn() -> None:
    frame = texts()[["message"]]
    estimator = make_pipeline(TfidfVectorizer(), LogisticRegression())
    assert_same(estimator.fit(frame["message"], frame["message"].str.contains("vent")), frame, series=True)


def test_null_that_an_imputer_empties_is_answered() -> None:
    frame = texts()[["message"]]
    frame.loc[::5, "message"] = np.nan
    inner = ColumnTransformer([("words", TfidfVectorizer(), 0)])
    steps = make_pipeline(SimpleImputer(strategy="constant", fill_value=""), inner).fit(frame)
    assert not assert_transforms(steps, frame).null_refused
    other = make_pipeline(SimpleImputer(strategy="constant", fill_value="vent"), inner).fit(frame)
    with pytest.raises(Refusal, match="as it is in the table"):
        convert_step(other, frame)


@pytest.mark.parametrize("setting", ["tokenizer", "preprocessor", "analyzer"])
@pytest.mark.filterwarnings("ignore:The parameter 'token_pattern' will not be used")
def test_function_of_ones_own_is_refused_by_name(setting: str) -> None:
    frame = texts()[["message"]]

    def mine(text: str) -> Any:
        return text if setting == "preprocessor" else text.split()

    step = TfidfVectorizer(**{setting: mine}).fit(frame["message"])
    with pytest.raises(Refusal, match=r"TfidfVectorizer.*message.*\(mine\)"):
        convert_step(step, frame, series=True)


def test_too_many_hashed_words_are_refused() -> None:
    frame = texts()[["message"]]
    with pytest.raises(Refusal, match=r"8 MB a row.*n_features=2\*\*14"):
        convert_step(HashingVectorizer(), frame, series=True)


def test_vectorizer_of_numbers_is_refused() -> None:
    with pytest.raises(Refusal, match="CountVectorizer reads one column of text"):
        convert_step(CountVectorizer().fit(["a b", "un deux"]), texts()[["size"]])


@pytest.mark.parametrize("function", [np.ravel, np.squeeze])
def test_text_column_made_flat_for_a_vectorizer_is_the_same_text(function: Any) -> None:
    frame = texts()[["message"]]
    frame.loc[::7, "message"] = np.nan
    steps = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=""), FunctionTransformer(function), CountVectorizer()
    )
    assert_transforms(steps.fit(frame), frame)


def test_column_with_the_name_of_an_input_of_words_keeps_its_own() -> None:
    frame = texts().rename(columns={"size": "message::words"})
    step = make_column_transformer(
        (CountVectorizer(), "message"), (TfidfVectorizer(), "message"), (StandardScaler(), ["message::words"])
    )
    transformed = assert_transforms(step.fit(frame), frame)
    inputs = {feed.input: (feed.column, feed.form) for feed in transformed.feeds}
    assert inputs == {
        "message::words2": ("message", "counts"),
        "message::words3": ("message", "counts"),
        "message::words": ("message::words", "number"),
    }
