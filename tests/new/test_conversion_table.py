"""The tables of docs/own-model.md: every class that is converted is in them, and what they refuse is refused."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN, HDBSCAN, OPTICS, AgglomerativeClustering, FeatureAgglomeration, SpectralClustering
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import (
    NMF,
    DictionaryLearning,
    KernelPCA,
    LatentDirichletAllocation,
    MiniBatchNMF,
    SparsePCA,
)
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, RandomTreesEmbedding
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_approximation import AdditiveChi2Sampler, PolynomialCountSketch, SkewedChi2Sampler
from sklearn.linear_model import (
    ElasticNetCV,
    LarsCV,
    Lasso,
    LassoLars,
    LassoLarsCV,
    LinearRegression,
    LogisticRegression,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuitCV,
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
    RidgeCV,
)
from sklearn.manifold import Isomap, LocallyLinearEmbedding
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import (
    KNeighborsClassifier,
    LocalOutlierFactor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.neural_network import BernoulliRBM, MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC

from tests.new.conversion_tools import assert_same, assert_transforms
from tests.new.tree_tables import BOOSTERS
from tests.replay import ROOT
from training.new.conversion.converter import _import_families, convert
from training.new.conversion.families.functions import FUNCTIONS
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import PREDICTORS, TRANSFORMERS

PAGE = (ROOT / "docs" / "own-model.md").read_text(encoding="utf-8")
NUMBERS = pd.DataFrame(np.random.default_rng(3).normal(size=(60, 4)), columns=list("abcd"))
POSITIVE = NUMBERS.abs()
CLASS = np.where(NUMBERS["a"] + NUMBERS["b"] > 0, "oui", "non")
VALUE = (NUMBERS["a"] * 2 - NUMBERS["c"]).to_numpy()
LABELS = np.column_stack([CLASS == "oui", NUMBERS["d"] > 0]).astype(int)
TEXTS = pd.DataFrame({"avis": ["bon accueil", "service lent", "très bon", "lent et cher"] * 15})


def your_function(values: Any) -> Any:
    """Code of a person."""
    return values


def cells(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its header."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def quoted(cell: str) -> list[str]:
    """What a cell has between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def registered() -> Iterator[str]:
    """The classes that a family converts; those with an underscore are inside others."""
    _import_families()
    yield from (name for name in {*TRANSFORMERS, *PREDICTORS} if name != "*" and not name.startswith("_"))


def before(step: Any, x: pd.DataFrame = NUMBERS, y: Any = CLASS) -> tuple[Any, Any]:
    """A transformer in front of a classifier, fitted, and its columns."""
    return make_pipeline(step, LogisticRegression()).fit(x, y), x


def text(step: Any) -> tuple[Any, Any]:
    """A vectorizer in front of a classifier, fitted, and its column."""
    return make_pipeline(step, LogisticRegression()).fit(TEXTS["avis"], CLASS), TEXTS


def alone(estimator: Any, y: Any = CLASS, x: pd.DataFrame = NUMBERS) -> tuple[Any, Any]:
    """An estimator, fitted, and its columns."""
    return estimator.fit(x, y), x


def booster(library: str, name: str, y: Any = VALUE, x: pd.DataFrame = NUMBERS, **options: Any) -> tuple[Any, Any]:
    """An estimator of another library, fitted, and its columns; skips the test if it is missing."""
    module = pytest.importorskip(library, reason=BOOSTERS)
    return getattr(module, name)(**options).fit(x, y), x


CATEGORIES = NUMBERS.assign(town=np.where(NUMBERS["d"] > 0, "Brest", "Caen"))
EXAMPLES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "RadiusNeighborsClassifier": lambda: alone(RadiusNeighborsClassifier(radius=9)),
    "RadiusNeighborsRegressor": lambda: alone(RadiusNeighborsRegressor(radius=9), VALUE),
    "LatentDirichletAllocation": lambda: before(LatentDirichletAllocation(2, max_iter=1), POSITIVE),
    "NMF": lambda: before(NMF(2, max_iter=2), POSITIVE),
    "MiniBatchNMF": lambda: before(MiniBatchNMF(2, max_iter=1), POSITIVE),
    "DictionaryLearning": lambda: before(DictionaryLearning(2, max_iter=1)),
    "SparsePCA": lambda: before(SparsePCA(2, max_iter=1)),
    "BernoulliRBM": lambda: before(BernoulliRBM(2, n_iter=1)),
    "Isomap": lambda: before(Isomap()),
    "LocallyLinearEmbedding": lambda: before(LocallyLinearEmbedding()),
    "RandomTreesEmbedding": lambda: before(RandomTreesEmbedding(2, max_depth=2)),
    "AdditiveChi2Sampler": lambda: before(AdditiveChi2Sampler(), POSITIVE),
    "SkewedChi2Sampler": lambda: before(SkewedChi2Sampler(), POSITIVE),
    "PolynomialCountSketch": lambda: before(PolynomialCountSketch(n_components=5)),
    "DBSCAN": lambda: (DBSCAN().fit(NUMBERS), NUMBERS),
    "HDBSCAN": lambda: (HDBSCAN().fit(NUMBERS), NUMBERS),
    "OPTICS": lambda: (OPTICS().fit(NUMBERS), NUMBERS),
    "AgglomerativeClustering": lambda: (AgglomerativeClustering().fit(NUMBERS), NUMBERS),
    "SpectralClustering": lambda: (SpectralClustering(2).fit(NUMBERS), NUMBERS),
    "LocalOutlierFactor(novelty=False)": lambda: (LocalOutlierFactor().fit(NUMBERS), NUMBERS),
    "FunctionTransformer(your_function)": lambda: before(FunctionTransformer(your_function)),
    "FunctionTransformer(np.sinc)": lambda: before(FunctionTransformer(np.sinc)),
    "CountVectorizer(analyzer=your_function)": lambda: text(CountVectorizer(analyzer=your_function)),
    "HashingVectorizer()": lambda: text(HashingVectorizer()),
    "SplineTransformer(extrapolation='error')": lambda: before(SplineTransformer(extrapolation="error")),
    "FeatureAgglomeration(pooling_func=np.median)": lambda: before(FeatureAgglomeration(2, pooling_func=np.median)),
    "KernelPCA(kernel='cosine')": lambda: before(KernelPCA(2, kernel="cosine")),
    "IterativeImputer(sample_posterior=True)": lambda: before(IterativeImputer(sample_posterior=True)),
    "KNNImputer(weights=your_function)": lambda: before(KNNImputer(weights=your_function)),
    "SVC(kernel=your_function)": lambda: alone(SVC(kernel=lambda one, other: one @ other.T)),
    "KNeighborsClassifier(weights=your_function)": lambda: alone(KNeighborsClassifier(weights=your_function)),
    "KNeighborsClassifier(metric='canberra')": lambda: alone(KNeighborsClassifier(metric="canberra")),
    "LabelSpreading(kernel='knn')": lambda: alone(LabelSpreading(kernel="knn"), LABELS[:, 0]),
    "IsotonicRegression(out_of_bounds='nan')": lambda: alone(IsotonicRegression(), VALUE, NUMBERS[["a"]]),
    "TransformedTargetRegressor(inverse_func=your_function)": lambda: alone(
        TransformedTargetRegressor(LinearRegression(), func=your_function, inverse_func=your_function), VALUE
    ),
    "GradientBoostingClassifier(init=DummyClassifier('uniform'))": lambda: alone(
        GradientBoostingClassifier(n_estimators=1, init=DummyClassifier(strategy="uniform"))
    ),
    "DummyClassifier(strategy='uniform')": lambda: alone(DummyClassifier(strategy="uniform")),
    "OneVsRestClassifier": lambda: alone(OneVsRestClassifier(LogisticRegression()), LABELS),
    "MLPClassifier": lambda: alone(MLPClassifier((2,), max_iter=1), LABELS),
    "XGBRegressor(booster='gblinear')": lambda: booster("xgboost", "XGBRegressor", booster="gblinear", n_estimators=1),
    "LGBMRegressor(linear_tree=True)": lambda: booster(
        "lightgbm", "LGBMRegressor", linear_tree=True, n_estimators=1, verbose=-1
    ),
    "CatBoostClassifier(cat_features=...)": lambda: booster(
        "catboost",
        "CatBoostClassifier",
        CLASS,
        CATEGORIES,
        cat_features=["town"],
        iterations=1,
        verbose=0,
        allow_writing_files=False,
    ),
}
"""Each refused example of the page, fitted, with its columns."""


def test_every_registered_class_is_in_a_table_and_no_other() -> None:
    converted = [name for row in cells("What is converted") for name in quoted(row[1])]
    refused = {re.split(r"\W", name)[0] for row in cells("What is refused") for name in quoted(row[0])}
    assert len(converted) == len(set(converted))
    always_refused = {"RadiusNeighborsClassifier", "RadiusNeighborsRegressor"}
    assert set(converted) | always_refused == set(registered())
    assert always_refused <= refused


def test_every_converted_class_is_fitted_and_compared_somewhere() -> None:
    tests = "\n".join(file.read_text("utf-8") for file in (ROOT / "tests" / "new").glob("test_*.py"))
    assert [name for name in registered() if not re.search(rf"\b{name}\b", tests)] == []


def test_functions_of_numpy_are_listed() -> None:
    (row,) = (row for row in cells("What is converted") if row[0] == "functions")
    assert set(FUNCTIONS) <= set(re.findall(r"\w+", row[2]))


def test_every_refused_row_names_a_remedy_and_has_an_example_here() -> None:
    rows = cells("What is refused")
    assert {name for row in rows for name in quoted(row[0])} == set(EXAMPLES)
    assert all(len(row) == 3 and row[1] and row[2] for row in rows)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("example", EXAMPLES)
def test_refused_example_is_refused_by_name_in_both_languages(example: str) -> None:
    estimator, table = EXAMPLES[example]()
    with pytest.raises(Refusal) as caught:
        convert(estimator, table, series=table is TEXTS)
    name = re.split(r"\W", example)[0]
    french, english = caught.value.detail
    assert name in french
    assert name in english
    assert french != english


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "estimator",
    [
        ElasticNetCV(cv=2),
        LarsCV(cv=2),
        Lasso(0.1),
        LassoLars(0.1),
        LassoLarsCV(cv=2),
        OrthogonalMatchingPursuitCV(cv=2),
        PassiveAggressiveRegressor(random_state=0),
        RidgeCV(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_linear_regressor_answers_as_scikit_learn(estimator: Any) -> None:
    assert assert_same(estimator.fit(NUMBERS, VALUE), NUMBERS).kind == "values"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "estimator",
    [MultiTaskElasticNet(0.1), MultiTaskElasticNetCV(cv=2), MultiTaskLassoCV(cv=2)],
    ids=lambda estimator: type(estimator).__name__,
)
def test_linear_regressor_of_several_targets_answers_as_scikit_learn(estimator: Any) -> None:
    both = np.column_stack([VALUE, NUMBERS["b"] - VALUE])
    assert assert_same(estimator.fit(NUMBERS, both), NUMBERS).targets == 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "search",
    [
        HalvingGridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, random_state=0),
        HalvingRandomSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, n_candidates=2, random_state=0),
    ],
    ids=lambda search: type(search).__name__,
)
def test_halving_search_answers_as_scikit_learn(search: Any) -> None:
    assert_same(search.fit(NUMBERS, CLASS), NUMBERS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_search_of_transformers_transforms_as_scikit_learn(kind: Any) -> None:
    search = kind(StandardScaler(), {"with_mean": [True, False]}, scoring=lambda *_: 1.0, cv=2, random_state=0)
    assert_transforms(search.fit(NUMBERS, CLASS), NUMBERS)


@pytest.mark.filterwarnings("ignore")
def test_passive_aggressive_classifier_answers_as_scikit_learn() -> None:
    assert_same(PassiveAggressiveClassifier(random_state=0).fit(NUMBERS, CLASS), NUMBERS)


def test_binary_gaussian_process_inside_another_answers_as_scikit_learn() -> None:
    assert_same(GaussianProcessClassifier().fit(NUMBERS[:30], CLASS[:30]), NUMBERS[:30])
