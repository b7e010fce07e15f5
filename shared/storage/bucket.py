"""A client of Cloud Storage's JSON API over `http.client`: reads whole objects, creates objects.

google-cloud-storage takes 340 ms to import, more than the rest of a function; `http.client` is loaded anyway
(docs/adr/0006). The connection is kept alive. A deadline covers all retries of a request.
"""

import base64
import hashlib
import http.client
import io
import itertools
import random
import time
from collections.abc import Callable, Mapping
from email.message import Message
from typing import TypeVar
from urllib.parse import quote, urlsplit

from shared.errors import AugureError, BucketError, Text
from shared.i18n import fill
from shared.storage.credentials import Credentials, default_credentials

T = TypeVar("T")

SCHEME = "gs://"
ENDPOINT = "https://storage.googleapis.com"
ATTEMPTS = 6
"""Most attempts of one request."""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 2.0
"""Pause before a retry: doubled each time up to the maximum, then multiplied by a random factor of 0.5 to 1."""

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
"""Timeouts of a connection and of one read, in seconds."""

CHUNK_BYTES = 256 * 1024
MAX_ERROR_BYTES = 64 * 1024
"""Largest body of an error response, in bytes."""

RETRYABLE = {408, 429, 500, 502, 503, 504}
"""Statuses after which a request is retried."""


class Bucket:
    """One bucket and one connection to it. Not thread-safe."""

    def __init__(self, name: str, endpoint: str, credentials: Credentials) -> None:
        """The first request opens the connection.

        Args:
            name: name of the bucket.
            endpoint: `https://HOST`, `http://HOST:PORT`, or an emulator's `HOST:PORT`.
            credentials: give the bearer token.
        """
        self.name = name
        url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connect: Callable[[], http.client.HTTPConnection] = lambda: kind(url.netloc, timeout=CONNECT_SECONDS)
        self._connection: http.client.HTTPConnection | None = None
        self._credentials = credentials
        self._renewed = False

    def read(self, name: str, limit: int, deadline: float, parse: Callable[[bytes], T], *, checksum: bool = False) -> T:
        """Read and parse an object.

        Args:
            name: name of the object.
            limit: largest size, in bytes.
            deadline: deadline of all attempts, on the monotonic clock.
            parse: parses the content, and raises AugureError for invalid content. The read is retried if the
                bucket's checksum shows that the content was corrupted in transit.
            checksum: verify the bucket's checksum for objects over `CHUNK_BYTES` too: `parse` has no better one.

        Raises:
            BucketError: the object is missing, forbidden, too large, or did not arrive before the deadline.
            AugureError: `parse` raised it.
        """

        def attempt(_: int) -> T:
            content, headers = self._request("GET", f"{self._path()}/{quote(name, safe='')}?alt=media", limit, deadline)
            try:
                parsed = parse(content)
            except AugureError as error:
                if _is_corrupt(content, headers):
                    raise BucketError(error.detail, retryable=True) from None
                raise
            if (checksum or len(content) <= CHUNK_BYTES) and _is_corrupt(
                content, headers
            ):  # the SHA-256 of a graph is verified anyway
                raise BucketError(_CORRUPT, retryable=True)
            return parsed

        return self._retry(name, deadline, attempt)

    def create(self, name: str, content: bytes, media_type: str, deadline: float) -> None:
        """Create an object.

        Args:
            name: name of the object.
            content: its content.
            media_type: its Content-Type.
            deadline: deadline of all attempts, on the monotonic clock.

        Raises:
            BucketError: an object has this name, or the bucket did not accept the content before the deadline.
        """
        query = f"uploadType=media&name={quote(name, safe='')}&ifGenerationMatch=0"

        def attempt(count: int) -> None:
            try:
                self._request(
                    "POST", f"/upload{self._path()}?{query}", MAX_ERROR_BYTES, deadline, (content, media_type)
                )
            except _AlreadyExists:
                if count == 0:  # else an attempt whose response was lost has created it
                    raise

        self._retry(name, deadline, attempt)

    def close(self) -> None:
        """Close the connection. The next request opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _path(self) -> str:
        return f"/storage/v1/b/{quote(self.name, safe='')}/o"

    def _retry(self, name: str, deadline: float, attempt: Callable[[int], T]) -> T:
        """Call `attempt` until it succeeds, fails for good, or the attempts or the time run out."""
        for count in itertools.count():
            try:
                return attempt(count)
            except BucketError as error:
                pause = min(FIRST_PAUSE_SECONDS * 2**count, MAX_PAUSE_SECONDS) * random.uniform(0.5, 1)  # noqa: S311
                pause = max(pause, error.retry_after)
                if not error.retryable or count + 1 >= ATTEMPTS or time.monotonic() + pause >= deadline:
                    text = fill(("{name} : {what}", "{name}: {what}"), name=name, what=error.detail)
                    raise BucketError(text) from error.__cause__
                time.sleep(pause)
        raise AssertionError

    def _request(
        self, method: str, target: str, limit: int, deadline: float, sent: tuple[bytes, str] = (b"", "")
    ) -> tuple[bytes, Message]:
        """Send one request; `sent` is its body and media type. A failure closes the connection."""
        try:
            headers = self._headers(deadline) | ({"Content-Type": sent[1]} if sent[1] else {})
            connection = self._open(deadline)
            connection.request(method, target, sent[0] or None, headers)
            response = connection.getresponse()
            content = _content(response, connection, limit if response.status < 300 else MAX_ERROR_BYTES, deadline)
        except BucketError:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise BucketError(TIMED_OUT, retryable=True) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            why = getattr(error, "strerror", None) or type(error).__name__
            raise BucketError(fill(_CONNECTION_FAILED, why=why), retryable=True) from error
        if response.status >= 300:
            raise self._error(response, content)
        self._renewed = False
        return content, response.headers

    def _headers(self, deadline: float) -> dict[str, str]:
        token = self._credentials.token(_remaining(deadline, CONNECT_SECONDS))
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _open(self, deadline: float) -> http.client.HTTPConnection:
        if self._connection is None or self._connection.sock is None:
            self._connection = self._connect()
            self._connection.timeout = _remaining(deadline, CONNECT_SECONDS)
            self._connection.connect()
        self._connection.sock.settimeout(_remaining(deadline, READ_SECONDS))
        return self._connection

    def _error(self, response: http.client.HTTPResponse, content: bytes) -> BucketError:
        explanation = content.decode("utf-8", "replace").strip()[:500]
        status = response.status
        if status == 412:
            return _AlreadyExists(_NAME_TAKEN)
        text = (
            _NO_BUCKET
            if status == 404 and "bucket does not exist" in explanation
            else _STATUS_TEXTS.get(status, _UNEXPECTED)
        )
        error = BucketError(
            fill(text, status=status),
            retryable=status in RETRYABLE or (status == 401 and self._renew_token()),
            retry_after=_retry_after(response.getheader("Retry-After", "")),
        )
        error.__cause__ = _ResponseText(explanation) if explanation else None
        return error

    def _renew_token(self) -> bool:
        """Ask for a new token, once in a row: the old one may be revoked, or the clock may have been suspended."""
        self._credentials.invalidate()
        self._renewed = not self._renewed
        return self._renewed


class _AlreadyExists(BucketError):
    """An object has this name."""


class _ResponseText(Exception):
    """The body of an error response, for the log only."""


def open_bucket(name: str, emulator: str, endpoint: str, environ: Mapping[str, str]) -> Bucket:
    """Open a bucket with this process's credentials.

    Args:
        name: name of the bucket.
        emulator: STORAGE_EMULATOR_HOST, called without credentials; empty: no emulator.
        endpoint: STORAGE_API_ENDPOINT; empty: Google's.
        environ: environment variables, for the credentials.
    """
    return Bucket(name, emulator or endpoint or ENDPOINT, default_credentials(environ, emulator))


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and path of `gs://BUCKET/PATH`. The path has no slash at its ends."""
    bucket, _, rest = uri.removeprefix(SCHEME).partition("/")
    return bucket, rest.strip("/")


def _content(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, limit: int, deadline: float
) -> bytes:
    """Read the body of a response.

    Raises:
        BucketError: it has more than `limit` bytes.
        http.client.IncompleteRead: the connection was closed too early.
        TimeoutError: the deadline passed.
    """
    expected = response.length
    if (expected or 0) > limit:
        raise _too_large(limit)
    received = io.BytesIO()  # getvalue() does not copy
    while expected is None or received.tell() < expected:
        chunk = response.read1(
            min(CHUNK_BYTES, limit + 1 - received.tell())
        )  # in Python 3.11 it does not update response.length
        received.write(chunk)
        if received.tell() > limit:
            raise _too_large(limit)
        if not chunk:
            break
        if connection.sock is not None:
            connection.sock.settimeout(_remaining(deadline, READ_SECONDS))
    if expected is not None and received.tell() < expected:
        raise http.client.IncompleteRead(received.getvalue(), expected - received.tell())
    response.close()  # the connection is free for the next request
    return received.getvalue()


def _is_corrupt(content: bytes, headers: Message) -> bool:
    """Whether the content differs from the bucket's checksum. False if the response has none.

    An object that is stored compressed arrives decompressed, and its checksum is that of the compressed bytes.
    """
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return False
    sums = dict(part.strip().partition("=")[::2] for part in ",".join(headers.get_all("x-goog-hash", [])).split(","))
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return sums.get("md5", digest) != digest


def _remaining(deadline: float, at_most: float) -> float:
    """Seconds until the deadline, at most `at_most`. Raises TimeoutError: the deadline has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, at_most)


def _retry_after(retry_after: str) -> float:
    """The header in seconds, the form that Cloud Storage sends. 0 for any other value."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _too_large(limit: int) -> BucketError:
    return BucketError(
        (f"attendu : {limit} octets au plus, reçu : davantage", f"expected: at most {limit} bytes, got: more")
    )


TIMED_OUT: Text = ("le bucket n'a pas répondu à temps", "the bucket did not answer in time")
_CONNECTION_FAILED: Text = ("la connexion au bucket a échoué ({why})", "the connection to the bucket failed ({why})")
_CORRUPT: Text = ("contenu altéré en chemin", "content altered on its way")
_NAME_TAKEN: Text = ("412, ce nom est déjà pris", "412, this name is taken")
_NO_BUCKET: Text = ("404, le bucket n'existe pas", "404, the bucket does not exist")
_UNEXPECTED: Text = ("{status}, réponse inattendue du bucket", "{status}, unexpected answer of the bucket")
_STATUS_TEXTS: dict[int, Text] = {
    401: ("401, le bucket ne reconnaît pas cette identité", "401, the bucket does not know these credentials"),
    403: ("403, accès refusé par le bucket", "403, access denied by the bucket"),
    404: ("404, cet objet n'existe pas", "404, there is no such object"),
    429: ("429, trop de requêtes au bucket", "429, too many requests to the bucket"),
    **dict.fromkeys(
        (500, 502, 503, 504), ("{status}, le bucket est indisponible", "{status}, the bucket is unavailable")
    ),
}
