"""Threads for what blocks or computes for long, beside the event loop that answers everybody else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
"""As many as there may be pictures in work on an instance (functions/predict_digit/function.yaml: concurrency)."""

_POOL = ThreadPoolExecutor(THREADS, "request")
"""Starts a thread when it needs one: none of them is there when gunicorn forks."""


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, which a thread does. At most `THREADS` are at work; the others wait their turn."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))
