"""Reads the bytes of an estimator's file through the allow-list, and says in one word why it cannot.

It runs twice: first in a process with limits (`estimator_child`), then, on the same bytes, in this one.
"""

import io
import re
import warnings
import zipfile
import zlib
from typing import Any

import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from training.new.guarded_pickle import OtherVersion, decompressed, read_pickle
from training.new.trusted_classes import Untrusted, find_trusted

SKOPS = b"PK\x03\x04"
"""First bytes of a file of skops, which is a ZIP archive."""

_ENDED = re.compile("truncated|ended before")
_VERSION = re.compile(rb"_sklearn_version.{1,12}?(\d+\.\d+[\w.]*)", re.DOTALL)
_SKOPS_VERSION = re.compile(r'"_sklearn_version": \{[^{}]*?"content": "\\"(\d+\.\d+[\w.]*)')


class Unreadable(Exception):
    """A file that cannot be read.

    Attributes:
        reason: `untrusted`, `version`, `missing_library`, `truncated`, `not_estimator`, `memory`, `other`.
        values: by name, for the sentence.
    """

    def __init__(self, reason: str, **values: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


def load(data: bytes) -> Any:
    """The object in a file of joblib, pickle or skops.

    Raises:
        Unreadable: nothing of the file was run.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", InconsistentVersionWarning)
            return _read_skops(data) if data.startswith(SKOPS) else read_pickle(data, sklearn.__version__)
    except Exception as error:
        raise _verdict(data, error) from error


def _read_skops(data: bytes) -> Any:
    from skops.io import get_untrusted_types, loads  # type: ignore[import-untyped]  # noqa: PLC0415

    names = get_untrusted_types(data=data)
    for name in names:
        module, _, last = name.rpartition(".")
        find_trusted(module, last)
    return loads(data, trusted=names)


def _verdict(data: bytes, error: Exception) -> Unreadable:
    """Why a file cannot be read."""
    if isinstance(error, Untrusted):
        return Unreadable("untrusted", module=error.module, name=error.name)
    version = _version_in(data, error)
    if version and version != sklearn.__version__:
        return Unreadable("version", version=version)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Unreadable("missing_library", name=error.name.partition(".")[0])
    if isinstance(error, MemoryError):
        return Unreadable("memory")
    if isinstance(error, EOFError | zlib.error | zipfile.BadZipFile) or _ENDED.search(str(error)):
        return Unreadable("truncated")
    return Unreadable("other", error=f"{type(error).__name__}: {error}"[:300])


def _version_in(data: bytes, error: Exception) -> str | None:
    """The version of scikit-learn that wrote a file, if it says so."""
    if isinstance(error, OtherVersion):
        return error.version
    if isinstance(error, InconsistentVersionWarning):
        return str(error.original_sklearn_version)
    try:
        if data.startswith(SKOPS):
            schema = zipfile.ZipFile(io.BytesIO(data)).read("schema.json").decode()
            found = _SKOPS_VERSION.search(schema)
            return found[1] if found else None
        written = _VERSION.search(decompressed(data))
        return written[1].decode() if written else None
    except Exception:  # noqa: BLE001 - the file is damaged, which is said otherwise
        return None
