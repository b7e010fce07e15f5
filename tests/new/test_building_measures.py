"""Metrics, importance and fairness against values that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES
from training.contract import Options
from training.metrics import Share
from training.new.cluster_measures import cluster_figures
from training.new.fairness import fairness_of, masks
from training.new.importance import importance_of
from training.new.measures import Measured, area, classification, flat, measure, per_class, regression
from training.new.problem import Problem, problem_of
from training.new.refits import refit

QUICK = Options(quick=True)


def binary(rows: int = 300) -> Problem:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"used": random.normal(size=rows), "noise": random.normal(size=rows)})
    frame["y"] = np.where(frame["used"] + random.normal(size=rows) > 0.5, "oui", "non")
    return problem_of(CLASSES, frame, ["used", "noise"], ["y"], (("non", "oui"),))


def test_the_figures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 200)
    positive = np.clip(0.3 * truth + 0.7 * random.random(200), 0.01, 0.99).round(2)
    probabilities = np.column_stack([1 - positive, positive])
    figures = classification(truth, (positive > 0.5).astype(int), probabilities)(np.arange(200))
    assert figures["auc"] == pytest.approx(roc_auc_score(truth, positive), abs=1e-6)
    assert figures["brier"] == pytest.approx(brier_score_loss(truth, positive), abs=1e-6)
    assert figures["log_loss"] == pytest.approx(log_loss(truth, probabilities), abs=1e-6)
    assert np.isnan(area(np.ones(3, dtype=bool), np.arange(3.0)))
    three = np.full((4, 3), 1 / 3)
    many = classification(np.array([0, 0, 1, 1]), np.zeros(4, dtype=int), three)(np.array([0, 1]))
    assert many["auc"] == 0.5
    assert many["log_loss"] == pytest.approx(np.log(3), abs=1e-6)


def test_the_errors_of_numbers_are_worked_out() -> None:
    figures = regression(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 8.0]))(np.arange(4))
    assert figures == {"rmse": 2.0, "mae": 1.0, "median_error": 0.0, "r2": pytest.approx(1 - 16 / 5)}
    assert regression(np.ones(3), np.ones(3))(np.arange(3))["r2"] == 0


def test_a_classifier_is_measured_beside_a_baseline_that_reads_nothing() -> None:
    problem = binary()
    (measured,) = measure(problem, refit(LogisticRegression(), problem, QUICK), QUICK)
    share = (problem.truth["y"] == "non").mean()
    assert measured.baseline["accuracy"] == pytest.approx(share, abs=0.05)
    assert measured.baseline["auc"] == 0.5
    assert measured.figures["log_loss"] < measured.baseline["log_loss"]
    low, high = measured.ends["accuracy"]
    assert low < measured.figures["accuracy"] < high
    manifest = measured.flat()
    assert manifest["accuracy_low"] == pytest.approx(low, abs=1e-6)
    assert manifest["baseline_auc"] == 0.5
    assert flat((measured, measured)).keys() == {f"y: {name}" for name in manifest}


def test_a_classifier_without_probabilities_has_an_accuracy_only() -> None:
    problem = binary()
    (measured,) = measure(problem, refit(RidgeClassifier(), problem, QUICK), QUICK)
    assert set(measured.figures) == {"accuracy"}
    assert set(measured.baseline) == {"accuracy"}


def test_figures_that_are_not_finite_stay_out_of_the_manifest() -> None:
    assert Measured("y", {"auc": float("nan"), "accuracy": 0.5}).flat() == {"accuracy": 0.5}


def test_the_share_of_outliers_has_a_wilson_interval() -> None:
    problem = problem_of(OUTLIERS, binary().rows, ["used", "noise"], [])
    (measured,) = measure(problem, refit(IsolationForest(random_state=0, contamination=0.1), problem, QUICK), QUICK)
    assert 0.05 < measured.figures["outliers"] < 0.2
    assert measured.ends["outliers"][0] < measured.figures["outliers"] < measured.ends["outliers"][1]


def test_clusters_that_are_far_apart_are_found_again() -> None:
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(size=(40, 2)), random.normal(size=(40, 2)) + 50])
    problem = problem_of(CLUSTERS, pd.DataFrame(points, columns=["a", "b"]), ["a", "b"], [])
    model = make_pipeline(StandardScaler(), KMeans(2, random_state=0)).fit(problem.rows)
    figures = cluster_figures(model, problem, model.predict(problem.rows), refit(model, problem, QUICK), 0)
    assert figures["clusters"] == 2
    assert figures["silhouette"] > 0.9
    assert figures["stability"] == 1
    texts = problem_of(CLUSTERS, pd.DataFrame({"a": ["x", "y"]}), ["a"], [])
    assert cluster_figures(KMeans(2), texts, np.array([0, 1]), None, 0) == {"clusters": 2}


def test_recall_and_precision_come_from_counts() -> None:
    counts = per_class(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 3)
    assert counts["true"].tolist() == [2, 2, 0]
    assert counts["answered"].tolist() == [1, 3, 0]
    assert counts["right"].tolist() == [1, 2, 0]


@pytest.mark.parametrize("probable", [True, False])
def test_the_column_that_counts_comes_first_and_noise_is_within_chance(*, probable: bool) -> None:
    problem = binary()
    refits = refit(LogisticRegression() if probable else RidgeClassifier(), problem, Options())
    used, noise = importance_of(problem, refits, ["noise", "used"], Options())
    assert (used.column, noise.column) == ("used", "noise")
    assert used.low > 0
    assert noise.low < 0.01
    assert used.value > 10 * abs(noise.value)


def test_the_importance_of_a_number_is_the_error_that_it_adds() -> None:
    """y = 3 a exactly: shuffling a adds the mean distance of two draws, 3 x 2 / sqrt(pi)."""
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=1000), "b": 0.0})
    problem = problem_of(VALUES, frame.assign(y=3 * frame["a"]), ["a", "b"], ["y"])
    told: list[tuple[int, int]] = []
    refits = refit(LinearRegression(), problem, Options())
    first, second = importance_of(problem, refits, ["a", "b"], Options(), lambda *done: told.append(done))
    assert first.value == pytest.approx(6 / np.sqrt(np.pi), abs=0.15)
    assert second.value == 0
    assert told == [(at, 5) for at in range(1, 6)]
    outliers = problem_of(OUTLIERS, frame, ["a", "b"], [])
    moved = importance_of(outliers, refit(IsolationForest(random_state=0), outliers, QUICK), ["a", "b"], QUICK)
    assert moved[0].column == "a"
    assert 0 < moved[0].value < 1


def test_groups_too_small_are_told_together_and_those_too_few_not_at_all() -> None:
    problem = binary(200)
    people = ["femme"] * 100 + ["homme"] * 60 + ["x"] * 20 + ["y"] * 15 + [None] * 5
    found = fairness_of(problem, refit(LogisticRegression(), problem, Options()), pd.DataFrame({"sexe": people}))
    assert [(group.name, group.rows) for group in found.groups] == [("femme", 100), ("homme", 60), ("autres", 35)]
    assert found.small == 5
    group = found.groups[0]
    assert group.errors is not None
    assert group.false_alarms is not None
    assert group.missed is not None
    assert group.observed is not None
    assert group.false_alarms.count + group.missed.count == group.errors.count
    assert group.false_alarms.total + group.missed.total == group.rows
    assert group.announced == pytest.approx(group.observed.value, abs=0.1)


def test_numbers_are_cut_into_quarters_and_codes_are_not() -> None:
    ages = dict(masks(pd.Series(np.arange(100.0))))
    assert list(ages) == ["≤ 24", "> 24 et ≤ 49", "> 49 et ≤ 74", "> 74"]
    assert [int(mask.sum()) for mask in ages.values()] == [25] * 4
    codes = dict(masks(pd.Series([0, 1] * 40)))
    assert list(codes) == ["0", "1"]


def test_a_regressor_has_a_bias_for_each_group() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=400), "sexe": ["femme", "homme"] * 200})
    frame["y"] = frame["a"] + (frame["sexe"] == "homme")
    problem = problem_of(VALUES, frame, ["a"], ["y"])
    groups = fairness_of(problem, refit(LinearRegression(), problem, Options()), frame[["sexe"]]).groups
    assert [group.bias.value for group in groups if group.bias] == pytest.approx([0.5, -0.5], abs=0.02)
    assert groups[0].error is not None
    assert groups[0].error.ends[0] <= groups[0].error.value <= groups[0].error.ends[1]


def test_a_share_of_nothing_is_unknown() -> None:
    assert np.isnan(Share(0, 0).value)
    assert Share(0, 0).ends == (0, 1)
