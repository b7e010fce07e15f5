"""A cache between the processes of a test run: the first caller computes a value, the others wait for it."""

import fcntl
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def session_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of one run share."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


def once(file: Path, make: Callable[[], T]) -> T:
    """The value of `make`, called once per run and cached in `file` by pickle."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(pickle.dumps(make()))
        value: T = pickle.loads(file.read_bytes())  # noqa: S301  # written above, by this run
        return value
