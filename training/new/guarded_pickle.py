"""Reads a pickle or a joblib file through the allow-list of `trusted_classes`.

The interpreter of pickles in Python, not the compiled one: each of its instructions that calls something is here.
"""

import bz2
import functools
import gzip
import io
import lzma
import pickle
import zlib
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from training.new.trusted_classes import Unread, Untrusted, find_trusted, may_call, may_hold

_COMPRESSIONS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x78": zlib.decompress,
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
    b"\x5d\x00": lzma.decompress,
}
"""How joblib compresses, by the first bytes."""

_FIRST_OF_PYTHON_3 = 3
"""Protocol; earlier ones name modules as Python 2 did."""

LZ4 = b"\x04\x22\x4d\x18"
"""First bytes of a file that joblib compressed with LZ4."""


class OtherVersion(Exception):
    """The estimator was fitted with another version of scikit-learn.

    Attributes:
        version: the one in the file.
    """

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


class _StoredArray:
    """An array in a joblib file: what is said of it; its values follow in the file."""

    dtype: "np.dtype[Any]"
    shape: tuple[int, ...]
    order: str
    numpy_array_alignment_bytes: int | None = None


_PythonUnpickler: Any = pickle._Unpickler  # noqa: SLF001 - the compiled one has no instructions to override


class GuardedUnpickler(_PythonUnpickler):  # type: ignore[misc]
    """An unpickler that names only what is trusted, and calls only what makes plain data again."""

    dispatch: ClassVar[dict[int, Any]] = dict(_PythonUnpickler.dispatch)

    def __init__(self, file: io.BytesIO, version: str) -> None:
        """Start at the file's place.

        Args:
            file: the bytes, decompressed.
            version: the version of scikit-learn that estimators must have.
        """
        super().__init__(file)
        self._file = file
        self._version = version

    def find_class(self, module: str, name: str) -> Any:
        """The class or the function. Raises `Untrusted`."""
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return _StoredArray
        if getattr(self, "proto", 0) < _FIRST_OF_PYTHON_3:
            module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        return find_trusted(module, name)

    def load_reduce(self) -> None:
        """Call a function, if a file may call it."""
        function, args = self.stack[-2], self.stack[-1]
        _check_call(function, args)
        super().load_reduce()

    def load_instance(self) -> None:
        """Refuse the instructions of protocol 0 that call a class: no estimator needs them."""
        raise Untrusted("pickle", "INST")

    def load_object(self) -> None:
        """Refuse the instruction of protocol 1 that calls a class: no estimator needs it."""
        raise Untrusted("pickle", "OBJ")

    def load_build(self) -> None:
        """Give an object its state; an array of joblib becomes the array."""
        target, state = self.stack[-2], self.stack[-1]
        self._check_state(target, state)
        super().load_build()
        if isinstance(target, _StoredArray):
            self.stack[-1] = self._read_array(target)

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.INST[0]] = load_instance
    dispatch[pickle.OBJ[0]] = load_object

    def _check_state(self, target: Any, state: Any) -> None:
        if isinstance(target, Unread):
            return
        if not may_hold(target):
            raise Untrusted(str(getattr(target, "__module__", "")), str(getattr(target, "__name__", "")))
        parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
        for part in parts:
            if not isinstance(part, dict):
                continue
            for key in part:
                if isinstance(key, str) and key.startswith("__") and key.endswith("__"):
                    raise Untrusted(type(target).__module__, f"{type(target).__name__}.{key}")
        version = state.get("_sklearn_version") if isinstance(state, dict) else None
        if version is not None and version != self._version and type(target).__module__.startswith("sklearn."):
            raise OtherVersion(str(version))

    def _read_array(self, stored: _StoredArray) -> Any:
        """The array whose values come next."""
        if stored.dtype.hasobject:
            array = GuardedUnpickler(self._file, self._version).load()
        else:
            if stored.numpy_array_alignment_bytes is not None:
                self._file.read(self._file.read(1)[0])
            size = int(np.prod(stored.shape, dtype=object)) * stored.dtype.itemsize
            data = self._file.read(size)
            if len(data) < size:
                raise EOFError("array")
            array = np.frombuffer(bytearray(data), dtype=stored.dtype)
        array = array.reshape(stored.shape, order="F" if stored.order == "F" else "C")
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def read_pickle(data: bytes, version: str) -> Any:
    """The object in a pickle or a joblib file, compressed or not.

    Args:
        data: the file.
        version: the version of scikit-learn that estimators must have.

    Raises:
        Untrusted: it names or calls what it may not.
        OtherVersion: its estimator is of another version.
        Exception: whatever a damaged file makes of it.
    """
    return GuardedUnpickler(io.BytesIO(decompressed(data)), version).load()


def decompressed(data: bytes) -> bytes:
    """The pickle in a file that joblib may have compressed."""
    if data.startswith(LZ4):
        return bytes(import_module("lz4.frame").decompress(data))
    for start, decompress in _COMPRESSIONS.items():
        if data.startswith(start):
            return decompress(data)
    return data


def _check_call(function: Any, args: Any) -> None:
    """Raise `Untrusted` if a file may not call a function with these arguments."""
    module, name = str(getattr(function, "__module__", "")), str(getattr(function, "__name__", type(function).__name__))
    if not may_call(function):
        raise Untrusted(module, name)
    if function is functools.partial and not (args and callable(args[0])):
        raise Untrusted(module, name)
    if module == "_codecs" and args[1:] != ("latin1",):
        raise Untrusted(module, name)
