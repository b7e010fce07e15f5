"""Measures the metrics of the digit bundle again, on its test and validation data."""

from shared.model.bundle import Bundle, check_equal
from shared.model.predictor import Predictor
from training.contract import Check, checks, options_of
from training.metrics import Floats

from . import measure
from .data import Rows
from .log_rows import ROLE
from .measure import Predictions, in_batches
from .train import validation_set

TOLERANCE = 1e-3
"""Largest difference of a metric: rounding on another processor changes a few digits of ten thousand."""


def evaluate(bundle: Bundle) -> list[Check]:
    """The metrics of the manifest, measured through the graph that is served."""
    check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
    options = options_of(bundle.manifest)
    predictor = Predictor(bundle)

    def predict(rows: Rows) -> Floats:
        return predictor.predict(ROLE, rows)["probabilities"]

    scope = measure.QUICK if options.quick else measure.FULL
    rows, labels = validation_set(scope)
    figures = measure.figures(measure.evaluation_of(predict, scope))
    figures |= {"held_back_error": Predictions(labels, in_batches(predict, rows), rows).error}
    return checks(ROLE, bundle.manifest.graphs[ROLE].metrics, figures, TOLERANCE)
