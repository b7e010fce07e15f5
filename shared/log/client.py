"""The client of Google Cloud Logging: how it is made, and how a line and an entry become each other.

`google.cloud.logging` takes half a second to import: only whoever calls `connect` waits for it. Its JSON transport is
used and not gRPC, whose threads do not survive a fork.
"""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.formats import rfc3339
from shared.log.entry import INSERT_ID, LABELS, SAMPLED, SPAN, TRACE

LOG_NAME = "augure"
"""Of the `cloud` sink. Lines that Cloud Run read on stdout are in a log of its own."""

PROJECT = "GOOGLE_CLOUD_PROJECT"
EMULATOR = "LOGGING_EMULATOR_HOST"
VIEW = "LOGGING_VIEW"
"""`projects/P/locations/L/buckets/B/views/V`: the view of a log bucket that is read; without it, the project."""
TIMEOUT_SECONDS = 5.0
"""Of one call. The client's own is a minute."""

_SPECIAL = {
    "severity": "severity",
    "httpRequest": "http_request",
    LABELS: "labels",
    INSERT_ID: "insert_id",
    TRACE: "trace",
    SPAN: "span_id",
    SAMPLED: "trace_sampled",
}
"""The fields of a line that are an entry's own, and what the client calls them."""


def connect(environ: Mapping[str, str]) -> Any:
    """A `google.cloud.logging.Client` with Application Default Credentials; LOGGING_EMULATOR_HOST asks for none.

    Args:
        environ: environment variables.

    Raises:
        ImportError: google-cloud-logging is not installed.
        google.auth.exceptions.GoogleAuthError: there are no credentials.
        OSError: there is no project.
    """
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415  # see above
    from google.cloud.logging import Client  # noqa: PLC0415

    project = environ.get(PROJECT)
    options: dict[str, Any] = {}
    if host := environ.get(EMULATOR):
        project = project or "local"
        endpoint = host if "://" in host else f"http://{host}"
        options = {
            "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call]
            "client_options": {"api_endpoint": endpoint},
        }
    client: Any = Client(project=project, _use_grpc=False, **options)  # type: ignore[no-untyped-call]
    api = client.logging_api
    api.api_request = functools.partial(api.api_request, timeout=TIMEOUT_SECONDS)
    return client


def to_entry(line: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line as `Batch.log_struct` takes it: the payload, and the fields of the entry. As Cloud Run reads stdout."""
    fields = {name: line[key] for key, name in _SPECIAL.items() if key in line}
    payload = {key: value for key, value in line.items() if key not in _SPECIAL and key != "time"}
    return payload, fields | {"timestamp": datetime.fromisoformat(line["time"])}


def to_line(entry: Any) -> dict[str, Any] | None:
    """An entry of `list_entries` as the line that it was; None where its payload is no object."""
    if not isinstance(entry.payload, Mapping):
        return None
    time = rfc3339(entry.timestamp) if entry.timestamp else None
    fields = {key: getattr(entry, name) for key, name in _SPECIAL.items()}
    return {"time": time} | dict(entry.payload) | {key: value for key, value in fields.items() if value is not None}
