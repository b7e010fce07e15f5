"""Measure the iris bundle again."""

import numpy as np

from shared.model.bundle import Bundle, check_equal
from shared.model.predictor import Predictor
from training.contract import Check, checks, options_of

from .data import load
from .log_rows import ROLE
from .recipe import folds, out_of_fold, recipe

TOLERANCE = 1e-3
"""Another machine's arithmetic moves a figure by less."""
PROBABILITY_TOLERANCE = 1e-4


def evaluate(bundle: Bundle) -> list[Check]:
    """The same cross-validation, and the graph against the recipe learnt again from every flower."""
    check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
    flowers = load()
    facts = bundle.manifest.graphs[ROLE]
    found = Predictor(bundle).predict(ROLE, flowers.rows)["probabilities"]
    splits = folds(flowers, options_of(bundle.manifest.command))
    figures = out_of_fold(recipe(), flowers, splits, "validation croisée").figures()
    again = recipe().fit(flowers.rows, flowers.labels).predict_proba(flowers.rows)
    distance = float(np.abs(found - again).max())
    return [
        *checks(ROLE, facts.metrics, figures, TOLERANCE),
        Check("écart à scikit-learn", facts.parity["max_abs_difference"], distance, PROBABILITY_TOLERANCE),
    ]
