"""The registry's bucket on Cloud Storage: read, list, and write with a generation precondition.

Credentials are Application Default Credentials; an emulator (STORAGE_EMULATOR_HOST) needs none.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from mimetypes import guess_type
from typing import Any

from google.api_core.exceptions import Forbidden, GoogleAPIError, NotFound, PreconditionFailed, RetryError, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Client
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from shared.errors import Text
from shared.i18n import fill
from training.errors import CommandError

TIMEOUT_SECONDS = 30
"""Timeout of one request, in seconds."""

DEADLINE_SECONDS = 60
"""Deadline of a request and its retries, in seconds."""

NO_BUCKET = ("{uri} n'existe pas.", "{uri} does not exist.")
FORBIDDEN = (
    "{uri} : accès refusé à ces identifiants : {reason}",
    "{uri}: access denied to these credentials: {reason}",
)
NO_CREDENTIALS = (
    "{uri} : identifiants Google absents ou refusés : {reason} Pour en donner : gcloud auth application-default login.",
    "{uri}: Google credentials missing or refused: {reason} To give some: gcloud auth application-default login.",
)
FAILING = (
    "{uri} ne répond pas comme il faut, même après {seconds} s d'essais au plus : {reason}",
    "{uri} does not answer properly, even after at most {seconds} s of retries: {reason}",
)
FAILED = ("{uri} : {reason}", "{uri}: {reason}")

_MESSAGE = re.compile(r"""\{ ?"error": ?\{.*?"message": ?"((?:[^"\\]|\\.)*)".*\}""")
_TUPLE = re.compile(
    r"^\('Request failed with status code', ([0-9]+), .*\)$|: \('Request failed with status code', .*\)$"
)


class StorageError(CommandError):
    """The bucket cannot be reached, read or written."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The content of an object, and its generation."""

    content: bytes
    generation: int


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object of a listing: its name, its size in bytes, and the time it was written (UTC)."""

    name: str
    size: int
    written: datetime


class Store:
    """A bucket. Requests have a timeout, and are retried on transient failures until DEADLINE_SECONDS.

    Attributes:
        uri: `gs://BUCKET`.
    """

    def __init__(self, bucket: str) -> None:
        """Find the credentials. Raises: StorageError."""
        # Without this the client reads the bucket's metadata in a thread, for tracing: that takes one more permission.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        self.uri = f"gs://{bucket}"
        self._limits: dict[str, Any] = {
            "timeout": TIMEOUT_SECONDS,
            "retry": DEFAULT_RETRY.with_timeout(DEADLINE_SECONDS),
        }
        with self._explained():
            self._client = Client(project=None, client_options={"api_endpoint": _emulator()})
            self._bucket = self._client.bucket(bucket)

    def read(self, name: str) -> StoredObject | None:
        """An object, verified by its checksum; None if it does not exist. Raises: StorageError."""
        blob = self._bucket.blob(name)
        with self._explained():
            try:
                content = blob.download_as_bytes(**self._limits)
            except NotFound:
                self.entries(name)  # raises if the bucket does not exist
                return None
        return StoredObject(content, int(blob.generation))

    def write(self, name: str, content: bytes, generation: int, *, cached: bool = True) -> bool:
        """Write an object if its generation is still the expected one.

        Args:
            name: the object.
            content: its bytes.
            generation: the generation to replace; 0: the object must not exist.
            cached: whether HTTP caches may keep it.

        Returns:
            False if the generation differs; nothing was written then, except by a first try whose response was lost:
            read the object to know.

        Raises:
            StorageError: it cannot be written.
        """
        blob = self._bucket.blob(name)
        if not cached:
            blob.cache_control = "no-store"
        kind = guess_type(name)[0] or "application/octet-stream"
        with self._explained():
            try:
                blob.upload_from_string(content, kind, if_generation_match=generation, **self._limits)
            except PreconditionFailed:
                return False
        return True

    def entries(self, prefix: str) -> list[ListedObject]:
        """The objects whose names start with `prefix`, sorted by name. Raises: StorageError."""
        with self._explained():
            blobs = self._client.list_blobs(self._bucket, prefix=prefix, **self._limits)
            return [ListedObject(blob.name, int(blob.size), blob.time_created) for blob in blobs]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (GoogleAPIError, GoogleAuthError, RequestException, DataCorruption) as error:
            raise StorageError(_detail(self.uri, error)) from error


def _emulator() -> str:
    """The emulator's address as Google's client needs it: with a scheme, without a trailing slash."""
    host = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    return host if not host or "://" in host else f"http://{host}"


def _detail(uri: str, error: Exception) -> Text:
    match error:
        case NotFound():
            return fill(NO_BUCKET, uri=uri)
        case Forbidden():
            return fill(FORBIDDEN, uri=uri, reason=_reason(error))
        case Unauthorized() | GoogleAuthError():
            return fill(NO_CREDENTIALS, uri=uri, reason=_reason(error))
        case RetryError():
            return fill(FAILING, uri=uri, seconds=DEADLINE_SECONDS, reason=_reason(error.cause or error))
        case _:
            return fill(FAILED, uri=uri, reason=_reason(error))


def _reason(error: Exception) -> str:
    """The message of a library's error, as one sentence: only the message of JSON, only the status of a tuple."""
    text = _MESSAGE.sub(r"\1", _TUPLE.sub(r"\1", " ".join(str(error).split())))
    return (text[:300] or type(error).__name__).rstrip(".") + "."
