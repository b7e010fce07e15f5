"""Builds request lines: JSON objects with the field names that Cloud Logging reads from stdout.

Source: Google Cloud documentation, "Structured logging", special fields of JSON payloads. All other fields become the
`jsonPayload` of the entry.
"""

import re
from collections.abc import Mapping

import msgspec

from shared.formats import now
from shared.ids import unique

PREFIX = "logging.googleapis.com/"
LABELS = f"{PREFIX}labels"
INSERT_ID = f"{PREFIX}insertId"
TRACE = f"{PREFIX}trace"
SPAN = f"{PREFIX}spanId"
SAMPLED = f"{PREFIX}trace_sampled"

MAX_LINE_BYTES = 240 * 1024
"""Largest line, in bytes. Cloud Logging accepts entries of 256 KiB, with the fields that it adds."""

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_CLOUD_TRACE = re.compile(r"(?!0{32})([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([01]))?")
_PROTOCOLS = frozenset({"HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"})


class RequestFacts(msgspec.Struct, frozen=True):
    """Facts of a request and its response, for the request line.

    Attributes:
        route: path of the matched route. The path of the request is not logged: a client may write anything there.
        request_size: size of the request body, in bytes.
        response_size: size of the response body, in bytes.
        latency: seconds.
        trace: trace fields of Cloud Logging.
    """

    function: str
    model: Mapping[str, str] | None
    request_id: str
    method: str
    route: str
    protocol: str
    request_size: int
    status: int
    response_size: int
    latency: float
    error: Mapping[str, object] | None
    trace: Mapping[str, object]


def request_line(payload: object, prediction: object, facts: RequestFacts) -> dict[str, object]:
    """The line of one request, with a unique `insertId` by which readers recognise a line that was written twice.

    Args:
        payload: the request, as far as REQUEST_LOG_PAYLOAD allows.
        prediction: the prediction; None if the request was refused before one was made.
        facts: the rest of the line.
    """
    line: dict[str, object] = {
        "time": now(),
        "severity": "INFO" if facts.status < 400 else "WARNING" if facts.status < 500 else "ERROR",
        "message": f"{facts.method} {facts.route} {facts.status}",
        "function": facts.function,
        "model": facts.model,
        "request_id": facts.request_id,
        "status": facts.status,
        "latency_ms": round(facts.latency * 1000, 3),
        "payload": payload,
        "prediction": prediction,
        "httpRequest": _http_request(facts),
        LABELS: _labels(facts),
        INSERT_ID: unique(24),
    }
    if facts.error is not None:
        line["error"] = facts.error
    line.update(facts.trace)
    return line


def _http_request(facts: RequestFacts) -> dict[str, object]:
    fields: dict[str, object] = {
        "requestMethod": facts.method,
        "requestUrl": facts.route,
        "requestSize": str(facts.request_size),
        "status": facts.status,
        "responseSize": str(facts.response_size),
        "latency": f"{facts.latency:.6f}s",
    }
    if facts.protocol in _PROTOCOLS:  # a client may write anything there
        fields["protocol"] = facts.protocol
    return fields


def _labels(facts: RequestFacts) -> dict[str, str]:
    """Labels by which lines are searched. Their values are strings."""
    if facts.model is None:
        return {"function": facts.function}
    return {"function": facts.function, "model_version": facts.model["version"]}


def trace_fields(traceparent: str, cloud_trace: str, project: str) -> dict[str, object]:
    """The trace fields of Cloud Logging, from W3C's `traceparent` or else `X-Cloud-Trace-Context`.

    Args:
        traceparent: the header, or an empty string.
        cloud_trace: the header, or an empty string: `TRACE/SPAN;o=1`, the span a decimal number.
        project: the Google Cloud project; empty keeps the bare trace identifier.
    """
    if not (traceparent or cloud_trace):
        return {}
    if match := _TRACEPARENT.fullmatch(traceparent):
        trace, span, sampled = match[1], int(match[2], 16), bool(int(match[3], 16) & 1)
    elif match := _CLOUD_TRACE.fullmatch(cloud_trace):
        trace, span, sampled = match[1].lower(), int(match[2] or 0), match[3] == "1"
    else:
        return {}
    fields: dict[str, object] = {TRACE: f"projects/{project}/traces/{trace}" if project else trace, SAMPLED: sampled}
    return fields | {SPAN: f"{span:016x}"} if 0 < span < 1 << 64 else fields


def truncated(line: bytes) -> bytes:
    """The line in at most `MAX_LINE_BYTES`: lists of payload and prediction keep their first rows.

    `cut` then has the lengths of the lists. A line that stays too long loses its payload and prediction.
    """
    if len(line) <= MAX_LINE_BYTES:
        return line
    fields = msgspec.json.decode(line)
    lists = {name: fields[name] for name in ("payload", "prediction") if isinstance(fields[name], list)}
    fields["cut"] = {name: len(rows) for name, rows in lists.items()}
    count = max(map(len, lists.values()), default=0)
    while count := count // 2:
        short = msgspec.json.encode(fields | {name: rows[:count] for name, rows in lists.items()}) + b"\n"
        if len(short) <= MAX_LINE_BYTES:
            return short
    return msgspec.json.encode(fields | {"payload": None, "prediction": None}) + b"\n"
