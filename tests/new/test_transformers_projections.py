"""Transformers that mix, project or choose the columns."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import Birch, BisectingKMeans, FeatureAgglomeration, KMeans, MiniBatchKMeans
from sklearn.cross_decomposition import CCA, PLSSVD, PLSRegression
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, KernelPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from tests.new.conversion_tools import assert_same, assert_transforms, convert_step
from training.new.conversion.refusal import Refusal


def wine() -> tuple[pd.DataFrame, Any]:
    frame, target = load_wine(return_X_y=True, as_frame=True)
    frame = frame.iloc[::2, :6].reset_index(drop=True)
    scaled = (frame - frame.mean()) / frame.std()
    return scaled, target.iloc[::2].to_numpy()


@pytest.mark.parametrize(
    "step",
    [
        PCA(3),
        PCA(3, whiten=True),
        IncrementalPCA(2, whiten=True),
        TruncatedSVD(3, random_state=0),
        FastICA(3, random_state=0),
        FastICA(whiten=False, random_state=0),
        FactorAnalysis(2, random_state=0),
        GaussianRandomProjection(4, random_state=0),
        SparseRandomProjection(4, random_state=0),
        SparseRandomProjection(4, dense_output=True, random_state=0),
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="eigen", n_components=1),
        NeighborhoodComponentsAnalysis(2, max_iter=5, random_state=0),
        PLSRegression(2),
        CCA(1),
        PLSSVD(1),
        FeatureAgglomeration(3),
        RBFSampler(n_components=20, random_state=0),
        Nystroem(n_components=20, random_state=0),
        Nystroem("poly", n_components=9, degree=2, coef0=2.0, random_state=0),
        Nystroem("sigmoid", n_components=9, gamma=0.01, random_state=0),
        Nystroem("linear", n_components=4, random_state=0),
        KernelPCA(3, kernel="rbf"),
        KernelPCA(3, kernel="poly", degree=2),
        KernelPCA(3),
        KMeans(4, n_init=1, random_state=0),
        MiniBatchKMeans(4, n_init=1, random_state=0),
        BisectingKMeans(3, random_state=0),
        Birch(threshold=1.0),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:Starting in v1.3, whiten=")
def test_projection_answers_like_scikit_learn(step: Any) -> None:
    frame, target = wine()
    y = target if isinstance(step, LinearDiscriminantAnalysis | NeighborhoodComponentsAnalysis) else target * 1.0
    transformed = assert_transforms(
        step.fit(frame, y), frame, tolerance=1e-6 if "luster" in type(step).__module__ else 1e-9
    )
    everything = frozenset(frame)
    if type(step) in (FeatureAgglomeration, SparseRandomProjection):
        assert all(source < everything for source in transformed.sources)
    else:
        assert set(transformed.sources) == {everything}


@pytest.mark.filterwarnings("ignore:Features .* are constant", "ignore:invalid value encountered")
@pytest.mark.parametrize(
    "step",
    [
        SelectKBest(k=3),
        SelectPercentile(percentile=50),
        SelectFpr(alpha=1e-8),
        SelectFdr(alpha=1e-8),
        SelectFwe(alpha=1e-8),
        GenericUnivariateSelect(mode="k_best", param=2),
        SelectFromModel(LogisticRegression()),
        VarianceThreshold(),
        RFE(LogisticRegression(), n_features_to_select=2),
        RFECV(LogisticRegression(), cv=2),
        SequentialFeatureSelector(LogisticRegression(), n_features_to_select=2, cv=2),
    ],
    ids=lambda step: type(step).__name__,
)
def test_selector_keeps_the_columns_that_scikit_learn_keeps(step: Any) -> None:
    frame, target = wine()
    frame["same"] = 1.0
    step.fit(frame, target)
    transformed = assert_transforms(step, frame)
    kept = [frozenset({name}) for name, chosen in zip(frame, step.get_support(), strict=True) if chosen]
    assert list(transformed.sources) == kept
    assert 0 < len(kept) < frame.shape[1]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (FeatureAgglomeration(3, pooling_func=np.max), "max"),
        (Nystroem("laplacian", n_components=4), "laplacian"),
        (KernelPCA(2, kernel="cosine"), "cosine"),
    ],
)
def test_other_mixture_is_refused_by_name(step: Any, name: str) -> None:
    frame, _ = wine()
    with pytest.raises(Refusal, match=name):
        convert_step(step.fit(frame), frame)


def test_pipeline_with_a_projection_answers_like_scikit_learn() -> None:
    frame, target = wine()
    estimator = make_pipeline(StandardScaler(), SelectKBest(k=4), PCA(2), KMeans(3, n_init=1), LogisticRegression())
    assert_same(estimator.fit(frame, target), frame)
