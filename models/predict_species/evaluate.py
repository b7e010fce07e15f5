"""Measures the metrics of the iris bundle again."""

import numpy as np

from shared.model.bundle import Bundle, check_equal
from shared.model.predictor import Predictor
from shared.terminal import say
from training.console import track
from training.contract import Check, checks, options_of

from .data import load
from .log_rows import ROLE
from .recipe import folds, out_of_fold, recipe

TOLERANCE = 1e-3
"""Largest difference of a metric on another machine."""
PROBABILITY_TOLERANCE = 1e-4
"""Largest difference of a probability on another machine."""


def evaluate(bundle: Bundle) -> list[Check]:
    """Repeat the cross-validation, and compare the graph with an estimator fitted again on every flower."""
    check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
    flowers = load()
    facts = bundle.manifest.graphs[ROLE]
    splits = track(folds(flowers, options_of(bundle.manifest)), ("validation croisée", "cross-validation"))
    figures = out_of_fold(recipe(), flowers, splits).figures()
    served = Predictor(bundle).predict(ROLE, flowers.rows)["probabilities"]
    fitted = recipe().fit(flowers.rows, flowers.labels).predict_proba(flowers.rows)
    distance = float(np.abs(served - fitted).max())
    name = say(("écart à scikit-learn", "distance to scikit-learn"))
    return [
        *checks(ROLE, facts.metrics, figures, TOLERANCE),
        Check(name, facts.parity["max_abs_difference"], distance, PROBABILITY_TOLERANCE),
    ]
