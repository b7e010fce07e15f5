"""Tests of support vectors, neighbours, Gaussian processes and other models that keep training rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor, kernels
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import LabelPropagation, LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from tests.new.conversion_tools import assert_same, run
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal

WINE, CULTIVAR = load_wine(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, BENIGN = load_breast_cancer(return_X_y=True, as_frame=True)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
NAMES = np.array(["rouge", "blanc", "rosé"])[CULTIVAR]


def scaled(estimator: Any) -> Any:
    """The estimator after a StandardScaler."""
    return make_pipeline(StandardScaler(), estimator)


@pytest.mark.parametrize(
    "estimator",
    [
        SVC(),
        SVC(kernel="linear", class_weight="balanced"),
        SVC(kernel="poly", degree=2, coef0=1.0),
        SVC(kernel="sigmoid"),
        SVC(decision_function_shape="ovo"),
        SVC(break_ties=True),
        NuSVC(nu=0.2),
    ],
    ids=str,
)
def test_support_vectors_answer_as_libsvm(estimator: Any) -> None:
    assert_same(scaled(estimator).fit(WINE, NAMES), WINE)
    estimator.set_params(break_ties=False)
    assert_same(scaled(estimator).fit(CANCER, BENIGN == 1), CANCER)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("model", [SVC, NuSVC])
def test_probabilities_of_support_vectors_are_those_of_libsvm(model: Any) -> None:
    estimator = model(probability=True, random_state=0)
    assert_same(scaled(estimator).fit(WINE, NAMES), WINE)
    assert_same(scaled(estimator).fit(CANCER, BENIGN), CANCER)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_probabilities_of_ten_classes_are_those_of_libsvm() -> None:
    digits, digit = load_digits(return_X_y=True, as_frame=True)
    assert_same(SVC(probability=True, random_state=0).fit(digits[:400], digit[:400]), digits[:600])


def test_support_vectors_fitted_on_sparse_rows_answer_as_libsvm() -> None:
    rows = pd.DataFrame({"couleur": NAMES, "alcool": WINE["alcohol"].round().astype(str)})
    fitted = make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC(C=0.1)).fit(rows, CULTIVAR)
    assert fitted[-1]._sparse
    hot = pd.DataFrame(fitted[0].transform(rows).toarray()).rename(columns=str)
    converted = convert(fitted[-1], hot)
    answers = run(converted.model.SerializeToString(), converted.feeds, {}, hot)
    np.testing.assert_array_equal(answers["label"][:, 0], fitted.predict(rows))
    np.testing.assert_allclose(answers["scores"], fitted.decision_function(rows), atol=1e-12)


@pytest.mark.parametrize(
    "estimator",
    [
        SVR(C=10),
        NuSVR(kernel="linear"),
        KernelRidge(),
        KernelRidge(kernel="rbf"),
        KernelRidge(kernel="laplacian"),
        KernelRidge(kernel="cosine"),
        KernelRidge(kernel="poly"),
    ],
    ids=str,
)
def test_kernel_regression_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(scaled(estimator).fit(DIABETES, PROGRESS), DIABETES)


def test_novelties_are_those_of_scikit_learn() -> None:
    assert_same(scaled(OneClassSVM(nu=0.1)).fit(WINE), WINE)
    assert_same(scaled(LocalOutlierFactor(novelty=True)).fit(WINE), WINE)


def test_own_kernel_is_refused() -> None:
    model = SVC(kernel=lambda one, other: one @ other.T).fit(WINE, NAMES)
    with pytest.raises(Refusal, match="kernel"):
        convert(model, WINE)


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(),
        KNeighborsClassifier(weights="distance", algorithm="brute"),
        KNeighborsClassifier(metric="manhattan"),
        KNeighborsClassifier(metric="chebyshev", algorithm="ball_tree"),
        KNeighborsClassifier(p=3, weights="distance"),
        KNeighborsClassifier(metric="cosine"),
    ],
    ids=str,
)
def test_neighbours_answer_as_scikit_learn(estimator: Any) -> None:
    rows = WINE + np.random.default_rng(0).normal(scale=1e-3, size=WINE.shape)  # no equal distances
    assert_same(scaled(estimator).fit(rows, NAMES), rows)


def grid(rows: int) -> pd.DataFrame:
    """Places on a grid, in random order: most of their distances are equal to others."""
    random = np.random.default_rng(0)
    return pd.DataFrame({"lat": 45 + random.integers(0, 9, rows) / 1e3, "lon": 5 + random.integers(0, 9, rows) / 1e3})


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(),
        KNeighborsClassifier(1),
        KNeighborsClassifier(12, weights="distance", leaf_size=5),
        KNeighborsClassifier(7, metric="manhattan"),
        KNeighborsClassifier(7, metric="chebyshev"),
        KNeighborsClassifier(4, p=3),
    ],
    ids=str,
)
def test_equally_distant_neighbours_are_those_that_the_tree_keeps(estimator: Any) -> None:
    places = grid(300)
    classes = np.random.default_rng(1).integers(0, 3, len(places))
    assert_same(scaled(estimator).fit(places, classes), places)
    assert_same(estimator.fit(places, classes), places)
    assert_same(estimator.fit(IRIS, SPECIES), IRIS)


def test_equally_distant_neighbours_of_a_small_table_are_those_that_brute_force_keeps() -> None:
    places = grid(200) * 1000
    classes = np.random.default_rng(1).integers(0, 3, len(places))
    assert_same(KNeighborsClassifier(6, algorithm="brute", metric="manhattan").fit(places, classes), places)


def test_neighbours_as_many_as_rows_are_all_of_them() -> None:
    assert_same(KNeighborsRegressor(20, weights="distance").fit(DIABETES[:20], PROGRESS[:20]), DIABETES[:40])


def test_tree_of_one_leaf_keeps_its_own_order() -> None:
    places = grid(25)
    assert_same(KNeighborsClassifier(3).fit(places, np.arange(25) % 2), places)


def test_neighbours_of_many_features_answer_as_scikit_learn() -> None:
    digits, digit = load_digits(return_X_y=True, as_frame=True)
    wide = pd.concat([digits, digits.add_suffix("'") / 3], axis=1)
    assert_same(KNeighborsClassifier(algorithm="brute").fit(wide[:500], digit[:500]), wide[:600])


def test_neighbours_of_several_targets_answer_as_scikit_learn() -> None:
    targets = np.column_stack([NAMES, np.where(WINE["alcohol"] > 13, "fort", "léger")])
    converted = assert_same(scaled(KNeighborsClassifier()).fit(WINE, targets), WINE)
    assert converted.labels == (("blanc", "rosé", "rouge"), ("fort", "léger"))
    numbers = np.column_stack([PROGRESS, DIABETES["bmi"] * 10])
    assert_same(scaled(KNeighborsRegressor(weights="distance")).fit(DIABETES, numbers), DIABETES)
    assert_same(scaled(KNeighborsRegressor()).fit(DIABETES, PROGRESS), DIABETES)


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (KNeighborsClassifier(metric="canberra"), "canberra.*euclidean"),
        pytest.param(KNeighborsClassifier(weights=lambda far: far + 1), "weights='uniform'", id="own weights"),
        (RadiusNeighborsClassifier(radius=1000), "KNeighborsClassifier"),
        (LocalOutlierFactor(), "novelty=True"),
        (LabelSpreading(kernel="knn"), "kernel='rbf'"),
    ],
    ids=str,
)
def test_what_has_no_exact_conversion_is_refused_with_a_remedy(estimator: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        convert(estimator.fit(WINE, CULTIVAR), WINE)


def test_too_many_training_rows_are_refused() -> None:
    wide = pd.DataFrame(np.zeros((20, 3)), columns=list("abc"))
    model = KNeighborsRegressor(n_neighbors=1, algorithm="brute").fit(wide, np.arange(20))
    model._fit_X = np.zeros((4_000_000, 3))
    with pytest.raises(Refusal, match="4000000"):
        convert(model, wide)


@pytest.mark.parametrize(
    "estimator",
    [
        NearestCentroid(),
        NearestCentroid(shrink_threshold=0.5),
        NearestCentroid(metric="manhattan"),
        NearestCentroid(priors="empirical"),
        NearestCentroid(priors="empirical", metric="manhattan"),
    ],
    ids=str,
)
def test_nearest_centroid_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(scaled(estimator).fit(WINE, NAMES), WINE)
    assert_same(scaled(estimator).fit(CANCER, BENIGN), CANCER)


KERNELS = [
    kernels.ConstantKernel(2.0) * kernels.RBF([1.0] * 10) + kernels.WhiteKernel(),
    kernels.Matern(nu=0.5) + kernels.DotProduct(),
    kernels.Matern(nu=1.5) * 2.0,
    kernels.Matern(nu=2.5),
    kernels.Matern(nu=np.inf),
    kernels.RationalQuadratic(),
    kernels.ExpSineSquared(),
    kernels.Exponentiation(kernels.RationalQuadratic(), 2),
]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_gaussian_process_regression_answers_as_scikit_learn(kernel: Any) -> None:
    model = GaussianProcessRegressor(kernel, alpha=10.0, normalize_y=True, optimizer=None)
    assert_same(scaled(model).fit(DIABETES[:100], PROGRESS[:100]), DIABETES[:150])


@pytest.mark.parametrize(
    "kernel",
    [
        None,
        kernels.ConstantKernel(3.0) * kernels.RBF(2.0),
        kernels.DotProduct(),
        kernels.Exponentiation(kernels.Matern(), 2) + kernels.WhiteKernel(0.1),
    ],
    ids=str,
)
def test_gaussian_process_classification_answers_as_scikit_learn(kernel: Any) -> None:
    model = GaussianProcessClassifier(kernel, optimizer=None)
    assert_same(scaled(model).fit(IRIS[50:], SPECIES[50:] == 1), IRIS, tolerance=1e-7)
    assert_same(scaled(model).fit(IRIS, SPECIES.map({0: "a", 1: "b", 2: "c"})), IRIS, tolerance=1e-7)


def test_gaussian_process_of_pairs_has_labels_only() -> None:
    model = GaussianProcessClassifier(multi_class="one_vs_one", optimizer=None).fit(IRIS, SPECIES)
    converted = convert(model, IRIS)
    assert [output.name for output in converted.model.graph.output] == ["label"]


def test_other_kernels_of_gaussian_processes_are_refused() -> None:
    kernel = kernels.PairwiseKernel(metric="laplacian")
    model = GaussianProcessRegressor(kernel, optimizer=None).fit(DIABETES[:20], PROGRESS[:20])
    with pytest.raises(Refusal, match=r"PairwiseKernel.*Matern"):
        convert(model, DIABETES)


@pytest.mark.parametrize("model", [LabelPropagation(), LabelSpreading(gamma=1.0)], ids=str)
def test_spread_labels_are_those_of_scikit_learn(model: Any) -> None:
    some = np.where(np.arange(len(SPECIES)) % 3, SPECIES, -1)
    assert_same(scaled(model).fit(IRIS, some), IRIS)


def test_self_training_answers_as_scikit_learn() -> None:
    some = np.where(np.arange(len(SPECIES)) % 3, SPECIES, -1)
    assert_same(SelfTrainingClassifier(LinearDiscriminantAnalysis()).fit(IRIS, some), IRIS)
