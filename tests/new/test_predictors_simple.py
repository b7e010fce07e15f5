"""Tests of naive Bayes, discriminants, perceptrons, dummies, clusters, mixtures, outliers, isotonic regression."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN, AffinityPropagation, Birch, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.feature_selection import RFE
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.new.conversion_tools import assert_same, run
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal

WINE, CULTIVAR = load_wine(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, BENIGN = load_breast_cancer(return_X_y=True, as_frame=True)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
NAMES = np.array(["rouge", "blanc", "rosé"])[CULTIVAR]
TWO_CLASSES = np.column_stack([NAMES, np.where(WINE["alcohol"] > 13, "fort", "léger")])


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB(),
        MultinomialNB(),
        ComplementNB(norm=True),
        BernoulliNB(binarize=5.0),
        QuadraticDiscriminantAnalysis(reg_param=0.1),
        MLPClassifier((8,), max_iter=30, random_state=0),
        MLPClassifier((4, 3), activation="tanh", max_iter=30, random_state=0),
        MLPClassifier((4,), activation="logistic", max_iter=30, random_state=0),
        MLPClassifier((4,), activation="identity", max_iter=30, random_state=0),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Stochastic")
def test_classifier_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(estimator.fit(WINE, NAMES), WINE)
    assert_same(estimator.fit(CANCER, BENIGN == 1), CANCER)


@pytest.mark.filterwarnings("ignore:Stochastic")
def test_perceptron_of_numbers_answers_as_scikit_learn() -> None:
    model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=50, random_state=0)
    assert_same(make_pipeline(StandardScaler(), model).fit(DIABETES, PROGRESS), DIABETES)
    both = np.column_stack([PROGRESS, PROGRESS**0.5])
    assert_same(make_pipeline(StandardScaler(), model).fit(DIABETES, both), DIABETES)
    model.set_params(loss="poisson", learning_rate_init=1e-4)
    assert_same(make_pipeline(StandardScaler(), model).fit(DIABETES, PROGRESS), DIABETES)


def test_bernoulli_of_flags_answers_as_scikit_learn() -> None:
    flags = (WINE.median() < WINE).astype(float)
    assert_same(BernoulliNB(binarize=None).fit(flags, NAMES), flags)


def test_categories_answer_as_scikit_learn_and_unknown_ones_are_noted() -> None:
    codes = (IRIS // 1).astype(int)
    converted = assert_same(CategoricalNB(min_categories=9).fit(codes, SPECIES), codes)
    assert converted.unknown_refused == set(IRIS)


@pytest.mark.parametrize(
    "estimator",
    [
        DummyClassifier(),
        DummyClassifier(strategy="most_frequent"),
        DummyClassifier(strategy="constant", constant="rosé"),
    ],
    ids=str,
)
def test_dummy_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(estimator.fit(WINE, NAMES), WINE)


def test_dummy_of_several_targets_and_of_text_answers_as_scikit_learn() -> None:
    assert_same(DummyClassifier().fit(WINE, TWO_CLASSES), WINE)
    assert_same(DummyRegressor(strategy="median").fit(DIABETES, DIABETES[["bmi", "bp"]]), DIABETES)
    texts = pd.DataFrame({"nom": ["a", "b", "c"]})
    assert_same(DummyClassifier().fit(texts, [1, 1, 2]), texts)


@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(3, random_state=0),
        MiniBatchKMeans(3, random_state=0),
        BisectingKMeans(4, random_state=0),
        Birch(n_clusters=3),
        MeanShift(bandwidth=4.0),
        AffinityPropagation(random_state=0),
        GaussianMixture(3, random_state=0),
        GaussianMixture(2, covariance_type="tied", random_state=0),
        GaussianMixture(2, covariance_type="diag", random_state=0),
        GaussianMixture(2, covariance_type="spherical", random_state=0),
        BayesianGaussianMixture(n_components=3, random_state=0),
        BayesianGaussianMixture(
            n_components=3,
            covariance_type="tied",
            weight_concentration_prior_type="dirichlet_distribution",
            random_state=0,
        ),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_clusters_are_those_of_scikit_learn(estimator: Any) -> None:
    assert_same(make_pipeline(StandardScaler(), estimator).fit(WINE), WINE)


def test_selected_features_answer_as_scikit_learn() -> None:
    pytest.importorskip("training.new.conversion.families.selection", reason="RFE is a transformer of another family")
    assert_same(RFE(LogisticRegression(max_iter=500), n_features_to_select=2).fit(IRIS, SPECIES), IRIS)


def test_envelope_answers_as_scikit_learn() -> None:
    assert_same(EllipticEnvelope(random_state=0).fit(IRIS), IRIS)


def test_isotonic_regression_of_one_column_answers_as_scikit_learn() -> None:
    column = DIABETES[["bmi"]]
    model = IsotonicRegression(out_of_bounds="clip").fit(column[:300], PROGRESS[:300])
    assert_same(model, column)
    outside = pd.DataFrame({"bmi": [-9.0, 9.0]})
    converted = convert(model, column)
    answers = run(converted.model.SerializeToString(), converted.feeds, {}, outside)
    np.testing.assert_array_equal(answers["value"][:, 0], model.predict(outside))
    constant = IsotonicRegression(out_of_bounds="clip").fit(column[:1], PROGRESS[:1])
    assert_same(constant, column)


def _labels() -> Any:
    labels = np.eye(3, dtype=int)[CULTIVAR]
    labels[0] = 1
    return labels


@pytest.mark.parametrize(
    ("fitted", "words"),
    [
        (DummyClassifier(strategy="stratified").fit(WINE, CULTIVAR), "stratified.*prior"),
        (IsotonicRegression().fit(WINE["ash"], CULTIVAR), "out_of_bounds='clip'"),
        (MLPClassifier((2,), max_iter=1).fit(WINE, _labels()), "MultiOutputClassifier"),
        (DBSCAN().fit(WINE), "DBSCAN.*KMeans"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_exact_conversion_is_refused_with_a_remedy(fitted: Any, words: str) -> None:
    table = WINE[["ash"]] if isinstance(fitted, IsotonicRegression) else WINE
    with pytest.raises(Refusal, match=words):
        convert(fitted, table)


def test_clusters_without_centres_are_refused() -> None:
    model = AffinityPropagation(random_state=0).fit(IRIS[:10])
    model.cluster_centers_ = np.zeros((0, 4))
    with pytest.raises(Refusal, match="KMeans"):
        convert(model, IRIS)
