"""A thread pool for blocking calls and long computations, which would stall the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
"""Size of the pool: as many as requests on an instance (`concurrency` in functions/predict_digit/function.yaml)."""

_POOL = ThreadPoolExecutor(THREADS, "request")
"""Starts its threads on demand, so that none exists when gunicorn forks."""


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a thread of the pool and return its result.

    Args:
        work: the function.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))
