"""The estimator that is served, and how any estimator of irises is judged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.console import track
from training.contract import Options
from training.metrics import Intervals, intervals, multiclass

from .data import Flowers

FOLDS = 10
REPEATS = 5

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The places of the flowers that are learnt from, and of those that are judged."""


def recipe() -> Pipeline:
    """The estimator, not fitted: its model is what the species are, near normal with near equal covariances."""
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())


def repeats(options: Options) -> int:
    """How many times each flower is judged."""
    return 1 if options.quick else REPEATS


def folds(flowers: Flowers, options: Options) -> list[Split]:
    """10 stratified folds, repeated; the same for the same seed, whatever is judged by them."""
    drawn = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats(options), random_state=options.seed)
    return list(drawn.split(flowers.rows, flowers.labels))


@dataclass(frozen=True, slots=True)
class Unseen:
    """What models that never saw them said of flowers, each flower once a repeat.

    Attributes:
        places: (n,), which flower.
        labels: (n,), its true class.
        probabilities: (n, 3) float64.
    """

    places: NDArray[np.int64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def figures(self) -> dict[str, float]:
        """Accuracy, log-loss in nats and calibration error."""
        return multiclass(self.labels, self.probabilities)

    def intervals(self, seed: int) -> Intervals:
        """Their 95 % intervals; the answers of one flower are drawn together."""
        return intervals(lambda drawn: multiclass(self.labels[drawn], self.probabilities[drawn]), self.places, seed)


def out_of_fold(estimator: BaseEstimator, flowers: Flowers, splits: Sequence[Split], name: str) -> Unseen:
    """Judge an estimator: learnt again for each split, it answers for the flowers that the split holds back."""
    given = []
    for learnt, held in track(splits, name):
        fitted = clone(estimator).fit(flowers.rows[learnt], flowers.labels[learnt])
        given.append(fitted.predict_proba(flowers.rows[held]))
    places = np.concatenate([held for _, held in splits])
    return Unseen(places, flowers.labels[places], np.concatenate(given))
