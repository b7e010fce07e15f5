"""Drift: what a version was asked and answered, against what its model learnt from."""

from collections.abc import Iterable

import pandas as pd

from functions.explorer import log_texts
from functions.explorer.errors import Refused
from functions.explorer.journal.answers import Logged
from shared.i18n import fill, pick
from shared.log.reader import Line
from shared.model.bundle import Bundle
from training.drift import reference
from training.drift.comparison import THRESHOLD, Drift, DriftError, TooFewRows, compare, observe, reference_of

SHARES = 1
"""Decimals of a share, in percent."""


def measure(lines: Iterable[Line], logged: Logged, bundle: Bundle) -> Drift:
    """The stability index of every quantity of a version.

    Args:
        lines: of its function; those of other versions do not count.
        logged: how they are read.
        bundle: the version, read whole.

    Raises:
        Refused: its bundle has no reference, or there are too few lines.
    """
    manifest = bundle.manifest
    if reference.FILE not in bundle.files:
        raise Refused(fill(log_texts.NO_REFERENCE, version=manifest.version))
    try:
        expected = reference_of(bundle)
        observed = observe(lines, logged, manifest.version, lambda _: None)
        return compare(expected, observed, THRESHOLD)
    except TooFewRows as error:
        raise Refused(fill(log_texts.TOO_FEW_ROWS, rows=error.most, needed=error.needed or "∞")) from error
    except DriftError as error:
        raise Refused(error.detail) from error


def table(drift: Drift, language: str) -> pd.DataFrame:
    """A row a quantity: those that were compared, the farthest first, then those with too few rows."""
    rows = [
        [one.graph, pick(log_texts.QUANTITIES[one.kind], language), one.name, one.rows, one.psi, one.bin,
         round(100 * one.expected, SHARES), round(100 * one.observed, SHARES)]
        for one in drift.shifts
    ]  # fmt: skip
    rows += [
        [one.graph, pick(log_texts.QUANTITIES[one.kind], language), one.name, one.rows, None, "", None, None]
        for one in drift.sparse
    ]
    return pd.DataFrame(rows, columns=[pick(text, language) for text in log_texts.DRIFT])
