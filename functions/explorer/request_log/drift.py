"""Drift of a version: its requests and predictions in the log against those of its training data."""

from collections.abc import Iterable

import pandas as pd

from functions.explorer import log_messages
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log.predictions import LogRows
from shared.i18n import fill, pick
from shared.log.reader import Line
from shared.model.bundle import Bundle
from training.drift import reference
from training.drift.comparison import THRESHOLD, Drift, DriftError, TooFewRows, compare, observe, reference_of

DECIMALS = 1
"""Decimals of a share, in percent."""


def measure(lines: Iterable[Line], log_rows: LogRows, bundle: Bundle) -> Drift:
    """Compute the stability index of every quantity of a version.

    Args:
        lines: lines of the version's function; those of other versions are ignored.
        log_rows: reads the rows of a line.
        bundle: the version with all of its files.

    Raises:
        ExplorerError: the bundle has no reference, or there are too few lines.
    """
    manifest = bundle.manifest
    if reference.FILE not in bundle.files:
        raise ExplorerError(fill(log_messages.NO_REFERENCE, version=manifest.version))
    try:
        expected = reference_of(bundle)
        observed = observe(lines, log_rows, manifest.version, lambda _: None)
        return compare(expected, observed, THRESHOLD)
    except TooFewRows as error:
        raise ExplorerError(fill(log_messages.TOO_FEW_ROWS, rows=error.most, needed=error.needed or "∞")) from error
    except DriftError as error:
        raise ExplorerError(error.detail) from error


def table(drift: Drift, language: str) -> pd.DataFrame:
    """One row per quantity: the compared ones by falling index, then those with too few rows."""
    rows = [
        [one.graph, pick(log_messages.QUANTITIES[one.kind], language), one.name, one.rows, one.psi, one.bin,
         round(100 * one.expected, DECIMALS), round(100 * one.observed, DECIMALS)]
        for one in drift.shifts
    ]  # fmt: skip
    rows += [
        [one.graph, pick(log_messages.QUANTITIES[one.kind], language), one.name, one.rows, None, "", None, None]
        for one in drift.sparse
    ]
    return pd.DataFrame(rows, columns=[pick(text, language) for text in log_messages.DRIFT_COLUMNS])
