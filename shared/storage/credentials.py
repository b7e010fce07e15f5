"""Who a function is to Cloud Storage: Application Default Credentials, without their library where none is needed.

On Cloud Run the metadata server hands out tokens over plain HTTP. `google.auth` is imported only where a file of
credentials asks for it: on a developer's machine, or with workload identity federation.
"""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shared.errors import BucketError

METADATA = "169.254.169.254"
"""The metadata server's address: its name would have to be looked up first."""

TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
MARGIN = 225.0
"""Seconds before its end at which a token is asked for again; the metadata server has a new one by then."""

Clock = Callable[[], float]


class Anonymous:
    """Nobody: for an emulator."""

    def token(self, seconds: float) -> str | None:  # noqa: ARG002
        """None."""
        return None

    def forget(self) -> None:
        """There is nothing to forget."""


class MetadataServer:
    """The service account of this instance. A token is kept until it is nearly over."""

    def __init__(self, host: str = METADATA, clock: Clock = time.monotonic) -> None:
        """Take the host, `NAME` or `NAME:PORT`; ask it nothing yet."""
        self._host, self._clock = host, clock
        self._token, self._until = "", 0.0

    def token(self, seconds: float) -> str:
        """The bearer token.

        Args:
            seconds: how long the metadata server may take.

        Raises:
            BucketError: there is no metadata server here, or it has no token for us. `again` where it may yet have.
        """
        if self._clock() >= self._until:
            answer = self._ask(seconds)
            self._token, self._until = answer["access_token"], self._clock() + answer["expires_in"] - MARGIN
        return self._token

    def forget(self) -> None:
        """Ask for another token next time: the bucket did not accept this one."""
        self._until = 0.0

    def _ask(self, seconds: float) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=seconds)
        try:
            connection.request("GET", TOKEN, headers={"Metadata-Flavor": "Google"})
            response = connection.getresponse()
            body = response.read(65536)
            if response.status != 200:
                raise _refused(
                    f"{self._host}: {response.status}", again=response.status == 429 or response.status >= 500
                )
            answer: dict[str, Any] = json.loads(body)
            return {"access_token": str(answer["access_token"]), "expires_in": float(answer["expires_in"])}
        except (OSError, http.client.HTTPException) as error:
            raise _refused(f"{self._host}: {type(error).__name__}", again=True) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _refused(f"{self._host}: {type(error).__name__}", again=False) from error
        finally:
            connection.close()


class FromFile:
    """What `google.auth.default` finds: a key file, `gcloud`'s login, a workload identity."""

    def __init__(self) -> None:
        self._credentials: Any = None

    def token(self, seconds: float) -> str:
        """The bearer token. Raises BucketError: the file is not usable, or `google-auth` is not installed."""
        try:
            import google.auth.exceptions  # noqa: PLC0415  # 100 ms, and for nobody on Cloud Run
            import google.auth.transport.requests  # noqa: PLC0415
        except ImportError as error:
            raise _refused("pip install 'google-auth[requests]'", again=False) from error
        transport = google.auth.transport.requests.Request()

        def ask(*args: Any, **options: Any) -> Any:
            return transport(*args, **{**options, "timeout": seconds})

        try:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[SCOPE])
            if not self._credentials.valid:
                self._credentials.refresh(ask)
        except google.auth.exceptions.TransportError as error:
            raise _refused(type(error).__name__, again=True) from error
        except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
            raise _refused(type(error).__name__, again=False) from error
        return str(self._credentials.token)

    def forget(self) -> None:
        """Read the file and ask for another token next time."""
        self._credentials = None


Credentials = Anonymous | MetadataServer | FromFile


def find(environ: Mapping[str, str], emulator: str) -> Credentials:
    """The credentials of this process, in the order of Application Default Credentials. Asks nobody yet.

    Args:
        environ: GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, HOME, GCE_METADATA_HOST.
        emulator: STORAGE_EMULATOR_HOST; where it is set, nobody is told who we are.
    """
    if emulator:
        return Anonymous()
    folder = Path(environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME") or "/", ".config", "gcloud"))
    if environ.get("GOOGLE_APPLICATION_CREDENTIALS") or (folder / "application_default_credentials.json").is_file():
        return FromFile()
    return MetadataServer(environ.get("GCE_METADATA_HOST") or METADATA)


def _refused(reason: str, *, again: bool) -> BucketError:
    text = (
        f"pas d'identité pour Cloud Storage ({reason})",
        f"no credentials for Cloud Storage ({reason})",
    )
    return BucketError(text, again=again)
