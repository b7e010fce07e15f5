"""Where the catalogue comes from: the list that comes with the code, a file, or an object of a bucket."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import msgspec

from shared.diagnostics import report
from shared.errors import AugureError, Text
from shared.i18n import fill
from shared.settings import Settings
from shared.storage.bucket import SCHEME, TIMED_OUT, open_bucket, split_uri

from .catalogue import Catalogue, CatalogueError, parse

LARGEST = 32 * 1024 * 1024
"""Bytes of a catalogue: some 210,000 books, for which the process takes 385 MB at most (docs/benchmarks.md)."""

GRACE = 0.5
"""Seconds beyond its deadline that a read is waited for: a name that is looked up keeps to no deadline."""

EMBEDDED, FILE, BUCKET = "embedded", "file", "bucket"


class Shelf(msgspec.Struct, frozen=True):
    """A catalogue and where it comes from: `embedded`, `file` or `bucket`."""

    catalogue: Catalogue
    source: str

    def state(self) -> dict[str, object]:
        """What `/health/ready` says."""
        found = self.catalogue
        return {
            "status": "ready",
            "source": self.source,
            "version": found.version,
            "books": len(found.books),
            "skipped": found.skipped,
            "mended": found.mended,
        }


def load(settings: Settings, own: Path) -> Shelf:
    """Read the catalogue that BOOKS_URI names, else the one of the code, and say on stderr what was found in it.

    Args:
        settings: BOOKS_URI, MODEL_PULL_SECONDS, and how buckets are reached.
        own: the list that comes with the code.

    Raises:
        CatalogueError: it cannot be read in time, is too large, or has no book. Nothing else is served in its place.
    """
    uri = settings.books_uri
    try:
        if not uri:
            return Shelf(parse(own.read_bytes()), EMBEDDED)
        content = _in_time(lambda: _read(settings), settings.model_pull_seconds)
        shelf = Shelf(parse(content), BUCKET if uri.startswith(SCHEME) else FILE)
    except AugureError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        raise CatalogueError(fill(_REFUSED, uri=uri, why=error.detail, cause=cause)) from None
    _tell(uri, shelf.catalogue)
    return shelf


def _read(settings: Settings) -> bytes:
    if not settings.books_uri.startswith(SCHEME):
        return _read_file(Path(settings.books_uri))
    name, path = split_uri(settings.books_uri)
    bucket = open_bucket(name, settings.storage_emulator_host, settings.storage_api_endpoint, os.environ)
    try:
        return bucket.read(path, LARGEST, time.monotonic() + settings.model_pull_seconds, bytes, checksum=True)
    finally:
        bucket.close()


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise CatalogueError(fill(_UNREADABLE, why=error.strerror or type(error).__name__)) from None
    if len(content) > LARGEST:
        raise CatalogueError(fill(_TOO_LARGE, limit=LARGEST))
    return content


def _in_time(read: Callable[[], bytes], seconds: float) -> bytes:
    """What `read` gives, in a thread of its own that is given up when its time is over.

    Raises:
        AugureError: what `read` raised, or that it took too long.
    """
    found: list[bytes | Exception] = [CatalogueError(TIMED_OUT)]

    def run() -> None:
        try:
            found[0] = read()
        except Exception as error:  # noqa: BLE001  # raised where it is waited for
            found[0] = error

    thread = Thread(target=run, name="catalogue", daemon=True)
    thread.start()
    thread.join(seconds + GRACE)
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _tell(uri: str, found: Catalogue) -> None:
    skipped = ", ".join(f"{reason} {count}" for reason, count in found.skipped.items()) or "none"
    mended = ", ".join(f"{field} {count}" for field, count in found.mended.items()) or "none"
    report(
        "WARNING" if found.skipped else "INFO",
        f"catalogue from {uri}: {len(found.books)} books; skipped {sum(found.skipped.values())} ({skipped}); "
        f"mended {sum(found.mended.values())} ({mended})",
    )


_REFUSED: Text = ("BOOKS_URI : {uri} : {why}{cause}", "BOOKS_URI: {uri}: {why}{cause}")
_UNREADABLE: Text = ("illisible : {why}", "cannot be read: {why}")
_TOO_LARGE: Text = ("attendu : {limit} octets au plus, reçu : davantage", "expected: at most {limit} bytes, got: more")
