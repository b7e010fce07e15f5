"""Identity tokens for a private Cloud Run service. Standard library only."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

METADATA = "metadata.google.internal"
CREDENTIALS = "https://iamcredentials.googleapis.com/"
SECONDS = 10


def from_gcloud(audience: str) -> str:  # noqa: ARG001 - a user's token has gcloud's own audience, which Cloud Run takes
    """A token of the person who has signed in with `gcloud auth login`.

    Raises:
        subprocess.CalledProcessError: nobody has.
    """
    command = ["gcloud", "auth", "print-identity-token"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def from_build(audience: str) -> str:
    """A token of the account that runs a Cloud Build step.

    Cloud Build's metadata server gives access tokens only, so IAM makes the identity token: the account needs
    roles/iam.serviceAccountOpenIdTokenCreator on itself.

    Raises:
        OSError: the metadata server or IAM refuses, is not there, or answers something else.
    """
    token = _field("access_token", *_metadata("token"))
    account = _text(*_metadata("email")).strip()
    if not re.fullmatch(r"[\w.-]+@[\w.-]+", account):
        raise OSError(f"{_metadata('email')[0]}: expected an e-mail address, got {account[:100]!r}")
    # gcloud's own variable: tests set it
    base = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", CREDENTIALS)
    address = f"{base.rstrip('/')}/v1/projects/-/serviceAccounts/{account}:generateIdToken"
    body = json.dumps({"audience": audience, "includeEmail": True}).encode()
    return _field("token", address, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body)


SOURCES: dict[str, Callable[[str], str]] = {"none": lambda _: "", "gcloud": from_gcloud, "build": from_build}
"""Where a token comes from, by the name of the choice."""


def _metadata(what: str) -> tuple[str, dict[str, str]]:
    host = os.environ.get("GCE_METADATA_HOST", METADATA)
    # Without ?alt=json: Cloud Build imitates the server of Compute Engine, and need not know it.
    address = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/{what}"
    return address, {"Metadata-Flavor": "Google"}


def _field(name: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> str:
    text = _text(address, headers, body)
    try:
        return str(json.loads(text)[name])
    except (ValueError, KeyError, TypeError) as error:
        # What was answered may hold a token.
        raise OSError(f"{address}: expected JSON with {name!r}, got {len(text)} characters") from error


def _text(address: str, headers: Mapping[str, str], body: bytes | None = None) -> str:
    request = urllib.request.Request(address, body, dict(headers))  # noqa: S310 - an address of this file
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read()
    except urllib.error.HTTPError as error:
        raise OSError(f"{address}: {error.code}: {error.read(300).decode(errors='replace')}") from error
    return content.decode(errors="replace")
