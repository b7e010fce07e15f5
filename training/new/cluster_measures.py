"""The figures of clusters, which have no truth: how far apart they are, and whether refits find them again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.pipeline import Pipeline

from training.metrics import Figures, rounded
from training.new.problem import Places, Problem
from training.new.refits import Refits

MOST_ROWS = 2000
"""Rows of a silhouette, which compares every two."""


def cluster_figures(estimator: Any, problem: Problem, clusters: Places, refits: Refits | None, seed: int) -> Figures:
    """The number of clusters, their silhouette, and the agreement of refits on rows that they have not seen.

    Args:
        estimator: the served one.
        problem: the rows.
        clusters: (n,) its answers.
        refits: their answers; None: it could not be fitted again.
        seed: of the rows that a silhouette draws.
    """
    figures = {"clusters": float(len(np.unique(clusters)))}
    features = _features(estimator, problem)
    if features is not None and 1 < len(np.unique(clusters)) < min(len(clusters), MOST_ROWS):
        size = min(len(clusters), MOST_ROWS)
        figures["silhouette"] = rounded(silhouette_score(features, clusters, sample_size=size, random_state=seed))
    if refits is not None and refits.answers.labels is not None:
        again = refits.answers.labels[:, 0]
        each = [
            adjusted_rand_score(clusters[judged], again[refits.fold == at])
            for at, (_, judged) in enumerate(refits.folds)
        ]
        figures["stability"] = rounded(np.mean(each))
    return figures


def _features(estimator: Any, problem: Problem) -> NDArray[np.float64] | None:
    """What the clustering itself reads; None if it is not a plain matrix of numbers."""
    steps = estimator[:-1] if isinstance(estimator, Pipeline) and len(estimator) > 1 else None
    given = problem.inputs() if steps is None else steps.transform(problem.inputs())
    given = given.toarray() if hasattr(given, "toarray") else given
    try:
        features = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return features if features.ndim == 2 and np.isfinite(features).all() else None
