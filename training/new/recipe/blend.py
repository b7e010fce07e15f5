"""The blends of the recipe: several estimators of one table, each with a weight.

A classifier's members are added as log-probabilities and not as probabilities: a sum of linear models and boosted trees
stays a sum of contributions of columns, which can be explained exactly, and where the members agree the blend is surer
than each of them.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

from training.new.recipe.weights import log_odds_weights, pool, value_weights

FLOOR = 1e-12
"""Smallest probability of a member, by default."""

Array = NDArray[np.float64]
Named = Sequence[tuple[str, Any]]


class LogOddsBlend(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A softmax of the weighted sum of the log-probabilities of classifiers.

    Args:
        estimators: names and classifiers.
        weights: the weight of each; None: `fit` finds them on `folds` folds.
        floor: smaller probabilities of a member count as this one.
        folds: number of folds.
        seed: of the folds.

    Attributes:
        estimators_: the fitted classifiers whose weight is above 0.
        weights_: their weights.
        classes_: the classes, in the order of the probabilities.
    """

    def __init__(
        self,
        estimators: Named,
        weights: Sequence[float] | None = None,
        floor: float = FLOOR,
        folds: int = 4,
        seed: int = 0,
    ) -> None:
        self.estimators = estimators
        self.weights = weights
        self.floor = floor
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Find the weights if none are given, and fit each member on all rows."""
        _note_columns(self, X)
        self.classes_, places = np.unique(np.asarray(y), return_inverse=True)
        weights = self.weights or self._find_weights(X, y, places)
        self.estimators_, self.weights_ = _fitted(self.estimators, weights, X, y)
        return self

    def predict_proba(self, X: Any) -> Array:  # noqa: N803
        """The probabilities: (rows, classes)."""
        logarithms = [np.log(np.maximum(one.predict_proba(X), self.floor)) for one in self.estimators_]
        return pool(logarithms, self.weights_)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The class with the largest probability, the first of equal ones."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _find_weights(self, table: Any, target: Any, places: NDArray[np.int64]) -> tuple[float, ...]:
        folds = StratifiedKFold(self.folds, shuffle=True, random_state=self.seed)
        chances = [
            cross_val_predict(clone(one), table, target, cv=folds, method="predict_proba") for _, one in self.estimators
        ]
        return log_odds_weights([np.log(np.maximum(one, self.floor)) for one in chances], places)


class ValueBlend(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A weighted mean of regressors.

    Args:
        estimators: names and regressors.
        weights: the weight of each, of sum 1; None: `fit` finds them on `folds` folds.
        folds: number of folds.
        seed: of the folds.

    Attributes:
        estimators_: the fitted regressors whose weight is above 0.
        weights_: their weights.
    """

    def __init__(
        self, estimators: Named, weights: Sequence[float] | None = None, folds: int = 4, seed: int = 0
    ) -> None:
        self.estimators = estimators
        self.weights = weights
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Find the weights if none are given, and fit each member on all rows."""
        _note_columns(self, X)
        weights = self.weights or self._find_weights(X, y)
        self.estimators_, self.weights_ = _fitted(self.estimators, weights, X, y)
        return self

    def predict(self, X: Any) -> Array:  # noqa: N803
        """The weighted mean: (rows,)."""
        values = np.stack([np.ravel(one.predict(X)) for one in self.estimators_])
        return np.asarray(np.asarray(self.weights_) @ values)

    def _find_weights(self, table: Any, target: Any) -> tuple[float, ...]:
        folds = KFold(self.folds, shuffle=True, random_state=self.seed)
        values = [np.ravel(cross_val_predict(clone(one), table, target, cv=folds)) for _, one in self.estimators]
        return value_weights(values, np.asarray(target, dtype=np.float64))


def _note_columns(blend: Any, table: Any) -> None:
    blend.n_features_in_ = table.shape[1]
    if isinstance(table, pd.DataFrame):
        blend.feature_names_in_ = np.array(list(table), dtype=object)


def _fitted(estimators: Named, weights: Sequence[float], table: Any, target: Any) -> tuple[list[Any], list[float]]:
    used = [(one, weight) for (_, one), weight in zip(estimators, weights, strict=True) if weight > 0]
    return [clone(one).fit(table, target) for one, _ in used], [float(weight) for _, weight in used]
