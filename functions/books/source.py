"""Loading of the catalogue: from the list shipped with the code, a file, or an object of a bucket."""

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

MAX_BYTES = 32 * 1024 * 1024
"""Maximum size of a catalogue, in bytes: about 210,000 books, and 385 MB of memory (docs/benchmarks.md)."""

GRACE = 0.5
"""Time added to the timeout of a read, in seconds: DNS ignores timeouts."""

EMBEDDED, FILE, BUCKET = "embedded", "file", "bucket"


class LoadedCatalogue(msgspec.Struct, frozen=True):
    """A catalogue and its source: `embedded`, `file` or `bucket`."""

    catalogue: Catalogue
    source: str

    def readiness(self) -> dict[str, object]:
        """The body of `/health/ready`."""
        catalogue = self.catalogue
        return {
            "status": "ready",
            "source": self.source,
            "version": catalogue.version,
            "books": len(catalogue.books),
            "skipped": catalogue.skipped,
            "mended": catalogue.repaired,
        }


def load(settings: Settings, embedded: Path) -> LoadedCatalogue:
    """Load the catalogue of BOOKS_URI and report on stderr its books and skipped records; by default the embedded one.

    Args:
        settings: BOOKS_URI, MODEL_PULL_SECONDS, and the endpoints of Cloud Storage.
        embedded: the list shipped with the code.

    Raises:
        CatalogueError: it cannot be read in time, is too large, or has no book. There is no fallback.
    """
    uri = settings.books_uri
    try:
        if not uri:
            return LoadedCatalogue(parse(embedded.read_bytes()), EMBEDDED)
        content = _with_timeout(lambda: _read(settings), settings.model_pull_seconds)
        loaded = LoadedCatalogue(parse(content), BUCKET if uri.startswith(SCHEME) else FILE)
    except AugureError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        raise CatalogueError(fill(_REFUSED, uri=uri, why=error.detail, cause=cause)) from None
    _report(uri, loaded.catalogue)
    return loaded


def _read(settings: Settings) -> bytes:
    if not settings.books_uri.startswith(SCHEME):
        return _read_file(Path(settings.books_uri))
    name, path = split_uri(settings.books_uri)
    bucket = open_bucket(name, settings.storage_emulator_host, settings.storage_api_endpoint, os.environ)
    try:
        return bucket.read(path, MAX_BYTES, time.monotonic() + settings.model_pull_seconds, bytes, checksum=True)
    finally:
        bucket.close()


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CatalogueError(fill(_UNREADABLE, why=error.strerror or type(error).__name__)) from None
    if len(content) > MAX_BYTES:
        raise CatalogueError(fill(_TOO_LARGE, limit=MAX_BYTES))
    return content


def _with_timeout(read: Callable[[], bytes], seconds: float) -> bytes:
    """The result of `read`, called in a thread of its own, which is abandoned after the timeout.

    Raises:
        AugureError: the error of `read`, or the timeout.
    """
    outcome: list[bytes | Exception] = [CatalogueError(TIMED_OUT)]

    def run() -> None:
        try:
            outcome[0] = read()
        except Exception as error:  # noqa: BLE001  # raised again by the caller's thread
            outcome[0] = error

    thread = Thread(target=run, name="catalogue", daemon=True)
    thread.start()
    thread.join(seconds + GRACE)
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _report(uri: str, catalogue: Catalogue) -> None:
    report(
        "WARNING" if catalogue.skipped else "INFO",
        f"catalogue from {uri}: {len(catalogue.books)} books; skipped {_counts(catalogue.skipped)}; "
        f"mended {_counts(catalogue.repaired)}",
    )


def _counts(counts: dict[str, int]) -> str:
    """A total and its parts: `3 (no_title 1, duplicate 2)`."""
    parts = ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
    return f"{sum(counts.values())} ({parts})"


_REFUSED: Text = ("BOOKS_URI : {uri} : {why}{cause}", "BOOKS_URI: {uri}: {why}{cause}")
_UNREADABLE: Text = ("illisible : {why}", "cannot be read: {why}")
_TOO_LARGE: Text = ("attendu : {limit} octets au plus, reçu : davantage", "expected: at most {limit} bytes, got: more")
