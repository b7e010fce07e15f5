"""Transformers that mix the columns by a matrix: principal components, projections, discriminants."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value

POOLING = (
    "FeatureAgglomeration(pooling_func={name}) n'a pas d'équivalent dans un graphe : prenez np.mean et réentraînez.",
    "FeatureAgglomeration(pooling_func={name}) has no equivalent in a graph: take np.mean and train again.",
)


@transformer("PCA", "IncrementalPCA")
def principal_components(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The components of each row, perhaps of variance 1."""
    weights = step.components_.T
    mixed = _mixed(conversion, step, value, weights, -(step.mean_ @ weights))
    if not step.whiten:
        return mixed
    scale = np.maximum(np.sqrt(step.explained_variance_), np.finfo(np.float64).eps)
    return Matrix(conversion.graph.op("Div", mixed.tensor, conversion.graph.constant(scale[None])), mixed.sources)


@transformer("TruncatedSVD", "GaussianRandomProjection", "SparseRandomProjection", "NeighborhoodComponentsAnalysis")
def project(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The product with the components."""
    components = step.components_
    dense = components.toarray() if hasattr(components, "toarray") else components
    return _mixed(conversion, step, value, dense.T)


@transformer("FastICA")
def independent_components(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The sources of each row."""
    weights = step.components_.T
    return _mixed(conversion, step, value, weights, -(step.mean_ @ weights) if step.whiten else 0.0)


@transformer("FactorAnalysis")
def factors(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The expected factors of each row."""
    noisy = step.components_ / step.noise_variance_
    covariance = np.linalg.inv(np.eye(len(noisy)) + noisy @ step.components_.T)
    weights = noisy.T @ covariance
    return _mixed(conversion, step, value, weights, -(step.mean_ @ weights))


@transformer("LinearDiscriminantAnalysis")
def discriminants(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The directions that tell the classes apart."""
    weights = step.scalings_[:, : step._max_components]  # noqa: SLF001
    return _mixed(conversion, step, value, weights, -(step.xbar_ @ weights) if step.solver == "svd" else 0.0)


@transformer("PLSRegression", "PLSCanonical", "PLSSVD", "CCA")
def latent_structures(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The scores of each row."""
    rotations = step.x_weights_ if type(step).__name__ == "PLSSVD" else step.x_rotations_
    weights = rotations / np.asarray(step._x_std)[:, None]  # noqa: SLF001
    return _mixed(conversion, step, value, weights, -(step._x_mean @ weights))  # noqa: SLF001


@transformer("FeatureAgglomeration")
def agglomerate(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The mean of each group of columns."""
    if step.pooling_func is not np.mean:
        raise Refusal(POOLING, name=getattr(step.pooling_func, "__name__", str(step.pooling_func)))
    groups, places = np.unique(step.labels_, return_inverse=True)
    members = (places[:, None] == np.arange(len(groups))).astype(np.float64)
    return _mixed(conversion, step, value, members / members.sum(axis=0))


def _mixed(
    conversion: Conversion, step: Any, value: Value, weights: NDArray[np.float64], offset: ArrayLike = 0.0
) -> Matrix:
    """Columns @ weights + offset. A feature is made of the columns whose weights are not 0."""
    matrix = conversion.matrix(value, type(step).__name__)
    tensor = conversion.graph.affine(matrix.tensor, weights, np.broadcast_to(offset, weights.shape[1]))
    sources = tuple(
        frozenset[str]().union(*(matrix.sources[at] for at in np.flatnonzero(column))) for column in weights.T
    )
    return Matrix(tensor, sources)
