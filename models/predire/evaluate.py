"""Measures the metrics of the student bundle again."""

import numpy as np

from functions.predire.student import STAGES
from shared.model.bundle import Bundle, Graph, check_equal
from shared.model.predictor import Predictor
from shared.terminal import say
from training.contract import Check, checks, options_of
from training.export import Matrix

from . import abstention
from .study import Study, choose_band, measure_stages, with_band

TOLERANCE = 1e-3
"""Largest difference of a metric on another machine."""
PROBABILITY_TOLERANCE = 1e-4
"""Largest difference of a probability on another machine."""
LOG_ODDS_TOLERANCE = 1e-4
"""Largest difference between log-odds and the sum of contributions, from float32 rounding."""


def evaluate(bundle: Bundle) -> list[Check]:
    """Measure every metric, and compare each graph with an estimator fitted again and with its own explanation."""
    check_equal("graphs", ", ".join(STAGES), ", ".join(bundle.manifest.graphs))
    studies = measure_stages(options_of(bundle.manifest))
    predictor = Predictor(bundle)
    results: list[Check] = []
    for stage, graph in bundle.manifest.graphs.items():
        study = studies[stage]
        figures = with_band(study, bundle.manifest.thresholds["abstention_low"])
        results += checks(stage, graph.metrics, figures, TOLERANCE)
        results += _consistency(stage, graph, study, predictor.predict(stage, study.students.rows))
    thresholds = abstention.thresholds(choose_band(studies))
    return results + checks(say(("seuil", "threshold")), bundle.manifest.thresholds, thresholds, 0)


def _consistency(stage: str, graph: Graph, study: Study, outputs: dict[str, Matrix]) -> list[Check]:
    fitted = study.estimator.predict_proba(study.students.rows)
    distance = float(np.abs(outputs["probabilities"] - fitted).max())
    recorded = graph.parity["max_abs_difference"]
    name = say(("{stage} écart à scikit-learn", "{stage} distance to scikit-learn"), stage=stage)
    return [
        Check(name, recorded, distance, PROBABILITY_TOLERANCE),
        Check(f"{stage} contributions - log-odds", 0, unexplained(graph, outputs), LOG_ODDS_TOLERANCE),
    ]


def unexplained(graph: Graph, outputs: dict[str, Matrix]) -> float:
    """The largest difference between a row's log-odds and the sum of baseline and contributions."""
    success, failure = np.log(outputs["probabilities"].astype(np.float64)).T
    explained = graph.constants["baseline"] + outputs["contributions"].astype(np.float64).sum(axis=1)
    return float(np.abs(explained - (failure - success)).max())
