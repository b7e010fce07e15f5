"""One server started once: its figures."""

import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.client import ask, latencies, loaded
from benchmarks.figures import percentile
from benchmarks.server import Running, Target, proportional_memory, started
from benchmarks.slow import beside

BULK_CLIENTS = 4
"""Connections that send large bodies, so that the server has the next one when it has answered one."""


def measure(target: Target, requests: int, parts: Collection[str]) -> dict[str, float]:
    """Start a server on the first processor and measure from the last one.

    Args:
        target: what to start.
        requests: for each figure under load, twice as many with several clients, a tenth with large bodies.
        parts: some of `PARTS`. `start` is what every start tells.

    Returns:
        The figures by their keys; `nan` for those of a part that failed, which is said on the error output.
    """
    cores = sorted(os.sched_getaffinity(0))
    wanted: dict[str, Callable[[Running, Target], dict[str, float]]] = {
        "load": partial(_load, requests=requests),
        "bulk": partial(_bulk, requests=max(requests // 10, 2)),
        "slow": _slow,
    }
    with _pinned(cores), tempfile.TemporaryDirectory() as folder, started(target, cores[0], Path(folder)) as server:
        figures = {"first": server.first_answer, "cpu": server.cpu}
        for part, method in wanted.items():
            if part in parts and part in target.parts:
                figures |= _tried(method, server, target, part)
    return figures


@contextmanager
def _pinned(cores: list[int]) -> Iterator[None]:
    os.sched_setaffinity(0, {cores[-1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _tried(
    method: Callable[[Running, Target], dict[str, float]], server: Running, target: Target, part: str
) -> dict[str, float]:
    try:
        return method(server, target)
    except OSError as error:
        print(f"{target}: {part}: {error}", file=sys.stderr)
        return dict.fromkeys(_KEYS[part], math.nan)


_KEYS = {"load": ("p50", "pss", "rate16", "p99", "rate80"), "bulk": ("rows",), "slow": ("slow",)}


def _load(server: Running, target: Target, requests: int) -> dict[str, float]:
    median = statistics.median(latencies(server.port, target.request, requests))
    memory = proportional_memory(server.pid)
    few = loaded(server.port, target.request, 16, 2 * requests)
    many = loaded(server.port, target.request, 80, 2 * requests)
    return {
        "p50": median,
        "pss": memory,
        "rate16": few.rate,
        "p99": percentile(few.taken, 0.99),
        "rate80": many.rate,
    }


def _bulk(server: Running, target: Target, requests: int) -> dict[str, float]:
    figures = {}
    for key, body in target.bulk.items():
        ask(server.port, body.request)
        figures[key] = body.rows * loaded(server.port, body.request, BULK_CLIENTS, requests).rate
    return figures


def _slow(server: Running, target: Target) -> dict[str, float]:
    return {"slow": beside(server.port, target.request)}
