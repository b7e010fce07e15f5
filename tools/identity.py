"""Identity tokens for a private Cloud Run service. Standard library only."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

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
        OSError: the metadata server or IAM refuses, or is not there.
    """
    token = _metadata("token")["access_token"]
    account = _metadata("email")
    # gcloud's own variable: tests set it
    base = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", CREDENTIALS)
    address = f"{base.rstrip('/')}/v1/projects/-/serviceAccounts/{account}:generateIdToken"
    body = json.dumps({"audience": audience, "includeEmail": True}).encode()
    made: str = _json(address, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body)["token"]
    return made


SOURCES: dict[str, Callable[[str], str]] = {"none": lambda _: "", "gcloud": from_gcloud, "build": from_build}
"""Where a token comes from, by the name of the choice."""


def _metadata(what: str) -> Any:
    host = os.environ.get("GCE_METADATA_HOST", METADATA)
    address = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/{what}?alt=json"
    return _json(address, {"Metadata-Flavor": "Google"})


def _json(address: str, headers: Mapping[str, str], body: bytes | None = None) -> Any:
    request = urllib.request.Request(address, body, dict(headers))  # noqa: S310 - an address of this file
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise OSError(f"{address}: {error.code}: {error.read(300).decode(errors='replace')}") from error
