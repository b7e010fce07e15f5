"""Transformers by likeness or distance to points: kernels and the centres of clusters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import cosine
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value

OTHER_KERNEL = (
    "{step}(kernel={kernel}) n'a pas d'équivalent dans un graphe : prenez 'rbf', 'poly', 'sigmoid' ou 'linear'.",
    "{step}(kernel={kernel}) has no equivalent in a graph: take 'rbf', 'poly', 'sigmoid' or 'linear'.",
)


@transformer("KMeans", "MiniBatchKMeans", "BisectingKMeans", "Birch")
def distances(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The distance to the centre of each cluster."""
    matrix = conversion.matrix(value, type(step).__name__)
    centres = step.subcluster_centers_ if hasattr(step, "subcluster_centers_") else step.cluster_centers_
    points = np.asarray(centres, dtype=np.float64)
    tensor = conversion.graph.op("Sqrt", conversion.graph.squared_distances(matrix.tensor, points))
    return Matrix(tensor, matrix.mixed(len(points)))


@transformer("RBFSampler")
def random_waves(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Cosines of random directions."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "RBFSampler")
    angles = graph.affine(matrix.tensor, step.random_weights_, step.random_offset_)
    tensor = graph.scale(cosine(graph, angles), (2.0 / step.n_components) ** 0.5)
    return Matrix(tensor, matrix.mixed(step.random_weights_.shape[1]))


@transformer("Nystroem")
def nystroem(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The kernel to some rows of the training data, mixed."""
    matrix = conversion.matrix(value, "Nystroem")
    points = np.asarray(step.components_, dtype=np.float64)
    settings = step._get_kernel_params() if isinstance(step.kernel, str) else {}  # noqa: SLF001
    kernel = _kernel(conversion.graph, step, matrix.tensor, points, settings)
    tensor = conversion.graph.op("MatMul", kernel, conversion.graph.constant(step.normalization_.T))
    return Matrix(tensor, matrix.mixed(len(step.normalization_)))


@transformer("KernelPCA")
def kernel_components(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The principal components of the centred kernel to the training data."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "KernelPCA")
    settings = {"gamma": getattr(step, "gamma_", None), "degree": step.degree, "coef0": step.coef0}
    kernel = _kernel(graph, step, matrix.tensor, np.asarray(step.X_fit_, dtype=np.float64), settings)
    centerer = step._centerer  # noqa: SLF001
    mean = graph.scale(graph.row_sum(kernel), 1.0 / len(step.X_fit_))
    centred = graph.op("Sub", graph.shift(kernel, centerer.K_fit_all_ - centerer.K_fit_rows_[None]), mean)
    values = np.asarray(step.eigenvalues_)
    scaled = np.where(values == 0, 0.0, step.eigenvectors_ / np.sqrt(np.where(values == 0, 1.0, values)))
    return Matrix(graph.op("MatMul", centred, graph.constant(scaled)), matrix.mixed(len(values)))


def _kernel(
    graph: GraphBuilder, step: Any, tensor: Name, points: NDArray[np.float64], settings: dict[str, Any]
) -> Name:
    """The kernel of each row to each point: (rows, points)."""
    if step.kernel not in ("rbf", "poly", "polynomial", "sigmoid", "linear"):
        kernel = step.kernel if isinstance(step.kernel, str) else getattr(step.kernel, "__name__", "")
        raise Refusal(OTHER_KERNEL, step=type(step).__name__, kernel=kernel)
    given = {name: one for name, one in settings.items() if one is not None}
    gamma = float(given.get("gamma", 1.0 / points.shape[1]))
    if step.kernel == "rbf":
        return graph.op("Exp", graph.scale(graph.squared_distances(tensor, points), -gamma))
    product = graph.op("MatMul", tensor, graph.constant(points.T))
    if step.kernel == "linear":
        return product
    shifted = graph.shift(graph.scale(product, gamma), float(given.get("coef0", 1.0)))
    if step.kernel == "sigmoid":
        return graph.op("Tanh", shifted)
    return graph.op("Pow", shifted, graph.constant(float(given.get("degree", 3))))
