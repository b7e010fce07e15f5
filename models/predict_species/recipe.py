"""The served estimator, and the cross-validation of any estimator of irises."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.contract import Options
from training.metrics import Intervals, intervals, multiclass

from .data import Flowers

FOLDS = 10
REPEATS = 5
"""Repeats of the folds."""

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Indices of the training flowers, and of the test flowers."""


def recipe() -> Pipeline:
    """The unfitted estimator. It assumes normal classes of equal covariance, which the species nearly are."""
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())


def fitted(flowers: Flowers) -> Pipeline:
    """The estimator, fitted on every flower."""
    return recipe().fit(flowers.inputs(), flowers.labels)


def repeats(options: Options) -> int:
    """Number of repeats of the folds."""
    return 1 if options.quick else REPEATS


def folds(flowers: Flowers, options: Options) -> list[Split]:
    """Repeated stratified folds, the same for the same options."""
    splitter = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats(options), random_state=options.seed)
    return list(splitter.split(flowers.rows, flowers.labels))


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Out-of-fold predictions, one for each flower and repeat.

    Attributes:
        indices: (n,), of the flowers in the data set.
        labels: (n,), their true classes.
        probabilities: (n, 3) float64.
    """

    indices: NDArray[np.int64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def figures(self) -> dict[str, float]:
        """Accuracy, log-loss in nats and calibration error."""
        return multiclass(self.labels, self.probabilities)

    def intervals(self, seed: int) -> Intervals:
        """95 % intervals of `figures`; the predictions for one flower are resampled together."""
        return intervals(lambda drawn: multiclass(self.labels[drawn], self.probabilities[drawn]), self.indices, seed)


def out_of_fold(estimator: BaseEstimator, flowers: Flowers, splits: Iterable[Split]) -> OutOfFold:
    """Fit an estimator on the training part of each split, and predict the test part.

    Args:
        estimator: left unfitted.
        flowers: the data set.
        splits: the folds.
    """
    indices, probabilities = [], []
    for training, test in splits:
        fitted = clone(estimator).fit(flowers.rows[training], flowers.labels[training])
        probabilities.append(fitted.predict_proba(flowers.rows[test]))
        indices.append(test)
    every = np.concatenate(indices)
    return OutOfFold(every, flowers.labels[every], np.concatenate(probabilities))
