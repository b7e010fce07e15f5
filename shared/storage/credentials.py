"""Application Default Credentials for Cloud Storage. On Cloud Run they need no library.

There the metadata server gives tokens over plain HTTP. `google.auth` is imported only for a credentials file: on a
developer's machine, or with workload identity federation.
"""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shared.errors import BucketError

METADATA = "169.254.169.254"
"""Address of the metadata server, which saves a DNS request."""

TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
REFRESH_MARGIN_SECONDS = 225.0
"""Time before its expiry at which a token is replaced, in seconds. The metadata server has a new one by then."""

Clock = Callable[[], float]


class Anonymous:
    """No credentials, for an emulator."""

    def token(self, timeout: float) -> str | None:  # noqa: ARG002
        """None: requests carry no token."""
        return None

    def invalidate(self) -> None:
        """Do nothing."""


class MetadataServer:
    """The service account of this instance. A token is cached until `REFRESH_MARGIN_SECONDS` before its expiry."""

    def __init__(self, host: str = METADATA, clock: Clock = time.monotonic) -> None:
        """`host` is `NAME` or `NAME:PORT`. `token` sends the first request."""
        self._host, self._clock = host, clock
        self._token, self._expires = "", 0.0

    def token(self, timeout: float) -> str:
        """The bearer token.

        Args:
            timeout: timeout of the request, in seconds.

        Raises:
            BucketError: there is no metadata server, or it has no token for us. `retryable` if it may have one later.
        """
        if self._clock() >= self._expires:
            token = self._fetch(timeout)
            self._token = token["access_token"]
            self._expires = self._clock() + token["expires_in"] - REFRESH_MARGIN_SECONDS
        return self._token

    def invalidate(self) -> None:
        """Drop the cached token: the bucket did not accept it."""
        self._expires = 0.0

    def _fetch(self, timeout: float) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=timeout)
        try:
            connection.request("GET", TOKEN, headers={"Metadata-Flavor": "Google"})
            response = connection.getresponse()
            body = response.read(65536)
            if response.status != 200:
                raise _error(
                    f"{self._host}: {response.status}", retryable=response.status == 429 or response.status >= 500
                )
            token: dict[str, Any] = json.loads(body)
            return {"access_token": str(token["access_token"]), "expires_in": float(token["expires_in"])}
        except (OSError, http.client.HTTPException) as error:
            raise _error(f"{self._host}: {type(error).__name__}", retryable=True) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _error(f"{self._host}: {type(error).__name__}", retryable=False) from error
        finally:
            connection.close()


class GoogleAuth:
    """The credentials of `google.auth.default`: a key file, `gcloud`'s login, a workload identity."""

    def __init__(self) -> None:
        self._credentials: Any = None

    def token(self, timeout: float) -> str:
        """The bearer token. Raises BucketError: the file is invalid, or `google-auth` is not installed."""
        try:
            import google.auth.exceptions  # noqa: PLC0415  # takes 100 ms, and Cloud Run does not need it
            import google.auth.transport.requests  # noqa: PLC0415
        except ImportError as error:
            raise _error("pip install 'google-auth[requests]'", retryable=False) from error
        transport = google.auth.transport.requests.Request()

        def send(*args: Any, **options: Any) -> Any:
            return transport(*args, **{**options, "timeout": timeout})

        try:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[SCOPE])
            if not self._credentials.valid:
                self._credentials.refresh(send)
        except google.auth.exceptions.TransportError as error:
            raise _error(type(error).__name__, retryable=True) from error
        except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
            raise _error(type(error).__name__, retryable=False) from error
        return str(self._credentials.token)

    def invalidate(self) -> None:
        """Read the file again for the next token."""
        self._credentials = None


Credentials = Anonymous | MetadataServer | GoogleAuth


def default_credentials(environ: Mapping[str, str], emulator: str) -> Credentials:
    """The credentials of this process, in the order of Application Default Credentials. Sends no request.

    Args:
        environ: GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, HOME, GCE_METADATA_HOST.
        emulator: STORAGE_EMULATOR_HOST; if set, requests carry no credentials.
    """
    if emulator:
        return Anonymous()
    folder = Path(environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME") or "/", ".config", "gcloud"))
    if environ.get("GOOGLE_APPLICATION_CREDENTIALS") or (folder / "application_default_credentials.json").is_file():
        return GoogleAuth()
    return MetadataServer(environ.get("GCE_METADATA_HOST") or METADATA)


def _error(reason: str, *, retryable: bool) -> BucketError:
    text = (
        f"pas d'identité pour Cloud Storage ({reason})",
        f"no credentials for Cloud Storage ({reason})",
    )
    return BucketError(text, retryable=retryable)
