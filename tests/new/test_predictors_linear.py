"""Tests of the linear models: their graphs answer as scikit-learn does."""

from typing import Any

import numpy as np
import pytest
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lars,
    LassoCV,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskLasso,
    OrthogonalMatchingPursuit,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from tests.new.conversion_tools import assert_same
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal

WINE, CULTIVAR = load_wine(return_X_y=True, as_frame=True)
CANCER, BENIGN = load_breast_cancer(return_X_y=True, as_frame=True)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
TWO_TARGETS = np.column_stack([PROGRESS, DIABETES["bmi"] * 100])

CLASSIFIERS = [
    LogisticRegression(max_iter=500),
    LogisticRegressionCV(Cs=3, max_iter=500),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    LinearSVC(),
    RidgeClassifier(class_weight="balanced"),
    RidgeClassifierCV(),
    SGDClassifier(random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    SGDClassifier(loss="modified_huber", random_state=0),
    Perceptron(random_state=0),
]
REGRESSORS = [
    ARDRegression(),
    BayesianRidge(),
    ElasticNet(),
    HuberRegressor(),
    Lars(),
    LassoCV(),
    LassoLarsIC(),
    LinearRegression(),
    LinearRegression(positive=True, fit_intercept=False),
    LinearSVR(),
    OrthogonalMatchingPursuit(),
    QuantileRegressor(alpha=0.01),
    SGDRegressor(random_state=0),
    TheilSenRegressor(random_state=0, max_iter=20),
    PoissonRegressor(),
    GammaRegressor(),
    TweedieRegressor(power=0),
    TweedieRegressor(power=1.5),
    TweedieRegressor(power=0, link="log"),
    RANSACRegressor(random_state=0),
    PLSRegression(),
]
SEVERAL = [LinearRegression(), Ridge(), MultiTaskLasso(), PLSRegression(), PLSCanonical(), CCA()]


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=str)
def test_classifier_with_text_classes_answers_as_scikit_learn(estimator: Any) -> None:
    names = np.array(["rouge", "blanc", "rosé"])[CULTIVAR]
    assert_same(make_pipeline(StandardScaler(), estimator).fit(WINE, names), WINE)


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=str)
def test_classifier_of_two_classes_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(make_pipeline(StandardScaler(), estimator).fit(CANCER, BENIGN == 1), CANCER)


def test_binary_liblinear_answers_as_scikit_learn() -> None:
    model = LogisticRegression(solver="liblinear", class_weight="balanced")
    assert_same(make_pipeline(StandardScaler(), model).fit(CANCER, BENIGN.astype(float)), CANCER)


def test_huber_probabilities_of_rows_outside_every_class_are_equal() -> None:
    model = SGDClassifier(loss="modified_huber", random_state=0).fit(WINE, CULTIVAR)
    model.intercept_ -= 1e9
    assert_same(model, WINE)
    assert np.allclose(model.predict_proba(WINE), 1 / 3)


def test_sparse_coefficients_are_read() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(WINE, CULTIVAR)
    model[-1].sparsify()
    assert_same(model, WINE)


@pytest.mark.parametrize("estimator", REGRESSORS, ids=str)
def test_regressor_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(make_pipeline(StandardScaler(), estimator).fit(DIABETES, PROGRESS), DIABETES)


@pytest.mark.parametrize("estimator", SEVERAL, ids=str)
def test_regressor_of_two_targets_answers_as_scikit_learn(estimator: Any) -> None:
    converted = assert_same(estimator.fit(DIABETES, TWO_TARGETS), DIABETES)
    assert converted.targets == 2


def test_linear_novelty_answers_as_scikit_learn() -> None:
    assert_same(make_pipeline(StandardScaler(), SGDOneClassSVM(random_state=0)).fit(WINE), WINE)


def test_several_labels_at_once_are_refused() -> None:
    labels = np.eye(3, dtype=int)[CULTIVAR]
    labels[0] = 1
    with pytest.raises(Refusal, match=r"RidgeClassifier.*MultiOutputClassifier"):
        convert(RidgeClassifier().fit(WINE, labels), WINE)
