"""Starts a function fast: the model downloads while imports load, without the parts of libraries that no request needs.

Imports nothing heavy itself. What is left out, and what it would cost: docs/adr/0012.
"""

import gc
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.model.source import Pull


def start_pull(name: str) -> "Pull | None":
    """Begin to start the function `name`: as early as possible, before the slow imports.

    Until `end`, no garbage is looked for: next to nothing of what imports make is any.

    Returns:
        The model that MODEL_URI asks for, on its way, if that is a bucket's.
    """
    gc.disable()
    with standing_in({"typing_extensions": None}):  # for types of other libraries, which msgspec would know
        import msgspec  # noqa: F401, PLC0415
    from shared.model import source  # noqa: PLC0415

    pull = source.start_pull(name)
    with standing_in(dict.fromkeys(("multipart", "python_multipart"))):  # Starlette's reader of forms
        import functions_framework.aio  # noqa: F401, PLC0415
    docs = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")  # what `help` says of numpy
    with standing_in({module: ModuleType(module) for module in docs}):
        import numpy as np  # noqa: F401, PLC0415
    defer("uvicorn", {"Config": "uvicorn.config"})  # its command line
    return pull


def finish() -> None:
    """All is imported. What is here stays: it is not looked at again, nor, for that, copied after the fork."""
    gc.freeze()
    gc.enable()


@contextmanager
def standing_in(others: dict[str, ModuleType | None]) -> Iterator[None]:
    """Let these be in the place of modules while others are imported; None: there is no such module."""
    own = {name: module for name, module in others.items() if name not in sys.modules}
    sys.modules.update(own)  # type: ignore[arg-type]  # None is what Python itself takes for it
    try:
        yield
    finally:
        for name in own:
            del sys.modules[name]


def defer(package: str, elsewhere: dict[str, str]) -> None:
    """Put a package in its place without running its `__init__`, which runs when somebody asks for what it defines.

    Args:
        package: its name.
        elsewhere: what may be asked for without that, by name, with the module that it comes from.
    """
    if package in sys.modules or (spec := importlib.util.find_spec(package)) is None or spec.loader is None:
        return
    module, loader = importlib.util.module_from_spec(spec), spec.loader

    def run(attribute: str) -> object:
        if attribute in elsewhere:
            return getattr(importlib.import_module(elsewhere[attribute]), attribute)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = run
    sys.modules[package] = module
