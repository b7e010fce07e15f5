"""The figures of one start of a server."""

import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.client import fetch, latencies, measure_load
from benchmarks.figures import percentile
from benchmarks.server import Running, Target, proportional_memory, started
from benchmarks.slow import latency_beside_slow_clients
from shared.terminal import say

BULK_CLIENTS = 4
"""Connections that send large bodies: enough that the server always has a next one."""


def measure(target: Target, requests: int, parts: Collection[str]) -> dict[str, float]:
    """Start a server on the first processor and measure from the last one.

    Args:
        target: what to start.
        requests: for each figure under load; twice as many with several clients, a tenth with large bodies.
        parts: some of `PARTS`. `start` is always measured.

    Returns:
        The figures by key; `nan` for those of a part that failed. Its error goes to stderr.
    """
    cores = sorted(os.sched_getaffinity(0))
    methods: dict[str, Callable[[Running, Target], dict[str, float]]] = {
        "load": partial(_load, requests=requests),
        "bulk": partial(_bulk, requests=max(requests // 10, 2)),
        "slow": _slow,
    }
    with _pinned(cores), tempfile.TemporaryDirectory() as folder, started(target, cores[0], Path(folder)) as server:
        figures = {"first": server.first_answer, "cpu": server.cpu}
        for part, method in methods.items():
            if part in parts and part in target.parts:
                figures |= _figures(method, server, target, part)
    return figures


@contextmanager
def _pinned(cores: list[int]) -> Iterator[None]:
    os.sched_setaffinity(0, {cores[-1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _figures(
    method: Callable[[Running, Target], dict[str, float]], server: Running, target: Target, part: str
) -> dict[str, float]:
    try:
        return method(server, target)
    except OSError as error:
        text = ("{target} : {part} : {error}", "{target}: {part}: {error}")
        print(say(text, target=target, part=part, error=error), file=sys.stderr)
        return dict.fromkeys(_KEYS[part], math.nan)


_KEYS = {"load": ("p50", "pss", "rate16", "p99", "rate80"), "bulk": ("rows",), "slow": ("slow",)}


def _load(server: Running, target: Target, requests: int) -> dict[str, float]:
    median = statistics.median(latencies(server.port, target.request, requests))
    memory = proportional_memory(server.pid)
    few = measure_load(server.port, target.request, 16, 2 * requests)
    many = measure_load(server.port, target.request, 80, 2 * requests)
    return {
        "p50": median,
        "pss": memory,
        "rate16": few.rate,
        "p99": percentile(few.latencies, 0.99),
        "rate80": many.rate,
    }


def _bulk(server: Running, target: Target, requests: int) -> dict[str, float]:
    figures = {}
    for key, body in target.bulk.items():
        fetch(server.port, body.request)
        figures[key] = body.rows * measure_load(server.port, body.request, BULK_CLIENTS, requests).rate
    return figures


def _slow(server: Running, target: Target) -> dict[str, float]:
    return {"slow": latency_beside_slow_clients(server.port, target.request)}
