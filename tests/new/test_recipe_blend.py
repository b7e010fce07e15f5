"""The blends of the recipe, and their weights."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.new.recipe_tables import answers_of
from training.new.conversion.converter import convert
from training.new.recipe.blend import LogOddsBlend, ValueBlend
from training.new.recipe.several import SeveralClasses, SeveralValues
from training.new.recipe.weights import log_odds_weights, pool, value_weights

IRIS = load_iris(as_frame=True)
SPECIES = pd.Series(IRIS.target_names[IRIS.target])
DIABETES = load_diabetes(as_frame=True)
LOGISTIC = [
    ("strong", LogisticRegression(C=0.01)),
    ("weak", make_pipeline(StandardScaler(), LogisticRegression(C=10))),
]
RIDGES = [("strong", Ridge(100)), ("weak", make_pipeline(StandardScaler(), Ridge(1)))]


def chances(rows: int, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Places of the right class of three, and probabilities that give it `right` in nine rows of ten."""
    places = np.arange(rows) % 3
    guess = np.where(np.arange(rows) % 10 == 0, (places + 1) % 3, places)
    probabilities = np.full((rows, 3), (1 - right) / 2)
    probabilities[np.arange(rows), guess] = right
    return places, probabilities


def test_a_blend_of_one_corrects_its_confidence() -> None:
    places, probabilities = chances(3000, 0.6)
    weights = log_odds_weights([np.log(probabilities)], places)
    assert pool([np.log(probabilities)], weights)[1].max() == pytest.approx(0.9, abs=0.01)


def test_a_useless_member_is_left_out() -> None:
    places, probabilities = chances(3000, 0.9)
    noise = np.random.default_rng(0).dirichlet(np.ones(3), 3000)
    weights = log_odds_weights([np.log(probabilities), np.log(noise)], places)
    assert weights == pytest.approx((1.0, 0.0), abs=0.02)
    assert weights[1] == 0


def test_weights_of_numbers_minimise_the_error() -> None:
    random = np.random.default_rng(0)
    target = random.normal(size=4000)
    good, bad = target + random.normal(size=4000) * 0.5, target + random.normal(size=4000)
    assert value_weights([good, bad], target) == pytest.approx((0.8, 0.2), abs=0.03)


def test_weights_of_logarithms_minimise_the_error_of_the_number() -> None:
    """A member that is wrong only where the number is small counts more than for the logarithm."""
    target = np.repeat([0.0, 5.0], 500)
    small, large = target + np.repeat([1.0, 0.0], 500), target + np.repeat([0.0, 0.2], 500)
    assert value_weights([small, large], target, logarithm=True)[0] > 0.95
    assert value_weights([small, large], target)[0] < 0.5


def test_probabilities_are_a_softmax_of_weighted_logarithms() -> None:
    blend = LogOddsBlend(LOGISTIC, (0.5, 1.0)).fit(IRIS.data, SPECIES)
    one, two = (clone(model).fit(IRIS.data, SPECIES).predict_proba(IRIS.data) for _, model in LOGISTIC)
    product = np.sqrt(one) * two
    assert blend.predict_proba(IRIS.data) == pytest.approx(product / product.sum(axis=1, keepdims=True))
    assert blend.feature_names_in_.tolist() == list(IRIS.data)
    assert (blend.predict(IRIS.data) == SPECIES).mean() > 0.9


def test_a_floor_bounds_what_a_member_rules_out() -> None:
    blend = LogOddsBlend(LOGISTIC[1:], (1.0,), floor=0.1).fit(IRIS.data, SPECIES)
    assert np.min(blend.predict_proba(IRIS.data)) > 0.05


def test_fit_finds_weights_and_a_clone_keeps_them() -> None:
    blend = LogOddsBlend(LOGISTIC, seed=1).fit(IRIS.data, SPECIES)
    again = LogOddsBlend(LOGISTIC, seed=1).fit(IRIS.data, SPECIES)
    assert blend.weights_ == again.weights_
    given = clone(LogOddsBlend(LOGISTIC, (0.0, 2.0))).fit(IRIS.data, SPECIES)
    assert (given.weights_, len(given.estimators_)) == ([2.0], 1)
    values = ValueBlend(RIDGES).fit(DIABETES.data, DIABETES.target)
    assert sum(values.weights_) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_blend_of_classifiers_converts_exactly(classes: int) -> None:
    table, species = IRIS.data[IRIS.target < classes], SPECIES[IRIS.target < classes]
    blend = LogOddsBlend(LOGISTIC, (0.7, 0.6)).fit(table, species)
    answers = answers_of(convert(blend, table), table)
    assert answers["probabilities"] == pytest.approx(blend.predict_proba(table), abs=1e-13)
    assert (blend.classes_[answers["label"][:, 0]] == blend.predict(table)).all()


def test_several_targets_convert_exactly() -> None:
    table = IRIS.data
    wide = np.where(table["sepal width (cm)"] > 3, "wide", "narrow")
    both = pd.DataFrame({"species": SPECIES, "wide": wide})
    several = SeveralClasses([LogOddsBlend(LOGISTIC, (0.7, 0.6)), LOGISTIC[0][1]]).fit(table, both)
    answers = answers_of(convert(several, table), table)
    assert answers["probabilities"] == pytest.approx(np.hstack(several.predict_proba(table)), abs=1e-13)
    assert [classes.tolist() for classes in several.classes_][1] == ["narrow", "wide"]
    assert (several.classes_[1][answers["label"][:, 1]] == several.predict(table)[:, 1]).all()


def test_blends_of_numbers_convert_exactly() -> None:
    several = SeveralValues([ValueBlend(RIDGES, (0.4, 0.6)), ValueBlend(RIDGES[1:], (1.0,))])
    targets = np.column_stack([DIABETES.target, -DIABETES.target])
    several.fit(DIABETES.data, targets)
    answers = answers_of(convert(several, DIABETES.data), DIABETES.data)
    assert answers["value"] == pytest.approx(several.predict(DIABETES.data), rel=1e-12)
