"""Measure the digit bundle again, on the digits that it never learnt from."""

from models.training import Check, checks
from shared.inference import Predictor
from shared.model_store import Bundle

from .data import rows, test
from .train import ROLE, measure

TOLERANCE = 2e-4
"""Two digits of the ten thousand: what another processor's rounding may turn."""


def evaluate(bundle: Bundle) -> list[Check]:
    """The figures of the 10,000 test digits, through the graph that is served."""
    digits = test()
    found = Predictor(bundle).predict(ROLE, rows(digits.images))["probabilities"]
    return checks(ROLE, bundle.manifest.graphs[ROLE].metrics, measure(digits, found), TOLERANCE)
