"""One recipe for each of several targets, as one estimator."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone


class _SeveralTargets(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Estimators of the same columns, one for each target.

    Args:
        estimators: one for each target, in order.

    Attributes:
        estimators_: the same, fitted.
    """

    def __init__(self, estimators: Sequence[Any]) -> None:
        self.estimators = estimators

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Fit each estimator on its column of `y` (rows, targets)."""
        targets = pd.DataFrame(y)
        self.n_features_in_ = X.shape[1]
        self.estimators_ = [clone(one).fit(X, targets.iloc[:, at]) for at, one in enumerate(self.estimators)]
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The answers for each target: (rows, targets)."""
        return np.column_stack([np.asarray(one.predict(X)) for one in self.estimators_])


class SeveralClasses(ClassifierMixin, _SeveralTargets):  # type: ignore[misc]
    """Classifiers of the same columns, one for each target; answers as those of `MultiOutputClassifier`."""

    @property
    def classes_(self) -> list[NDArray[Any]]:
        """The classes of each target."""
        return [one.classes_ for one in self.estimators_]

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The classes: (rows, targets), of type object, since targets may have texts and numbers."""
        return np.column_stack([np.asarray(one.predict(X), dtype=object) for one in self.estimators_])

    def predict_proba(self, X: Any) -> list[NDArray[np.float64]]:  # noqa: N803
        """The probabilities of each target: (rows, classes)."""
        return [one.predict_proba(X) for one in self.estimators_]


class SeveralValues(RegressorMixin, _SeveralTargets):  # type: ignore[misc]
    """Regressors of the same columns, one for each target."""
