"""Identity tokens for a private Cloud Run service. Standard library only."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from shared.terminal import say

METADATA = "metadata.google.internal"
CREDENTIALS = "https://iamcredentials.googleapis.com/"
TIMEOUT = 10
"""Timeout of one request, seconds."""


def from_gcloud(audience: str) -> str:  # noqa: ARG001 - a user's token has gcloud's own audience, which Cloud Run takes
    """A token of the person who is signed in to gcloud.

    Raises:
        subprocess.CalledProcessError: no account is signed in to gcloud.
    """
    command = ["gcloud", "auth", "print-identity-token"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def from_build(audience: str) -> str:
    """A token of the service account that runs a Cloud Build step.

    Cloud Build's metadata server gives access tokens only, so IAM creates the identity token: the account needs
    roles/iam.serviceAccountOpenIdTokenCreator on itself.

    Raises:
        OSError: the metadata server or IAM cannot be reached, refuses, or gives an unexpected answer.
    """
    token = _field("access_token", *_metadata("token"))
    account = _text(*_metadata("email")).strip()
    if not re.fullmatch(r"[\w.-]+@[\w.-]+", account):
        text = (
            "{address} : attendu une adresse électronique, reçu {account!r}",
            "{address}: expected an e-mail address, got {account!r}",
        )
        raise OSError(say(text, address=_metadata("email")[0], account=account[:100]))
    # gcloud's variable, so that tests set one for both
    base = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", CREDENTIALS)
    address = f"{base.rstrip('/')}/v1/projects/-/serviceAccounts/{account}:generateIdToken"
    body = json.dumps({"audience": audience, "includeEmail": True}).encode()
    return _field("token", address, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body)


SOURCES: dict[str, Callable[[str], str]] = {"none": lambda _: "", "gcloud": from_gcloud, "build": from_build}
"""Sources of a token, by the value of `--identity`."""


def _metadata(path: str) -> tuple[str, dict[str, str]]:
    host = os.environ.get("GCE_METADATA_HOST", METADATA)
    # Without ?alt=json: Cloud Build imitates the server of Compute Engine, and may not support it.
    address = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/{path}"
    return address, {"Metadata-Flavor": "Google"}


def _field(name: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> str:
    text = _text(address, headers, body)
    try:
        return str(json.loads(text)[name])
    except (ValueError, KeyError, TypeError) as error:
        # Only the length: the text may contain a token.
        message = (
            "{address} : attendu du JSON avec {name!r}, reçu {count} caractères",
            "{address}: expected JSON with {name!r}, got {count} characters",
        )
        raise OSError(say(message, address=address, name=name, count=len(text))) from error


def _text(address: str, headers: Mapping[str, str], body: bytes | None = None) -> str:
    request = urllib.request.Request(address, body, dict(headers))  # noqa: S310 - an address of this file
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            content: bytes = response.read()
    except urllib.error.HTTPError as error:
        raise OSError(f"{address}: {error.code}: {error.read(300).decode(errors='replace')}") from error
    return content.decode(errors="replace")
