"""What each column of a table is to the recipe."""

import numpy as np
import pandas as pd
import pytest

from tests.new.recipe_tables import mixed_table
from training.new.conversion.refusal import Refusal
from training.new.recipe.kinds import kinds_of
from training.new.recipe.targets import goal_of


def test_each_kind_of_column() -> None:
    kinds = kinds_of(mixed_table().drop(columns=["sold", "price"]))
    assert (kinds.curves, kinds.steps, kinds.flags) == (["size"], ["rooms"], ["garden"])
    assert (kinds.low, kinds.high, kinds.dates, kinds.texts) == (["colour"], ["street"], ["day"], ["advert"])
    assert kinds.missing == ["size"]
    assert kinds.notes == []


def test_constants_and_identifiers_are_not_read() -> None:
    table = pd.DataFrame(
        {
            "code": [f"A-{at}" for at in range(100)],
            "same": 1,
            "empty": np.full(100, np.nan),
            "rare": [1.0] + [np.nan] * 99,
            "surname": ["".join(chr(97 + int(digit)) for digit in str(at)) for at in range(100)],
        }
    )
    kinds = kinds_of(table)
    assert kinds.read == ["rare", "surname"]
    assert kinds.texts == ["surname"]
    assert [note[1].split("`")[1] for note in kinds.notes] == ["code", "same", "empty"]


def test_booleans_with_nulls_are_numbers() -> None:
    assert kinds_of(pd.DataFrame({"flag": [True, None, False] * 10})).marks == ["flag"]


def test_some_dates_and_words_are_categories() -> None:
    table = pd.DataFrame({"day": ["2024-01-01", "2024-01-02", "soon"] * 20})
    assert kinds_of(table).low == ["day"]


def test_a_positive_skewed_number_is_learnt_on_the_logarithm() -> None:
    goal = goal_of(mixed_table()["price"])
    assert (goal.kind, goal.logarithm, goal.classes) == ("values", True, 0)
    assert goal.back(goal.learnt) == pytest.approx(mixed_table()["price"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"] * 20, "classes"),
        ([True, False] * 20, "classes"),
        ([0, 1, 2, 3] * 10, "classes"),
        ([0.0, 1.0] * 20, "classes"),
        (list(range(40)), "values"),
        (list(range(15)) * 2, "values"),
        ([0.5, 1.0] * 20, "values"),
    ],
)
def test_whole_numbers_of_a_few_values_are_classes(values: list[object], kind: str) -> None:
    assert goal_of(pd.Series(values, name="y")).kind == kind


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a"] * 40, r"single value \(a\)|une valeur \(a\)"),
        ([f"class {at}" for at in range(40)], "40 classes (for|pour) 40"),
        ([0, 1] * 6, "^12 (rows|lignes)"),
    ],
)
def test_refused_targets(values: list[object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        goal_of(pd.Series(values, name="y"))
