"""Figures of the request log: how many requests, how fast, how often wrong."""

from datetime import timedelta

import msgspec
import numpy as np
import pandas as pd

PERCENTILES = (50, 95, 99)
STEPS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400)
)
MOST_BINS = 60
"""Bars that a picture can show."""


class Summary(msgspec.Struct, frozen=True):
    """Figures of some lines: shares are of all requests, latencies in milliseconds, NaN where there is none."""

    requests: int
    refused: float
    failed: float
    latency: dict[int, float]


def summary(frame: pd.DataFrame) -> Summary:
    """The figures of these lines."""
    latencies = frame["latency"].dropna()
    found = {at: float(np.percentile(latencies, at)) if len(latencies) else float("nan") for at in PERCENTILES}
    return Summary(
        requests=len(frame),
        refused=_share(frame["status"].between(400, 499)),
        failed=_share(frame["status"] >= 500),
        latency=found,
    )


def _share(flags: "pd.Series[bool]") -> float:
    return float(flags.mean()) if len(flags) else 0.0


def step_of(times: "pd.Series[pd.Timestamp]") -> timedelta:
    """The width of a bin of time: the narrowest of the usual ones that makes few enough bins."""
    span = times.max() - times.min() if len(times) else timedelta()
    return next((step for step in STEPS if span / step < MOST_BINS), STEPS[-1])


def volume(frame: pd.DataFrame) -> pd.DataFrame:
    """Requests a bin of time: `time` (its beginning), `kind` (`ok`, `refused`, `failed`), `count`; empty bins are 0."""
    kinds = pd.cut(frame["status"], [0, 399, 499, np.inf], labels=["ok", "refused", "failed"])
    step = step_of(frame["time"])
    counts = (
        frame.assign(kind=kinds, time=frame["time"].dt.floor(step)).groupby(["time", "kind"], observed=False).size()
    )
    wide = counts.unstack(fill_value=0)
    whole = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq=step), fill_value=0)
    return whole.rename_axis("time").reset_index().melt("time", var_name="kind", value_name="count")


def latencies(frame: pd.DataFrame) -> pd.DataFrame:
    """Percentiles of latency a bin of time: `time`, `percentile`, `latency` in milliseconds."""
    given = frame.dropna(subset=["latency"])
    binned = given.groupby(given["time"].dt.floor(step_of(frame["time"])))["latency"]
    rows = [(time, f"p{at}", float(np.percentile(values, at))) for time, values in binned for at in PERCENTILES]
    return pd.DataFrame(rows, columns=["time", "percentile", "latency"])


def by_function(frame: pd.DataFrame) -> dict[tuple[str, str], Summary]:
    """The figures of each function and version of its model (`` where a line names none)."""
    keys = [frame["function"], frame["version"].fillna("")]
    return {(str(function), str(version)): summary(part) for (function, version), part in frame.groupby(keys)}
