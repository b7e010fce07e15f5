"""Imports without the parts of libraries that no answer needs. What is left out is told in docs/adr/0013."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


def defer(name: str) -> None:
    """Put a package in its place without running its `__init__`, which runs when somebody asks for what it defines."""
    if name in sys.modules or (spec := importlib.util.find_spec(name)) is None or spec.loader is None:
        return
    module, loader = importlib.util.module_from_spec(spec), spec.loader

    def run(attribute: str) -> object:
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = run
    sys.modules[name] = module


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let these modules be empty while others are imported that would import them."""
    left_out = {name: ModuleType(name) for name in names if name not in sys.modules}
    sys.modules.update(left_out)
    try:
        yield
    finally:
        for name in left_out:
            sys.modules.pop(name)
