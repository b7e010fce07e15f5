"""Decision trees and forests of scikit-learn: the mean of the leaves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, Tree, sum_of_trees
from training.new.conversion.values import Matrix, Prediction, Value


def tree_of(tree: Any, value: NDArray[np.float64], columns: Sequence[int] | None = None) -> Tree:
    """A `sklearn.tree._tree.Tree` as arrays.

    Args:
        tree: the tree.
        value: what each node adds to each target: (nodes, targets).
        columns: of the matrix, if the tree was fitted on some of them.
    """
    leaf = tree.children_left < 0
    feature = tree.feature if columns is None else np.asarray(columns)[np.where(leaf, 0, tree.feature)]
    return Tree(
        feature=np.where(leaf, -1, feature),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left, dtype=np.bool_),
        cover=tree.weighted_n_node_samples,
        value=value,
    )


def rounded(conversion: Conversion, estimator: Any, value: Value) -> Matrix:
    """The matrix that a predictor reads, rounded to float32.

    Args:
        conversion: the conversion.
        estimator: the predictor, for the error.
        value: what it reads.
    """
    matrix = conversion.leaf(estimator, value)
    return Matrix(conversion.graph.as_float32(matrix.tensor), matrix.sources)


@predictor("DecisionTreeClassifier", "ExtraTreeClassifier", "RandomForestClassifier", "ExtraTreesClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the shares of the classes in the leaves."""
    classes = estimator.classes_ if isinstance(estimator.classes_, list) else [estimator.classes_]
    sizes = [len(one) for one in classes]
    trees = [tree_of(tree, _shares(tree.value, sizes)) for tree in _trees(estimator)]
    mean = _mean(conversion, estimator, value, trees, "probability")
    ends = np.cumsum([0, *sizes])
    targets = [
        Prediction(one, probabilities=conversion.graph.take(mean, range(first, first + len(one))))
        for one, first in zip(classes, ends[:-1], strict=True)
    ]
    return targets[0] if len(targets) == 1 else Prediction(several=targets)


@predictor("DecisionTreeRegressor", "ExtraTreeRegressor", "RandomForestRegressor", "ExtraTreesRegressor")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The mean of the values of the leaves, for each target."""
    trees = [tree_of(tree, tree.value[:, :, 0]) for tree in _trees(estimator)]
    mean = _mean(conversion, estimator, value, trees, "value")
    return Prediction(value=mean, width=trees[0].value.shape[1])


def _trees(estimator: Any) -> list[Any]:
    return [one.tree_ for one in getattr(estimator, "estimators_", [estimator])]


def _shares(value: NDArray[np.float64], sizes: Sequence[int]) -> NDArray[np.float64]:
    """The shares of the classes of each target, side by side, from (nodes, targets, classes)."""
    return np.hstack([value[:, target, :size] for target, size in enumerate(sizes)])


def _mean(conversion: Conversion, estimator: Any, value: Value, trees: Sequence[Tree], scale: Scale) -> Name:
    """The sum over trees divided by their number: in this order, as scikit-learn does, for the same ties."""
    matrix = rounded(conversion, estimator, value)
    conversion.ensembles[id(estimator)] = Ensemble(
        trees=tuple(trees),
        base=np.zeros(trees[0].value.shape[1]),
        factor=1 / len(trees),
        matrix=matrix,
        features=tuple(range(matrix.width)),
        scale=scale,
    )
    total = sum_of_trees(conversion.graph, matrix, trees)
    return conversion.graph.op("Div", total, conversion.graph.constant(float(len(trees))))
