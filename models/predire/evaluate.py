"""Measure the student bundle again."""

import numpy as np

from models.export import Matrix
from models.training import Check, checks, options_of
from shared.inference import Predictor
from shared.model_store import Bundle, Graph

from . import abstention
from .data import Students, load
from .recipe import out_of_fold, recipe
from .train import LAST, measure

TOLERANCE = 1e-3
"""Another machine's arithmetic moves a figure by less."""
PROBABILITY_TOLERANCE = 1e-4
LOG_ODDS_TOLERANCE = 1e-4


def evaluate(bundle: Bundle) -> list[Check]:
    """The same folds and band; each graph against its recipe learnt again, and against its own explanation."""
    predictor = Predictor(bundle)
    seed = options_of(bundle.manifest.command).seed
    found: list[Check] = []
    for stage, graph in bundle.manifest.graphs.items():
        students = load(stage)
        unseen = out_of_fold(students, seed, stage)
        figures = measure(students, unseen, bundle.manifest.thresholds["abstention_low"])
        found += checks(stage, graph.metrics, figures, TOLERANCE)
        found += _consistency(stage, graph, students, predictor.predict(stage, students.rows))
        if stage == LAST:
            low = abstention.narrowest(students.failed, unseen)
            found += checks("seuil", bundle.manifest.thresholds, abstention.thresholds(low), 0)
    return found


def _consistency(stage: str, graph: Graph, students: Students, outputs: dict[str, Matrix]) -> list[Check]:
    again = recipe(students.inputs).fit(students.rows, students.failed).predict_proba(students.rows)
    distance = float(np.abs(outputs["probabilities"] - again).max())
    recorded = graph.parity["max_abs_difference"]
    return [
        Check(f"{stage} écart à scikit-learn", recorded, distance, PROBABILITY_TOLERANCE),
        Check(f"{stage} contributions - log-odds", 0, unexplained(graph, outputs), LOG_ODDS_TOLERANCE),
    ]


def unexplained(graph: Graph, outputs: dict[str, Matrix]) -> float:
    """The largest difference between a row's log-odds and the sum of the baseline and its contributions."""
    success, failure = np.log(outputs["probabilities"].astype(np.float64)).T
    explained = graph.constants["baseline"] + outputs["contributions"].astype(np.float64).sum(axis=1)
    return float(np.abs(explained - (failure - success)).max())
