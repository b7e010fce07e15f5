"""The client of Google Cloud Logging, and the conversions between lines and its entries.

`google.cloud.logging` takes half a second to import, so `connect` imports it. The client uses JSON over HTTP: gRPC's
threads do not survive a fork.
"""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.formats import rfc3339
from shared.log.entry import INSERT_ID, LABELS, SAMPLED, SPAN, TRACE

LOG_NAME = "augure"
"""Log of the `cloud` sink. Lines that Cloud Run reads from stdout are in a log of Cloud Run."""

PROJECT = "GOOGLE_CLOUD_PROJECT"
EMULATOR = "LOGGING_EMULATOR_HOST"
VIEW = "LOGGING_VIEW"
"""The view of a log bucket to read, `projects/P/locations/L/buckets/B/views/V`. Default: the project."""
TIMEOUT_SECONDS = 5.0
"""Timeout of one call, in seconds. The client's default is a minute."""

_SPECIAL = {
    "severity": "severity",
    "httpRequest": "http_request",
    LABELS: "labels",
    INSERT_ID: "insert_id",
    TRACE: "trace",
    SPAN: "span_id",
    SAMPLED: "trace_sampled",
}
"""Names of the client for the fields of a line that are fields of the entry itself."""


def connect(environ: Mapping[str, str]) -> Any:
    """A `google.cloud.logging.Client` with Application Default Credentials, or LOGGING_EMULATOR_HOST's without any.

    Raises:
        ImportError: google-cloud-logging is not installed.
        google.auth.exceptions.GoogleAuthError: no credentials were found.
        OSError: no project was found.
    """
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415  # takes half a second
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
    """Arguments of `Batch.log_struct`: payload and fields of the entry, split as Cloud Run splits a line on stdout."""
    fields = {name: line[key] for key, name in _SPECIAL.items() if key in line}
    payload = {key: value for key, value in line.items() if key not in _SPECIAL and key != "time"}
    return payload, fields | {"timestamp": datetime.fromisoformat(line["time"])}


def to_line(entry: Any) -> dict[str, Any] | None:
    """The line of an entry of `list_entries`; None if the payload is not an object."""
    if not isinstance(entry.payload, Mapping):
        return None
    time = rfc3339(entry.timestamp) if entry.timestamp else None
    fields = {key: getattr(entry, name) for key, name in _SPECIAL.items()}
    return {"time": time} | dict(entry.payload) | {key: value for key, value in fields.items() if value is not None}
