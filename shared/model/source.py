"""A model in a bucket: its pointer, its versions, and the download that runs while imports load.

    gs://BUCKET/MODEL/current.json              the promoted version (`Pointer`)
    gs://BUCKET/MODEL/VERSION/manifest.json     and the files that it names, written once

Everything is verified: the pointer has the SHA-256 of the manifest, the manifest that of every file.
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
    ReadFile,
    check_equal,
    describe,
    parse_manifest,
    serving_files,
    verify_file,
)
from shared.settings import Settings, parse
from shared.storage.bucket import SCHEME, TIMED_OUT, Bucket, open_bucket, split_uri

T = TypeVar("T")

MAX_POINTER_BYTES = 64 * 1024
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_FILE_BYTES = 512 * 1024 * 1024
"""Largest objects that are read, in bytes."""

CARD_SECONDS = 5.0
"""Timeout of reading a model card, in seconds: a request waits for it."""

JOIN_GRACE_SECONDS = 0.5
"""Time that a download may exceed its timeout, in seconds: DNS ignores timeouts."""


class Pulled(msgspec.Struct, frozen=True):
    """A verified bundle from a bucket, and the pointer to it. The pointer is None for a pinned version."""

    bundle: Bundle
    pointer: Pointer | None


class Source(msgspec.Struct, frozen=True):
    """A model in a bucket.

    Attributes:
        uri: MODEL_URI.
        model: name of the model, and its folder in the bucket.
        version: the pinned version; None follows the pointer.
        connect: opens a new connection to the bucket.
        timeout: timeout of a download, in seconds.
        cache: folder of cached files; None: no cache.
    """

    uri: str
    model: str
    version: str | None
    connect: Callable[[], Bucket]
    timeout: float
    cache: Path | None

    def pull(self, name: str, known: Pointer | None = None) -> Pulled | None:
        """Download the pinned or promoted version.

        Args:
            name: name of the model.
            known: the pointer of the version that is already served.

        Returns:
            None if the pointer still names the known version and manifest.

        Raises:
            BundleError: a file is missing or altered, or did not arrive before the timeout.
        """
        bucket, deadline = self.connect(), time.monotonic() + self.timeout
        try:
            return self._pull(_ObjectReader(bucket, deadline, self.cache, self.model), name, known)
        finally:
            bucket.close()

    @contextlib.contextmanager
    def open_version(self, manifest: Manifest) -> Iterator[ReadFile]:
        """A function that reads files of a version over one connection. CARD_SECONDS is the timeout of all reads."""
        bucket, deadline = self.connect(), time.monotonic() + min(self.timeout, CARD_SECONDS)
        reader = _ObjectReader(bucket, deadline, self.cache, self.model)
        try:
            yield functools.partial(reader.file, manifest)
        finally:
            bucket.close()

    def _pull(self, reader: "_ObjectReader", name: str, known: Pointer | None) -> Pulled | None:
        pointer = None if self.version else reader.read(CURRENT, MAX_POINTER_BYTES, _parse_pointer)
        if pointer and known and (pointer.version, pointer.manifest_sha256) == (known.version, known.manifest_sha256):
            return None
        version = self.version or pointer.version  # type: ignore[union-attr]  # one of the two is set

        def parse_version(content: bytes) -> Manifest:
            if pointer is not None:
                check_equal(f"sha256 {MANIFEST}", pointer.manifest_sha256, describe(content).sha256)
            parsed = parse_manifest(content, name)
            check_equal("version", version, parsed.version)
            return parsed

        manifest = reader.read_cached(f"{version}/{MANIFEST}", MAX_MANIFEST_BYTES, parse_version)
        files = {file: reader.file(manifest, file) for file in serving_files(manifest)}
        return Pulled(Bundle(manifest, files), pointer)


class _ObjectReader:
    """Reads objects in the folder of a model, and caches those that never change."""

    def __init__(self, bucket: Bucket, deadline: float, cache: Path | None, model: str) -> None:
        self._bucket, self._deadline, self._model = bucket, deadline, model
        self._cache = cache and cache / bucket.name / model

    def read(self, name: str, limit: int, check: Callable[[bytes], T]) -> T:
        return self._bucket.read(f"{self._model}/{name}", limit, self._deadline, check)

    def file(self, manifest: Manifest, file: str) -> bytes:
        """Read and verify a file of a version. Raises BundleError: it differs from the manifest."""
        facts = manifest.files[file]
        check = functools.partial(verify_file, file, facts)
        return self.read_cached(f"{manifest.version}/{file}", min(facts.bytes, MAX_FILE_BYTES), check)

    def read_cached(self, name: str, limit: int, check: Callable[[bytes], T]) -> T:
        """Read an object that never changes, from the cache if the cached file passes the check."""
        if self._cache is None:
            return self.read(name, limit, check)
        file = self._cache / name
        with contextlib.suppress(OSError, BundleError):
            return check(file.read_bytes())

        def check_and_keep(content: bytes) -> tuple[bytes, T]:
            return content, check(content)

        content, checked = self.read(name, limit, check_and_keep)
        try:
            _write_atomically(file, content)
        except OSError as error:
            report("WARNING", f"model cache {file}: {error.strerror}")
        return checked


class Pull:
    """A download in a background thread."""

    def __init__(self, source: Source, name: str) -> None:
        """Start the download of the model `name`."""
        self.source = source
        self._pulled: Pulled | None = None
        self._error: Exception | None = None
        self._limit = time.monotonic() + source.timeout + JOIN_GRACE_SECONDS
        self._abandoned = False
        self._thread = Thread(target=self._run, args=(name,), name=f"model {name}", daemon=True)
        self._thread.start()

    def result(self) -> Pulled:
        """Wait for the bundle. May be called once; releases the bundle.

        Raises:
            BundleError: the download failed or timed out, or the bundle is invalid.
        """
        self._thread.join(max(0.0, self._limit - time.monotonic()))
        self._abandoned = True
        error, self._error = self._error, None  # its frames reference the downloaded bytes
        if isinstance(error, AugureError):
            raise error
        if error is not None:
            raise BundleError(("erreur interne", "internal error")) from error
        if self._pulled is None:
            raise BucketError(TIMED_OUT)
        pulled, self._pulled = self._pulled, None
        return pulled

    def _run(self, name: str) -> None:
        try:
            pulled = self.source.pull(name)
            self._pulled = None if self._abandoned else pulled
        except Exception as error:  # noqa: BLE001  # `result` raises it in the thread that waits
            self._error = None if self._abandoned else error


def start_pull(name: str, environ: Mapping[str, str] = os.environ) -> Pull | None:
    """Start the download of MODEL_URI's bundle; None if MODEL_URI is no address of a bucket.

    Also None if a setting is invalid: the function reports it later.
    """
    if not environ.get("MODEL_URI", "").startswith(SCHEME):
        return None
    try:
        source = bucket_source(parse(environ), environ)
    except SettingsError:
        return None
    return Pull(source, name) if source else None


def bucket_source(settings: Settings, environ: Mapping[str, str]) -> Source | None:
    """The source that MODEL_URI names; None if it is no address of a bucket."""
    if not settings.model_uri.startswith(SCHEME):
        return None
    bucket, path = split_uri(settings.model_uri)
    model, _, version = path.partition("/")

    def connect() -> Bucket:
        return open_bucket(bucket, settings.storage_emulator_host, settings.storage_api_endpoint, environ)

    cache = Path(settings.model_cache) if settings.model_cache else None
    return Source(settings.model_uri, model, version or None, connect, settings.model_pull_seconds, cache)


def _parse_pointer(content: bytes) -> Pointer:
    try:
        pointer = msgspec.json.decode(content, type=Pointer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError((f"{CURRENT} illisible : {error}", f"{CURRENT} cannot be read: {error}")) from error
    if not re.fullmatch(VERSION, pointer.version):
        raise BundleError((f"{CURRENT} : version refusée", f"{CURRENT}: version refused"))
    return pointer


def _write_atomically(file: Path, content: bytes) -> None:
    """Write a file that other processes may be reading."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
