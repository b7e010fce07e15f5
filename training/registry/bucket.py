"""A bucket of Cloud Storage, as far as the registry needs one: read, list, and write against a generation.

Credentials are Application Default Credentials; STORAGE_EMULATOR_HOST names an emulator, which needs none.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from mimetypes import guess_type
from typing import Any

import click
from google.api_core.exceptions import Forbidden, GoogleAPIError, NotFound, PreconditionFailed, RetryError, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Client
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

TIMEOUT_SECONDS = 30
"""How long one answer may let itself be waited for."""

DEADLINE_SECONDS = 60
"""How long a request that fails for a moment is made again."""


_MESSAGE = re.compile(r"""\{ ?"error": ?\{.*?"message": ?"((?:[^"\\]|\\.)*)".*\}""")
_TUPLE = re.compile(
    r"^\('Request failed with status code', ([0-9]+), .*\)$|: \('Request failed with status code', .*\)$"
)


class StorageError(click.ClickException):
    """The bucket, or what is asked of it, cannot be had."""


@dataclass(frozen=True, slots=True)
class Found:
    """The content of an object, and the generation that has it."""

    content: bytes
    generation: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of a list: its name, its size in bytes, and when it was written (UTC)."""

    name: str
    size: int
    written: datetime


class Store:
    """A bucket. Every request has a timeout, and is made again for DEADLINE_SECONDS when it fails for a moment.

    Attributes:
        uri: `gs://BUCKET`.
    """

    def __init__(self, bucket: str) -> None:
        """Find the credentials. Raises: StorageError."""
        # Otherwise the client reads the bucket's own description, in a thread, for traces that nobody asked for.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        self.uri = f"gs://{bucket}"
        self._waits: dict[str, Any] = {
            "timeout": TIMEOUT_SECONDS,
            "retry": DEFAULT_RETRY.with_timeout(DEADLINE_SECONDS),
        }
        with self._explained():
            self._client = Client(project=None, client_options={"api_endpoint": _emulator()})
            self._bucket = self._client.bucket(bucket)

    def read(self, name: str) -> Found | None:
        """An object, checked against its checksum; None where there is none. Raises: StorageError."""
        blob = self._bucket.blob(name)
        with self._explained():
            try:
                content = blob.download_as_bytes(**self._waits)
            except NotFound:
                self.entries(name)  # a bucket that does not exist is an error
                return None
        return Found(content, int(blob.generation))

    def write(self, name: str, content: bytes, generation: int, *, cached: bool = True) -> bool:
        """Write an object over the generation that was seen last.

        Args:
            name: the object.
            content: its bytes.
            generation: what it replaces; 0: it must be new.
            cached: whether a cache may keep it.

        Returns:
            False where the object is of another generation by now; nothing is written then. A write whose answer is
            lost and which is made again ends so too: read it to know.

        Raises:
            StorageError: it cannot be written.
        """
        blob = self._bucket.blob(name)
        if not cached:
            blob.cache_control = "no-store"
        kind = guess_type(name)[0] or "application/octet-stream"
        with self._explained():
            try:
                blob.upload_from_string(content, kind, if_generation_match=generation, **self._waits)
            except PreconditionFailed:
                return False
        return True

    def entries(self, prefix: str) -> list[Entry]:
        """The objects whose names begin so, in the order of their names. Raises: StorageError."""
        with self._explained():
            blobs = self._client.list_blobs(self._bucket, prefix=prefix, **self._waits)
            return [Entry(blob.name, int(blob.size), blob.time_created) for blob in blobs]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (GoogleAPIError, GoogleAuthError, RequestException, DataCorruption) as error:
            raise StorageError(_sentence(self.uri, error)) from error


def _emulator() -> str:
    """The emulator's address as Google's client needs it and functions do not: with its scheme and no slash behind."""
    host = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    return host if not host or "://" in host else f"http://{host}"


def _sentence(uri: str, error: Exception) -> str:
    match error:
        case NotFound():
            return f"{uri} n'existe pas."
        case Forbidden():
            return f"{uri} : accès refusé à ces identifiants : {_brief(error)}"
        case Unauthorized() | GoogleAuthError():
            advice = "Pour en donner : gcloud auth application-default login."
            return f"{uri} : identifiants Google absents ou refusés : {_brief(error)} {advice}"
        case RetryError():
            reason = _brief(error.cause or error)
            return f"{uri} ne répond pas comme il faut, même après {DEADLINE_SECONDS} s d'essais au plus : {reason}"
        case _:
            return f"{uri} : {_brief(error)}"


def _brief(error: Exception) -> str:
    """What a library says, on one line and as a sentence; of JSON its message, of a bare tuple its status."""
    text = _MESSAGE.sub(r"\1", _TUPLE.sub(r"\1", " ".join(str(error).split())))
    return (text[:300] or type(error).__name__).rstrip(".") + "."
