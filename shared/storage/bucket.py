"""A bucket of Cloud Storage over `http.client`: reads objects whole, writes objects once.

google-cloud-storage costs 340 ms of a start, more than all the rest of a function; what this costs is loaded already
(docs/adr/0006). One connection that is kept, the JSON API, one deadline over all attempts.
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
from shared.storage.credentials import Credentials, find

T = TypeVar("T")

SCHEME = "gs://"
ENDPOINT = "https://storage.googleapis.com"
ATTEMPTS = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two attempts: doubled each time up to the longest, and then between half and all of that."""

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
CHUNK = 256 * 1024
LARGEST_REFUSAL = 64 * 1024
PASSING = {408, 429, 500, 502, 503, 504}


class Bucket:
    """One bucket and one connection to it. Not for two threads at once."""

    def __init__(self, name: str, endpoint: str, credentials: Credentials) -> None:
        """Connect to nothing yet.

        Args:
            name: the bucket's name.
            endpoint: `https://HOST`, `http://HOST:PORT`, or `HOST:PORT` alone, which is an emulator's.
            credentials: who asks.
        """
        self.name = name
        url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connect: Callable[[], http.client.HTTPConnection] = lambda: kind(url.netloc, timeout=CONNECT_SECONDS)
        self._connection: http.client.HTTPConnection | None = None
        self._credentials = credentials
        self._renewed = False

    def read(self, name: str, limit: int, deadline: float, parse: Callable[[bytes], T], *, checksum: bool = False) -> T:
        """The content of an object, as `parse` gives it.

        Args:
            name: the object's name.
            limit: its largest size, in bytes.
            deadline: when to give up, on the monotonic clock.
            parse: raises AugureError where the content is not what it must be. Where the bucket's own checksum says
                that the content was altered on its way, it is asked for again.
            checksum: compare with the bucket's checksum what is large too, where `parse` knows no better one.

        Raises:
            BucketError: the object is not there, not for us, too large, or not to be had before the deadline.
            AugureError: what `parse` raised.
        """

        def attempt(_: int) -> T:
            content, headers = self._ask("GET", f"{self._path()}/{quote(name, safe='')}?alt=media", limit, deadline)
            try:
                parsed = parse(content)
            except AugureError as error:
                if _altered(content, headers):
                    raise BucketError(error.detail, again=True) from None
                raise
            if (checksum or len(content) <= CHUNK) and _altered(content, headers):  # a large graph has a SHA-256
                raise BucketError(_ALTERED, again=True)
            return parsed

        return self._insist(name, deadline, attempt)

    def create(self, name: str, content: bytes, media_type: str, deadline: float) -> None:
        """Write an object that is not there yet.

        Raises:
            BucketError: the name is taken, or the bucket does not take it before the deadline.
        """
        query = f"uploadType=media&name={quote(name, safe='')}&ifGenerationMatch=0"

        def attempt(count: int) -> None:
            try:
                self._ask("POST", f"/upload{self._path()}?{query}", LARGEST_REFUSAL, deadline, (content, media_type))
            except _Taken:
                if count == 0:  # later it is our own, of an attempt whose answer was lost
                    raise

        self._insist(name, deadline, attempt)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _path(self) -> str:
        return f"/storage/v1/b/{quote(self.name, safe='')}/o"

    def _insist(self, name: str, deadline: float, attempt: Callable[[int], T]) -> T:
        """Try until it succeeds, cannot succeed, or has been tried often or long enough."""
        for count in itertools.count():
            try:
                return attempt(count)
            except BucketError as error:
                pause = min(FIRST_PAUSE * 2**count, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
                pause = max(pause, error.pause)
                if not error.again or count + 1 >= ATTEMPTS or time.monotonic() + pause >= deadline:
                    text = fill(("{name} : {what}", "{name}: {what}"), name=name, what=error.detail)
                    raise BucketError(text) from error.__cause__
                time.sleep(pause)
        raise AssertionError

    def _ask(
        self, method: str, target: str, limit: int, deadline: float, sent: tuple[bytes, str] = (b"", "")
    ) -> tuple[bytes, Message]:
        """Ask once; `sent` is a body and its media type. After a failure the next request opens a connection."""
        try:
            headers = self._headers(deadline) | ({"Content-Type": sent[1]} if sent[1] else {})
            connection = self._open(deadline)
            connection.request(method, target, sent[0] or None, headers)
            response = connection.getresponse()
            content = _content(response, connection, limit if response.status < 300 else LARGEST_REFUSAL, deadline)
        except BucketError:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise BucketError(SILENT, again=True) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            why = getattr(error, "strerror", None) or type(error).__name__
            raise BucketError(fill(_BROKEN, why=why), again=True) from error
        if response.status >= 300:
            raise self._refusal(response, content)
        self._renewed = False
        return content, response.headers

    def _headers(self, deadline: float) -> dict[str, str]:
        token = self._credentials.token(_left(deadline, CONNECT_SECONDS))
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _open(self, deadline: float) -> http.client.HTTPConnection:
        if self._connection is None or self._connection.sock is None:
            self._connection = self._connect()
            self._connection.timeout = _left(deadline, CONNECT_SECONDS)
            self._connection.connect()
        self._connection.sock.settimeout(_left(deadline, READ_SECONDS))
        return self._connection

    def _refusal(self, response: http.client.HTTPResponse, content: bytes) -> BucketError:
        said = content.decode("utf-8", "replace").strip()[:500]
        status = response.status
        if status == 412:
            return _Taken(_TAKEN)
        text = _NO_BUCKET if status == 404 and "bucket does not exist" in said else _STATUS.get(status, _OTHER)
        error = BucketError(
            fill(text, status=status),
            again=status in PASSING or (status == 401 and self._renew()),
            pause=_seconds(response.getheader("Retry-After", "")),
        )
        error.__cause__ = _Said(said) if said else None
        return error

    def _renew(self) -> bool:
        """Ask for another token, once: it may have been withdrawn, or a clock may have stood still."""
        self._credentials.forget()
        self._renewed = not self._renewed
        return self._renewed


class _Taken(BucketError):
    """An object of this name is there."""


class _Said(Exception):
    """What the bucket said of its refusal: for the log, and for nobody else."""


def open_bucket(name: str, emulator: str, endpoint: str, environ: Mapping[str, str]) -> Bucket:
    """A bucket as this process reaches it.

    Args:
        name: the bucket's name.
        emulator: STORAGE_EMULATOR_HOST; asked without credentials.
        endpoint: STORAGE_API_ENDPOINT; empty: Google's.
        environ: what `credentials.find` reads.
    """
    return Bucket(name, emulator or endpoint or ENDPOINT, find(environ, emulator))


def split(uri: str) -> tuple[str, str]:
    """Bucket and rest of `gs://BUCKET/REST`, without slashes at the ends."""
    bucket, _, rest = uri.removeprefix(SCHEME).partition("/")
    return bucket, rest.strip("/")


def _content(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, limit: int, deadline: float
) -> bytes:
    """Read an answer whole.

    Raises:
        BucketError: it is longer than `limit` bytes.
        http.client.IncompleteRead: the connection ended before it.
        TimeoutError: the deadline passed.
    """
    expected = response.length
    if (expected or 0) > limit:
        raise _too_large(limit)
    received = io.BytesIO()  # gives what it holds away without a copy
    while expected is None or received.tell() < expected:
        chunk = response.read1(min(CHUNK, limit + 1 - received.tell()))  # Python 3.11 does not count what this reads
        received.write(chunk)
        if received.tell() > limit:
            raise _too_large(limit)
        if not chunk:
            break
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline, READ_SECONDS))
    if expected is not None and received.tell() < expected:
        raise http.client.IncompleteRead(received.getvalue(), expected - received.tell())
    response.close()  # and the connection is free for the next request
    return received.getvalue()


def _altered(content: bytes, headers: Message) -> bool:
    """Whether the bucket's checksum, where it sends one, is not that of what came.

    An object that is stored compressed comes decompressed, and its checksum is that of the compressed bytes.
    """
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return False
    sums = dict(part.strip().partition("=")[::2] for part in ",".join(headers.get_all("x-goog-hash", [])).split(","))
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return sums.get("md5", digest) != digest


def _left(deadline: float, at_most: float) -> float:
    """The seconds until the deadline. Raises TimeoutError: none are left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, at_most)


def _seconds(retry_after: str) -> float:
    """`Retry-After` where it is a number of seconds, as Cloud Storage writes it."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _too_large(limit: int) -> BucketError:
    return BucketError(
        (f"attendu : {limit} octets au plus, reçu : davantage", f"expected: at most {limit} bytes, got: more")
    )


SILENT: Text = ("le bucket n'a pas répondu à temps", "the bucket did not answer in time")
_BROKEN: Text = ("la connexion au bucket a échoué ({why})", "the connection to the bucket failed ({why})")
_ALTERED: Text = ("contenu altéré en chemin", "content altered on its way")
_TAKEN: Text = ("412, ce nom est déjà pris", "412, this name is taken")
_NO_BUCKET: Text = ("404, le bucket n'existe pas", "404, the bucket does not exist")
_OTHER: Text = ("{status}, réponse inattendue du bucket", "{status}, unexpected answer of the bucket")
_STATUS: dict[int, Text] = {
    401: ("401, le bucket ne reconnaît pas cette identité", "401, the bucket does not know these credentials"),
    403: ("403, accès refusé par le bucket", "403, access denied by the bucket"),
    404: ("404, cet objet n'existe pas", "404, there is no such object"),
    429: ("429, trop de requêtes au bucket", "429, too many requests to the bucket"),
    **dict.fromkeys(
        (500, 502, 503, 504), ("{status}, le bucket est indisponible", "{status}, the bucket is unavailable")
    ),
}
