"""Whether a fitted estimator and a table belong together."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from training.new.conversion.refusal import Refusal
from training.new.fitted_columns import check_fits

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(size=40),
        "size": RNG.normal(size=40),
        "phrase": ["bonjour à toi", "au revoir donc"] * 20,
        "class": ["a", "b"] * 20,
        "price": RNG.normal(size=40),
    }
)
NUMBERS = FRAME[["age", "size"]]
TABLE = FRAME[["age", "size", "class"]]


def refusal(estimator: Any, frame: pd.DataFrame, *targets: str) -> str:
    """The English sentence of a refusal."""
    with pytest.raises(Refusal) as caught:
        check_fits(estimator, frame, targets)
    return caught.value.detail[1]


def notes(estimator: Any, frame: pd.DataFrame, *targets: str) -> list[str]:
    """The English notes."""
    return [note[1] for note in check_fits(estimator, frame, targets).notes]


def test_columns_of_the_table_fit() -> None:
    facts = check_fits(LogisticRegression().fit(NUMBERS, FRAME["class"]), TABLE, ["class"])
    assert (facts.columns, facts.series, facts.named, facts.notes) == (("age", "size"), False, True, ())


def test_other_order_is_put_right_and_told() -> None:
    estimator = LogisticRegression().fit(FRAME[["size", "age"]], FRAME["class"])
    facts = check_fits(estimator, TABLE, ["class"])
    assert facts.columns == ("size", "age")
    assert list(facts.input_of(TABLE)) == ["size", "age"]
    assert "put in the order of the estimator" in facts.notes[0][1]


def test_missing_and_extra_columns_are_listed() -> None:
    estimator = LogisticRegression().fit(NUMBERS.rename(columns={"age": "Unnamed: 0"}), FRAME["class"])
    assert "does not have: Unnamed: 0; the table has besides: age." in refusal(estimator, TABLE, "class")
    assert "besides: nothing" in refusal(estimator, FRAME[["size", "class"]], "class")


def test_column_list_is_cut() -> None:
    names = [f"c{at}" for at in range(20)]
    estimator = LinearRegression().fit(pd.DataFrame(np.eye(20), columns=names), range(20))
    assert "c11, …; the table" in refusal(estimator, FRAME[["age", "price"]], "price")


def test_target_that_the_estimator_reads_is_refused() -> None:
    estimator = LinearRegression().fit(FRAME[["age", "price"]], FRAME["price"])
    assert "reads `price`, which is the target as well" in refusal(estimator, FRAME, "price")


def test_array_without_names_is_taken_in_order() -> None:
    estimator = LogisticRegression().fit(NUMBERS.to_numpy(), FRAME["class"])
    facts = check_fits(estimator, TABLE, ["class"])
    assert (facts.columns, facts.named) == (("age", "size"), False)
    assert isinstance(facts.input_of(TABLE), np.ndarray)
    assert "in the order of the table" in facts.notes[0][1]


def test_array_of_another_width_is_refused() -> None:
    estimator = LogisticRegression().fit(NUMBERS.to_numpy(), FRAME["class"])
    sentence = refusal(estimator, FRAME, "class")
    assert "fitted on 2 columns without names, the table has 4 beside the target (age, size, phrase, price)" in sentence


@pytest.mark.parametrize(
    "wrap",
    [
        lambda pipeline: pipeline,
        lambda pipeline: GridSearchCV(pipeline, {}, cv=2),
        lambda pipeline: CalibratedClassifierCV(pipeline, cv=2),
    ],
    ids=["pipeline", "search", "calibrated"],
)
def test_vectorizer_reads_the_one_column_of_text(wrap: Any) -> None:
    estimator = wrap(make_pipeline(TfidfVectorizer(), LogisticRegression())).fit(FRAME["phrase"], FRAME["class"])
    facts = check_fits(estimator, FRAME[["age", "phrase", "class"]], ["class"])
    assert (facts.columns, facts.series) == (("phrase",), True)
    assert facts.input_of(FRAME).tolist() == FRAME["phrase"].tolist()


def test_vectorizer_and_two_columns_of_text_are_refused() -> None:
    estimator = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(FRAME["phrase"], FRAME["class"])
    sentence = refusal(estimator, FRAME[["phrase", "class"]].assign(other="x"), "class")
    assert "begins with a TfidfVectorizer, which reads one column of text, and the table has 2" in sentence


def test_targets_and_estimator_agree_in_number() -> None:
    estimator = RandomForestClassifier(2).fit(NUMBERS, FRAME[["class", "phrase"]])
    assert check_fits(estimator, FRAME.drop(columns="price"), ["class", "phrase"]).columns == ("age", "size")
    assert "predicts 2 column(s), and --target names 1 (class)" in refusal(estimator, FRAME, "class")
    assert "name it with --target" in refusal(estimator, FRAME)
    assert check_fits(KMeans(2, n_init=1).fit(NUMBERS), NUMBERS, []).columns == ("age", "size")


def test_target_that_is_not_there_is_refused() -> None:
    estimator = LogisticRegression().fit(NUMBERS, FRAME["class"])
    assert "no column `Clas`; the nearest one is `class`" in refusal(estimator, FRAME, "Clas")


def test_classes_that_the_estimator_does_not_know_are_refused() -> None:
    estimator = LogisticRegression().fit(NUMBERS, [0, 1] * 20)
    assert "knows the classes 0, 1, and the column `class` has a, b" in refusal(estimator, TABLE, "class")
    table = TABLE.assign(**{"class": [0.0, 1.0] * 20})
    assert notes(estimator, table, "class") == []


def test_classes_without_rows_are_told() -> None:
    estimator = LogisticRegression().fit(NUMBERS, ["a", "b", "c", "d"] * 10)
    assert "no row of c, d" in notes(estimator, TABLE, "class")[0]


def test_estimator_that_refuses_the_rows_is_told_in_its_words() -> None:
    estimator = LogisticRegression().fit(NUMBERS, FRAME["class"])
    table = FRAME[["size", "class"]].assign(age="2024-01-01")
    assert "refuses the rows of the table (could not convert string to float" in refusal(estimator, table, "class")


def test_names_as_lightgbm_spells_them_fit() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="pip install -r requirements/boosters.txt")
    spaced = NUMBERS.rename(columns={"age": "the age"})
    estimator = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(spaced, FRAME["class"])
    assert check_fits(estimator, spaced.assign(y=FRAME["class"]), ["y"]).columns == ("the age", "size")


def test_boosters_fitted_on_an_array_have_no_names() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="pip install -r requirements/boosters.txt")
    estimator = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(NUMBERS.to_numpy(), FRAME["class"])
    assert check_fits(estimator, TABLE, ["class"]).named is False


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char")), LogisticRegression()),
        VotingClassifier([("a", make_pipeline(TfidfVectorizer(), LogisticRegression()))]),
        OneVsRestClassifier(make_pipeline(TfidfVectorizer(), LogisticRegression())),
    ],
    ids=["union", "vote", "one against the rest"],
)
def test_text_is_found_behind_other_estimators(estimator: Any) -> None:
    facts = check_fits(estimator.fit(FRAME["phrase"], FRAME["class"]), FRAME[["phrase", "class"]], ["class"])
    assert (facts.columns, facts.series) == (("phrase",), True)


def test_columns_that_are_called_by_numbers_are_names() -> None:
    frame = FRAME[["age", "size", "class"]].set_axis(["0", "1", "class"], axis=1)
    step = ColumnTransformer([("a", StandardScaler(), ["0"]), ("b", "passthrough", ["1"])])
    estimator = make_pipeline(step, LogisticRegression()).fit(frame[["0", "1"]], frame["class"])
    facts = check_fits(estimator, frame, ["class"])
    assert (facts.columns, facts.named) == (("0", "1"), True)


def test_numbers_that_were_texts_for_the_estimator_are_refused_by_name() -> None:
    frame = FRAME.assign(zip=[75001, 69002] * 20)
    encoder = ColumnTransformer([("zip", OneHotEncoder(), ["zip"])], remainder="passthrough")
    estimator = make_pipeline(encoder, LogisticRegression())
    estimator.fit(frame[["age", "zip"]].astype({"zip": "str"}), frame["class"])
    sentence = refusal(estimator, frame[["age", "zip", "class"]], "class")
    assert "learnt the column `zip` as text (`75001`)" in sentence
    assert "Parquet" in sentence


def test_several_labels_at_once_are_refused_with_what_to_fit() -> None:
    labels = np.column_stack([FRAME["class"] == "a", FRAME["age"] > 0]).astype(int)
    estimator = OneVsRestClassifier(LogisticRegression()).fit(NUMBERS, labels)
    frame = NUMBERS.assign(one=labels[:, 0], two=labels[:, 1])
    assert "fit MultiOutputClassifier around a plain classifier" in refusal(estimator, frame, "one", "two")


def test_estimator_that_a_global_setting_made_is_refused_with_what_to_call() -> None:
    first = ColumnTransformer([("n", StandardScaler(), ["age", "size"])])
    second = ColumnTransformer([("age", "passthrough", ["n__age"])])
    with sklearn.config_context(transform_output="pandas"):
        estimator = make_pipeline(first, second, LogisticRegression()).fit(NUMBERS, FRAME["class"])
    assert "set_output(transform='pandas') before you save it" in refusal(estimator, TABLE, "class")
    assert check_fits(estimator.set_output(transform="pandas"), TABLE, ["class"]).columns == ("age", "size")


def test_classes_that_are_texts_of_digits_are_told_from_numbers() -> None:
    frame = NUMBERS.assign(y=[0, 1] * 20)
    estimator = LogisticRegression().fit(NUMBERS, frame["y"].astype("str"))
    assert "knows the classes '0', '1', and the column `y` has 0, 1" in refusal(estimator, frame, "y")
