"""Measure the digit bundle again, on the digits that it never learnt from."""

from shared.model.bundle import Bundle, check_equal
from shared.model.predictor import Predictor
from training.contract import Check, checks, options_of
from training.metrics import Floats

from . import measure
from .data import Rows
from .log_rows import ROLE
from .measure import Answers, in_parts
from .train import held_back

TOLERANCE = 1e-3
"""Another processor's rounding may turn one picture of a thousand, or a few digits of ten thousand."""


def evaluate(bundle: Bundle) -> list[Check]:
    """The same figures, through the graph that is served."""
    check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
    predictor = Predictor(bundle)

    def read(rows: Rows) -> Floats:
        return predictor.predict(ROLE, rows)["probabilities"]

    scope = measure.QUICK if options_of(bundle.manifest.command).quick else measure.FULL
    rows, labels = held_back(scope)
    figures = measure.figures(measure.examine(read, scope))
    figures |= {"held_back_error": Answers(labels, in_parts(read, rows), rows).error}
    return checks(ROLE, bundle.manifest.graphs[ROLE].metrics, figures, TOLERANCE)
