"""Starts a function fast: the model downloads while imports load; parts of libraries that no request needs are skipped.

docs/adr/0012 lists the skipped parts and their cost.
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
    """Start the download of the model, then import the slow libraries. Called before any of them is imported.

    Garbage collection is off until `finish`: imports leave hardly any garbage.

    Returns:
        The download of MODEL_URI's bundle; None if MODEL_URI is no address of a bucket.
    """
    gc.disable()
    with replaced_modules({"typing_extensions": None}):  # msgspec supports its types
        import msgspec  # noqa: F401, PLC0415
    from shared.model import source  # noqa: PLC0415

    pull = source.start_pull(name)
    with replaced_modules(dict.fromkeys(("multipart", "python_multipart"))):  # for Starlette's forms
        import functions_framework.aio  # noqa: F401, PLC0415
    docs = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")  # numpy's docstrings
    with replaced_modules({module: ModuleType(module) for module in docs}):
        import numpy as np  # noqa: F401, PLC0415
    load_lazily("uvicorn", {"Config": "uvicorn.config"})  # without its command line
    return pull


def finish() -> None:
    """Turn garbage collection on again, except for what the imports made: after a fork that memory stays shared."""
    gc.freeze()
    gc.enable()


@contextmanager
def replaced_modules(replacements: dict[str, ModuleType | None]) -> Iterator[None]:
    """Replace modules that are not loaded yet, by name, for the imports in this context. None: ImportError."""
    added = {name: module for name, module in replacements.items() if name not in sys.modules}
    sys.modules.update(added)  # type: ignore[arg-type]  # None makes Python raise ImportError
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def load_lazily(package: str, attributes: dict[str, str]) -> None:
    """Import a package without running its `__init__`, which runs when one of its attributes is first read.

    Args:
        package: name of the package.
        attributes: attributes that are read from a submodule instead, with the name of that submodule.
    """
    if package in sys.modules or (spec := importlib.util.find_spec(package)) is None or spec.loader is None:
        return
    module, loader = importlib.util.module_from_spec(spec), spec.loader

    def run(attribute: str) -> object:
        if attribute in attributes:
            return getattr(importlib.import_module(attributes[attribute]), attribute)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = run
    sys.modules[package] = module
