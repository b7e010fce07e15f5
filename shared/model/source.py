"""A model in a bucket: its pointer, its versions, and the pull that runs beside the imports of a start.

    gs://BUCKET/MODEL/current.json              which version is served (`Pointer`)
    gs://BUCKET/MODEL/VERSION/manifest.json     and the files that it names, written once

Nothing is believed: the pointer carries the manifest's SHA-256, and the manifest that of every graph.
"""

import contextlib
import functools
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import TypeVar

import msgspec

from shared.diagnostics import report
from shared.errors import AugureError, BucketError, BundleError, SettingsError
from shared.formats import VERSION
from shared.model.bundle import (
    CURRENT,
    MANIFEST,
    Bundle,
    Manifest,
    Pointer,
    Read,
    describe,
    parse_manifest,
    same,
    verified,
)
from shared.settings import Settings, parse
from shared.storage.bucket import SCHEME, SILENT, Bucket, open_bucket, split

T = TypeVar("T")

LARGEST_POINTER = 64 * 1024
LARGEST_MANIFEST = 4 * 1024 * 1024
LARGEST_FILE = 512 * 1024 * 1024
"""Bytes of an object beyond which it is not read, whatever it says of itself."""

ASIDE_SECONDS = 5.0
"""At most, for what serving does without: a request waits for it."""

GRACE = 0.5
"""Seconds beyond its deadline that a pull is waited for: a name that is looked up keeps to no deadline."""


class Pulled(msgspec.Struct, frozen=True):
    """What a bucket had: a verified bundle, and the pointer that led to it (None: the version is pinned)."""

    bundle: Bundle
    pointer: Pointer | None


class Source(msgspec.Struct, frozen=True):
    """Where a model comes from.

    Attributes:
        model: the model's name, and its folder in the bucket.
        version: the version that is pinned; None where the pointer decides.
        open: a new connection to the bucket.
        seconds: how long a pull may take.
        cache: where verified files are kept; None: nowhere.
    """

    uri: str
    model: str
    version: str | None
    open: Callable[[], Bucket]
    seconds: float
    cache: Path | None

    def pull(self, name: str, known: Pointer | None = None) -> Pulled | None:
        """What the bucket has now.

        Args:
            name: the model that is wanted.
            known: the pointer of what is served already.

        Returns:
            None where the pointer says the version and the manifest that are known.

        Raises:
            BundleError: something is missing, altered, or not to be had in time.
        """
        bucket, deadline = self.open(), time.monotonic() + self.seconds
        try:
            return self._pull(_Reader(bucket, deadline, self.cache, self.model), name, known)
        finally:
            bucket.close()

    @contextlib.contextmanager
    def opened(self, manifest: Manifest) -> Iterator[Read]:
        """Reads of a version what serving does without, over one connection, in ASIDE_SECONDS altogether."""
        bucket, deadline = self.open(), time.monotonic() + min(self.seconds, ASIDE_SECONDS)
        reader = _Reader(bucket, deadline, self.cache, self.model)
        try:
            yield functools.partial(reader.file, manifest)
        finally:
            bucket.close()

    def _pull(self, reader: "_Reader", name: str, known: Pointer | None) -> Pulled | None:
        pointer = None if self.version else reader.read(CURRENT, LARGEST_POINTER, _pointer)
        if pointer and known and (pointer.version, pointer.manifest_sha256) == (known.version, known.manifest_sha256):
            return None
        version = self.version or pointer.version  # type: ignore[union-attr]  # there is one of the two

        def manifest(content: bytes) -> Manifest:
            if pointer is not None:
                same(f"sha256 {MANIFEST}", pointer.manifest_sha256, describe(content).sha256)
            found = parse_manifest(content, name)
            same("version", version, found.version)
            return found

        found = reader.keep(f"{version}/{MANIFEST}", LARGEST_MANIFEST, manifest)
        graphs = sorted({graph.file for graph in found.graphs.values()})
        return Pulled(Bundle(found, {file: reader.file(found, file) for file in graphs}), pointer)


class _Reader:
    """Objects below the model's folder, from the cache where it has them."""

    def __init__(self, bucket: Bucket, deadline: float, cache: Path | None, model: str) -> None:
        self._bucket, self._deadline, self._model = bucket, deadline, model
        self._cache = cache and cache / bucket.name / model

    def read(self, name: str, limit: int, check: Callable[[bytes], T]) -> T:
        return self._bucket.read(f"{self._model}/{name}", limit, self._deadline, check)

    def file(self, manifest: Manifest, file: str) -> bytes:
        """A file of a version. Raises BundleError: it is not what the manifest says of it."""
        facts = manifest.files[file]
        check = functools.partial(verified, file, facts)
        return self.keep(f"{manifest.version}/{file}", min(facts.bytes, LARGEST_FILE), check)

    def keep(self, name: str, limit: int, check: Callable[[bytes], T]) -> T:
        """Read an object that never changes: from the cache what passes the check, else from the bucket."""
        if self._cache is None:
            return self.read(name, limit, check)
        file = self._cache / name
        with contextlib.suppress(OSError, BundleError):
            return check(file.read_bytes())

        def both(content: bytes) -> tuple[bytes, T]:
            return content, check(content)

        content, checked = self.read(name, limit, both)
        try:
            _write(file, content)
        except OSError as error:
            report("WARNING", f"model cache {file}: {error.strerror}")
        return checked


class Pull:
    """A pull that has begun, in a thread of its own."""

    def __init__(self, source: Source, name: str) -> None:
        """Begin."""
        self.source = source
        self._found: Pulled | None = None
        self._error: Exception | None = None
        self._limit = time.monotonic() + source.seconds + GRACE
        self._given_up = False
        self._thread = Thread(target=self._run, args=(name,), name=f"model {name}", daemon=True)
        self._thread.start()

    def result(self) -> Pulled:
        """What the bucket had; waits for it. Once: the bundle's bytes are nobody's after that.

        Raises:
            BundleError: nothing that can be served.
        """
        self._thread.join(max(0.0, self._limit - time.monotonic()))
        self._given_up = True
        error, self._error = self._error, None  # its frames hold what was read
        if isinstance(error, AugureError):
            raise error
        if error is not None:
            raise BundleError(("erreur interne", "internal error")) from error
        if self._found is None:
            raise BucketError(SILENT)
        found, self._found = self._found, None
        return found

    def _run(self, name: str) -> None:
        try:
            found = self.source.pull(name)
            self._found = None if self._given_up else found
        except Exception as error:  # noqa: BLE001  # `result` raises it where it is waited for
            self._error = None if self._given_up else error


def start_pull(name: str, environ: Mapping[str, str] = os.environ) -> Pull | None:
    """Begin to pull the model that MODEL_URI asks for, if that is a bucket's: as early as possible.

    What is wrong with the settings is left for the function to say.
    """
    if not environ.get("MODEL_URI", "").startswith(SCHEME):
        return None
    try:
        source = source_of(parse(environ), environ)
    except SettingsError:
        return None
    return Pull(source, name) if source else None


def source_of(settings: Settings, environ: Mapping[str, str]) -> Source | None:
    """Where the model comes from; None where MODEL_URI is not a bucket's address."""
    if not settings.model_uri.startswith(SCHEME):
        return None
    bucket, path = split(settings.model_uri)
    model, _, version = path.partition("/")

    def connect() -> Bucket:
        return open_bucket(bucket, settings.storage_emulator_host, settings.storage_api_endpoint, environ)

    cache = Path(settings.model_cache) if settings.model_cache else None
    return Source(settings.model_uri, model, version or None, connect, settings.model_pull_seconds, cache)


def _pointer(content: bytes) -> Pointer:
    try:
        pointer = msgspec.json.decode(content, type=Pointer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError((f"{CURRENT} illisible : {error}", f"{CURRENT} cannot be read: {error}")) from error
    if not re.fullmatch(VERSION, pointer.version):
        raise BundleError((f"{CURRENT} : version refusée", f"{CURRENT}: version refused"))
    return pointer


def _write(file: Path, content: bytes) -> None:
    """Write a file that others read meanwhile: it appears whole, or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
