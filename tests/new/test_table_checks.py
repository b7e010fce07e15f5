"""What is found in a table before a model is trained on it."""

import numpy as np
import pandas as pd
import pytest

from training.new.conversion.refusal import Refusal
from training.new.table_checks import check_table, is_identifier, keep_known_targets, task_of

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=200)
CLASSES = np.where(NUMBERS + RNG.normal(size=200) > 0, "oui", "non")


def found(frame: pd.DataFrame, target: str, task: str) -> dict[str, str]:
    """The kind of finding by column."""
    return {finding.column: finding.kind for finding in check_table(frame, [target], [task])}


def test_columns_that_teach_nothing_are_found() -> None:
    frame = pd.DataFrame(
        {
            "x": NUMBERS,
            "client_id": RNG.permutation(10**6)[:200],
            "row": np.arange(200) + 7,
            "token": [f"t{at * 7919 % 1009}" for at in range(200)],
            "one": 1,
            "nothing": np.nan,
            "again": NUMBERS,
            "infinite": [np.inf, *NUMBERS[1:]],
            "class": CLASSES,
        }
    )
    findings = check_table(frame, ["class"], ["classes"])
    assert {finding.column: finding.kind for finding in findings} == {
        "client_id": "identifier",
        "row": "identifier",
        "token": "identifier",
        "one": "constant",
        "nothing": "empty",
        "again": "duplicate",
        "infinite": "infinite",
    }
    assert all(finding.is_dropped for finding in findings)


@pytest.mark.parametrize(
    "values",
    [
        NUMBERS,
        RNG.permutation(10**6)[:200],
        [f"phrase n° {at}" for at in range(200)],
        [f"2024-01-01T00:{at // 60:02}:{at % 60:02}Z" for at in range(200)],
        ["a", "b"] * 100,
        [True, False] * 100,
    ],
    ids=["numbers", "integers with gaps", "sentences", "dates", "categories", "booleans"],
)
def test_column_that_is_no_identifier(values: list[object]) -> None:
    assert not is_identifier(pd.Series(values, name="value"))


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "customerId", "id client", "uuid"])
def test_distinct_integers_named_like_an_identifier_are_one(name: str) -> None:
    assert is_identifier(pd.Series(RNG.permutation(10**6)[:200], name=name))


def test_leak_of_classes_is_told_with_its_figure() -> None:
    codes = pd.Series(CLASSES).map({"oui": "A", "non": "B"})
    frame = pd.DataFrame({"x": NUMBERS, "code": codes, "class": CLASSES})
    (finding,) = check_table(frame, ["class"], ["classes"])
    assert (finding.kind, finding.column, finding.is_dropped) == ("leak", "code", False)
    assert "`code` alone gives class (balanced accuracy 1.000)" in finding.text[1]


def test_leak_of_a_number_is_found() -> None:
    price = RNG.lognormal(size=2000)
    frame = pd.DataFrame({"x": RNG.normal(size=2000), "with_tax": price * 1.2, "price": price})
    frame.loc[3, "x"] = np.nan
    assert found(frame, "price", "values") == {"with_tax": "leak"}


def test_good_column_is_no_leak() -> None:
    frame = pd.DataFrame({"x": NUMBERS, "class": CLASSES})
    assert found(frame, "class", "classes") == {}


def test_rare_class_is_told() -> None:
    frame = pd.DataFrame({"x": NUMBERS, "class": ["rare"] * 3 + ["a", "b"] * 98 + ["a"]})
    (finding,) = check_table(frame, ["class"], ["classes"])
    assert finding.kind == "rare_class"
    assert "the class rare has only 3 row(s)" in finding.text[1]


def test_rows_without_the_target_are_left_out_and_counted() -> None:
    frame, findings = keep_known_targets(pd.DataFrame({"x": [1, 2, 3], "y": [1.0, np.nan, 0.0]}), ["y"])
    assert frame["x"].tolist() == [1, 3]
    assert frame.index.tolist() == [0, 1]
    assert findings[0].text[1] == "1 row(s) without `y` are left out."


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("cultivars", "the nearest one is `cultivar`"), ("zzz", "it has: cultivar, empty"), ("empty", "is wholly empty")],
)
def test_target_that_is_not_there_is_refused(target: str, sentence: str) -> None:
    frame = pd.DataFrame({"cultivar": [1, 2], "empty": [np.nan, np.nan]})
    with pytest.raises(Refusal) as caught:
        keep_known_targets(frame, [target])
    assert sentence in caught.value.detail[1]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 20, "classes"),
        ([True, False] * 20, "classes"),
        (list(range(20)) * 2, "classes"),
        ([1.0, 2.0] * 20, "classes"),
        ([3, 5, 9, 1000, *range(0, 72, 2)], "values"),
        (NUMBERS, "values"),
    ],
)
def test_task_follows_from_the_target(values: list[object], task: str) -> None:
    assert task_of(pd.Series(values, name="y")) == task


def test_estimator_decides_the_task() -> None:
    assert task_of(pd.Series([0, 1] * 20, name="y"), "regressor") == "values"
    assert task_of(pd.Series(range(40), name="y"), "classifier") == "classes"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (["a"] * 30, "has only one value (a)"),
        ([f"k{at}" for at in range(30)], "another value in each row"),
        (range(30), "another value in each row"),
    ],
)
def test_target_with_nothing_to_predict_is_refused(values: list[object], sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        task_of(pd.Series(values, name="y"))
    assert sentence in caught.value.detail[1]
