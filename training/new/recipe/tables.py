"""From the columns of a table to the matrix that a member of the recipe reads."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler, TargetEncoder

from training.new.recipe.dates import DateParts
from training.new.recipe.kinds import LOW_CATEGORIES, Kinds
from training.new.recipe.texts import TextWords

KNOTS = 6
"""Knots of the curve of a number, at its quantiles."""
TARGET_FOLDS = 5
"""Folds of the target encoder: the code of a row is not made of its own target."""
TEXT_DIMENSIONS = 12
"""Dimensions of a text that trees read."""

Steps = list[tuple[str, Any, Any]]


def linear_table(kinds: Kinds, rows: int, *, regression: bool) -> ColumnTransformer:
    """Curves of the numbers, one column for each category and each word: what a sum of weights can follow.

    Args:
        kinds: the columns.
        rows: rows of the training data.
        regression: whether the target is a number.
    """
    steps: Steps = [
        (
            "curves",
            _curves("quantile", _median()),
            kinds.curves,
        ),
        ("dates", _curves("uniform", DateParts(), _median()), kinds.dates),
        ("steps", make_pipeline(_median(), StandardScaler()), kinds.steps),
        ("values", _one_hot(rows), kinds.steps),
        ("missing", MissingIndicator(error_on_new=False), kinds.missing),
        ("flags", "passthrough", kinds.flags),
        ("marks", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), kinds.marks),
        ("low", _one_hot(rows), kinds.low),
        ("high", make_pipeline(_target(regression=regression), StandardScaler()), kinds.high),
        ("frequent", _one_hot(rows), kinds.high),
    ]
    return ColumnTransformer([*_used(steps), *_texts(kinds, rows)])


def boosting_table(kinds: Kinds, rows: int, *, regression: bool) -> ColumnTransformer:
    """Numbers as they are, and the codes of the categories, first (`len(kinds.low)` columns).

    Args:
        kinds: the columns.
        rows: rows of the training data.
        regression: whether the target is a number.
    """
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=LOW_CATEGORIES, dtype=np.float64
    )
    return ColumnTransformer([*_used([("low", codes, kinds.low)]), *_tree_columns(kinds, rows, regression=regression)])


def forest_table(kinds: Kinds, rows: int, *, regression: bool) -> ColumnTransformer:
    """Numbers as they are, and one column for each category.

    Args:
        kinds: the columns.
        rows: rows of the training data.
        regression: whether the target is a number.
    """
    return ColumnTransformer(
        [*_used([("low", _one_hot(rows), kinds.low)]), *_tree_columns(kinds, rows, regression=regression)]
    )


def _tree_columns(kinds: Kinds, rows: int, *, regression: bool) -> Steps:
    steps: Steps = [
        ("high", _target(regression=regression), kinds.high),
        ("dates", DateParts(), kinds.dates),
        ("numbers", "passthrough", kinds.numbers),
    ]
    texts: Steps = [
        (
            f"text {at}",
            make_pipeline(TextWords(rarest=_rarest(rows)), TruncatedSVD(TEXT_DIMENSIONS, random_state=0)),
            name,
        )
        for at, name in enumerate(kinds.texts)
    ]
    return [*_used(steps), *texts]


def _used(steps: Steps) -> Steps:
    return [(name, step, columns) for name, step, columns in steps if columns]


def _texts(kinds: Kinds, rows: int) -> Steps:
    """Words and parts of words of each text; a ColumnTransformer gives a vectorizer one column, by its name."""
    return [
        (f"{analyzer} {at}", TextWords(analyzer, *lengths, rarest=_rarest(rows)), name)
        for at, name in enumerate(kinds.texts)
        for analyzer, lengths in (("word", (1, 2)), ("char_wb", (3, 4)))
    ]


def _rarest(rows: int) -> int:
    return 2 if rows >= 200 else 1


def _median() -> SimpleImputer:
    return SimpleImputer(strategy="median")


def _target(*, regression: bool) -> TargetEncoder:
    folds = (KFold if regression else StratifiedKFold)(TARGET_FOLDS, shuffle=True, random_state=0)
    return TargetEncoder(target_type="continuous" if regression else "auto", cv=folds)


def _one_hot(rows: int) -> OneHotEncoder:
    """Categories too rare to have a weight share one, with those that the training data do not have."""
    return OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=max(5, rows // 1000), sparse_output=False)


def _curves(knots: str, *before: Any) -> Pipeline:
    return make_pipeline(*before, SplineTransformer(KNOTS, knots=knots), StandardScaler())
