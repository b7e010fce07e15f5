"""Measures the metrics of the iris bundle again."""

import numpy as np

from shared.model.bundle import Bundle, check_equal
from shared.model.table import ROLE
from shared.model.tabular.records import TableModel
from shared.terminal import say
from training.console import track
from training.contract import Check, checks, options_of

from .data import NAMES, load
from .recipe import fitted, folds, out_of_fold, recipe

TOLERANCE = 1e-3
"""Largest difference of a metric on another machine."""
PROBABILITY_TOLERANCE = 1e-5
"""Largest difference of a probability on another machine."""


def evaluate(bundle: Bundle) -> list[Check]:
    """Repeat the cross-validation, and compare the graph with an estimator fitted again on every flower."""
    check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
    flowers = load()
    facts = bundle.manifest.graphs[ROLE]
    splits = track(folds(flowers, options_of(bundle.manifest)), ("validation croisée", "cross-validation"))
    figures = out_of_fold(recipe(), flowers, splits).figures()
    records = [dict(zip(NAMES, row, strict=True)) for row in flowers.rows.tolist()]
    served = TableModel(bundle.manifest, bundle.files).predict(records)
    distance = float(np.abs(served["probabilities"] - fitted(flowers).predict_proba(flowers.inputs())).max())
    name = say(("écart à scikit-learn", "distance to scikit-learn"))
    return [
        *checks(ROLE, facts.metrics, figures, TOLERANCE),
        Check(name, facts.parity["max_abs_difference"], distance, PROBABILITY_TOLERANCE),
    ]
