"""Measure the student bundle again."""

import numpy as np

from functions.predire.student import STAGES
from shared.model.bundle import Bundle, Graph, check_equal
from shared.model.predictor import Predictor
from training.contract import Check, checks, options_of
from training.export import Matrix

from . import abstention
from .study import Study, band, studies, with_band

TOLERANCE = 1e-3
"""Another machine's arithmetic moves a figure by less."""
PROBABILITY_TOLERANCE = 1e-4
LOG_ODDS_TOLERANCE = 1e-4


def evaluate(bundle: Bundle) -> list[Check]:
    """Every figure of the manifest; each graph against its recipe learnt again, and against its own explanation."""
    check_equal("graphs", ", ".join(STAGES), ", ".join(bundle.manifest.graphs))
    predictor = Predictor(bundle)
    found = studies(options_of(bundle.manifest.command))
    agreed: list[Check] = []
    for stage, graph in bundle.manifest.graphs.items():
        one = found[stage]
        figures = with_band(one, bundle.manifest.thresholds["abstention_low"])
        agreed += checks(stage, graph.metrics, figures, TOLERANCE)
        agreed += _consistency(stage, graph, one, predictor.predict(stage, one.students.rows))
    return agreed + checks("seuil", bundle.manifest.thresholds, abstention.thresholds(band(found)), 0)


def _consistency(stage: str, graph: Graph, one: Study, outputs: dict[str, Matrix]) -> list[Check]:
    again = one.estimator.predict_proba(one.students.rows)
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
