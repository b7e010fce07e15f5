"""Statistics of the request log: volume, latency, error rates."""

from datetime import timedelta

import msgspec
import numpy as np
import pandas as pd

PERCENTILES = (50, 95, 99)
BIN_WIDTHS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400)
)
MAX_BINS = 60
"""Most bins of time that a picture can show."""


class Summary(msgspec.Struct, frozen=True):
    """Statistics of some lines.

    Attributes:
        requests: number of requests.
        refused: share of requests answered with a 4xx status.
        failed: share of requests answered with a 5xx status.
        latency: percentiles of latency in milliseconds; NaN if no line has one.
    """

    requests: int
    refused: float
    failed: float
    latency: dict[int, float]


def summary(frame: pd.DataFrame) -> Summary:
    """The statistics of these lines, columns as in `lines.COLUMNS`."""
    values = frame["latency"].dropna()
    percentiles = {at: float(np.percentile(values, at)) if len(values) else float("nan") for at in PERCENTILES}
    return Summary(
        requests=len(frame),
        refused=_share(frame["status"].between(400, 499)),
        failed=_share(frame["status"] >= 500),
        latency=percentiles,
    )


def _share(flags: "pd.Series[bool]") -> float:
    return float(flags.mean()) if len(flags) else 0.0


def bin_width(times: "pd.Series[pd.Timestamp]") -> timedelta:
    """The narrowest of `BIN_WIDTHS` that gives at most `MAX_BINS` bins."""
    span = times.max() - times.min() if len(times) else timedelta()
    return next((width for width in BIN_WIDTHS if span / width < MAX_BINS), BIN_WIDTHS[-1])


def volume(frame: pd.DataFrame) -> pd.DataFrame:
    """Requests per bin of time, also of empty bins.

    Returns:
        Columns `time` (start of the bin), `outcome` (`ok`, `refused`, `failed`), `count`.
    """
    outcomes = pd.cut(frame["status"], [0, 399, 499, np.inf], labels=["ok", "refused", "failed"])
    width = bin_width(frame["time"])
    binned = frame.assign(outcome=outcomes, time=frame["time"].dt.floor(width))
    wide = binned.groupby(["time", "outcome"], observed=False).size().unstack(fill_value=0)
    filled = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq=width), fill_value=0)
    return filled.rename_axis("time").reset_index().melt("time", var_name="outcome", value_name="count")


def latencies(frame: pd.DataFrame) -> pd.DataFrame:
    """Percentiles of latency per bin of time: columns `time`, `percentile`, `latency` in milliseconds."""
    measured = frame.dropna(subset=["latency"])
    binned = measured.groupby(measured["time"].dt.floor(bin_width(frame["time"])))["latency"]
    rows = [(time, f"p{at}", float(np.percentile(values, at))) for time, values in binned for at in PERCENTILES]
    return pd.DataFrame(rows, columns=["time", "percentile", "latency"])


def by_function(frame: pd.DataFrame) -> dict[tuple[str, str], Summary]:
    """The statistics of each function and model version; the version is empty if the line names no model."""
    keys = [frame["function"], frame["version"].fillna("")]
    return {(str(function), str(version)): summary(lines) for (function, version), lines in frame.groupby(keys)}
