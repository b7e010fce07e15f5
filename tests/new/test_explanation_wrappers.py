"""Contributions of estimators made of others."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.new.explanation_tools import assert_adds_up, explain, logit, refusal

IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, MALIGN = load_breast_cancer(return_X_y=True, as_frame=True)
CANCER = CANCER.iloc[:, :6]
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
ROWS = DIABETES[::15]


def logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


def forest(kind: Any = RandomForestClassifier) -> Any:
    return kind(5, max_depth=3, random_state=0)


@pytest.mark.parametrize(
    "transformer",
    [StandardScaler(), StandardScaler(with_std=False), MinMaxScaler(), MaxAbsScaler(), RobustScaler(), None],
)
def test_a_scaled_target(transformer: Any) -> None:
    target = TransformedTargetRegressor(DecisionTreeRegressor(max_depth=3), transformer=transformer)
    explained = explain(target.fit(DIABETES, PROGRESS), DIABETES)
    assert explained.scale == "value"
    assert_adds_up(explained, ROWS, target.predict(ROWS))


def test_the_logarithm_of_a_target() -> None:
    for function, inverse, scale in ((np.log, np.exp, "log_value"), (np.log1p, np.expm1, "log1p_value")):
        target = TransformedTargetRegressor(Ridge(), func=function, inverse_func=inverse).fit(DIABETES, PROGRESS)
        explained = explain(target, DIABETES)
        assert explained.scale == scale
        assert_adds_up(explained, ROWS, function(target.predict(ROWS)))
    twice = TransformedTargetRegressor(PoissonRegressor(), transformer=MinMaxScaler()).fit(DIABETES, PROGRESS)
    assert "PoissonRegressor" in refusal(twice, DIABETES)[0]
    root = TransformedTargetRegressor(Ridge(), func=np.sqrt, inverse_func=np.square).fit(DIABETES, PROGRESS)
    assert "FunctionTransformer" in refusal(root, DIABETES)[0]
    other = TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=50))
    assert "QuantileTransformer" in refusal(other.fit(DIABETES, PROGRESS), DIABETES)[0]


def test_means_of_numbers() -> None:
    members = [("ridge", Ridge()), ("trees", GradientBoostingRegressor(n_estimators=5)), ("off", "drop")]
    vote = VotingRegressor(members, weights=[1, 3, 9]).fit(DIABETES, PROGRESS)
    assert_adds_up(explain(vote, DIABETES), ROWS, vote.predict(ROWS))
    bag = BaggingRegressor(DecisionTreeRegressor(max_depth=3), 4, max_features=0.6, random_state=0)
    assert_adds_up(explain(bag.fit(DIABETES, PROGRESS), DIABETES), ROWS, bag.predict(ROWS))


def test_a_bag_whose_members_know_fewer_classes() -> None:
    bag = BaggingClassifier(DecisionTreeClassifier(max_depth=3), 6, random_state=0).fit(IRIS, SPECIES)
    assert_adds_up(explain(bag, IRIS), IRIS, bag.predict_proba(IRIS))
    unweighted = make_pipeline(
        StandardScaler(), DecisionTreeClassifier()
    )  # its members are fitted on chosen rows alone
    few = BaggingClassifier(unweighted, 8, max_samples=4, random_state=0).fit(IRIS, SPECIES)
    assert any(len(one.classes_) < 3 for one in few.estimators_)
    assert "BaggingClassifier" in refusal(few, IRIS)[0]


def test_stacks() -> None:
    members = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3))]
    stack = StackingRegressor(members, cv=2).fit(DIABETES, PROGRESS)
    assert_adds_up(explain(stack, DIABETES), ROWS, stack.predict(ROWS))
    through = StackingRegressor(members, cv=2, passthrough=True).fit(DIABETES, PROGRESS)
    assert "StackingRegressor" in refusal(through, DIABETES)[0]
    for table, target in ((CANCER, MALIGN), (IRIS, SPECIES)):
        forests = [("a", forest()), ("b", forest(ExtraTreesClassifier))]
        classes = StackingClassifier(forests, cv=2).fit(table, target)
        assert_adds_up(explain(classes, table), table, classes.decision_function(table))
    mixed = StackingClassifier([("a", forest()), ("b", logistic())], cv=2).fit(CANCER, MALIGN)
    assert refusal(mixed, CANCER)[1].startswith("StackingClassifier combines answers that do not add up on one scale")


def test_votes() -> None:
    forests = [("a", forest()), ("b", forest(ExtraTreesClassifier))]
    vote = VotingClassifier(forests, voting="soft", weights=[2, 1]).fit(IRIS, SPECIES)
    explained = explain(vote, IRIS)
    assert explained.scale == "probability"
    assert_adds_up(explained, IRIS, vote.predict_proba(IRIS))
    mixed = VotingClassifier([*forests, ("c", logistic())], voting="soft").fit(IRIS, SPECIES)
    assert "(RandomForestClassifier, ExtraTreesClassifier, LogisticRegression)" in refusal(mixed, IRIS)[1]
    assert "voting='hard'" in refusal(VotingClassifier(forests).fit(IRIS, SPECIES), IRIS)[1]


def test_calibration() -> None:
    for inner in (logistic(), forest()):
        frozen = FrozenEstimator(inner.fit(CANCER[::2], MALIGN[::2]))
        calibrated = CalibratedClassifierCV(frozen, method="sigmoid").fit(CANCER, MALIGN)
        explained = explain(calibrated, CANCER)
        assert explained.scale == "log_odds"
        assert_adds_up(explained, CANCER, logit(calibrated.predict_proba(CANCER)[:, 1]), 1e-6)
    several = CalibratedClassifierCV(logistic(), cv=2).fit(CANCER, MALIGN)
    assert "CalibratedClassifierCV" in refusal(several, CANCER)[0]


def test_a_threshold_decides_about_the_score_that_is_explained() -> None:
    threshold = FixedThresholdClassifier(logistic(), threshold=0.9).fit(CANCER, MALIGN)
    explained = explain(threshold, CANCER)
    assert_adds_up(explained, CANCER, threshold.decision_function(CANCER))
    assert {answer["class"] for answer in explained.answers(CANCER[:40])} == {1}


def test_a_search() -> None:
    search = GridSearchCV(logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=2).fit(IRIS, SPECIES)
    assert_adds_up(explain(search, IRIS), IRIS, search.decision_function(IRIS))


def test_one_against_the_rest() -> None:
    for table, target in ((CANCER, MALIGN), (IRIS, SPECIES)):
        rest = OneVsRestClassifier(LogisticRegression(max_iter=1000)).fit(table, target)
        assert_adds_up(explain(rest, table), table, rest.decision_function(table))
    forests = OneVsRestClassifier(forest()).fit(IRIS, SPECIES)
    assert "OneVsRestClassifier" in refusal(forests, IRIS)[0]


def test_blends() -> None:
    from training.new.recipe.blend import LogOddsBlend, ValueBlend  # noqa: PLC0415

    members = [("line", logistic()), ("trees", HistGradientBoostingClassifier(max_iter=5))]
    two = LogOddsBlend(members, weights=[0.7, 0.4]).fit(CANCER, MALIGN)
    totals = explain(two, CANCER).totals(CANCER)
    np.testing.assert_allclose(expit(totals[:, 0]), two.predict_proba(CANCER)[:, 1], rtol=0, atol=1e-6)  # a floor
    three = LogOddsBlend(members, weights=[0.7, 0.4]).fit(IRIS, SPECIES)
    logarithms = np.log(three.predict_proba(IRIS))
    totals = explain(three, IRIS).totals(IRIS)
    np.testing.assert_allclose(totals[:, 1:] - totals[:, :1], logarithms[:, 1:] - logarithms[:, :1], atol=1e-6)
    with_forest = LogOddsBlend([*members, ("forest", forest())], weights=[0.7, 0.4, 0.1]).fit(IRIS, SPECIES)
    assert "RandomForestClassifier" in refusal(with_forest, IRIS)[0]
    numbers = ValueBlend(
        [("line", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=3))], weights=[0.2, 0.8]
    )
    assert_adds_up(explain(numbers.fit(DIABETES, PROGRESS), DIABETES), ROWS, numbers.predict(ROWS))
