"""One line of the request log: a JSON object with the field names that Cloud Logging reads from a line on stdout.

Source: Google Cloud documentation, "Structured logging", special fields of JSON payloads. What is no special field
becomes the `jsonPayload` of the entry.
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
"""Bytes of a line that Cloud Logging takes whole: an entry is 256 KiB at most, and it adds fields of its own."""

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_CLOUD_TRACE = re.compile(r"(?!0{32})([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([01]))?")
_PROTOCOLS = frozenset({"HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"})


class RequestFacts(msgspec.Struct, frozen=True):
    """What the HTTP layer knows of a request once it is answered. Sizes in bytes, latency in seconds.

    `route` is the route that answered, never the path as it was written: a client may write anything there.
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
    """The line of one request, before it is encoded. Its `insertId` is its own: a line that comes twice is seen."""
    found: dict[str, object] = {
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
        found["error"] = facts.error
    found.update(facts.trace)
    return found


def _http_request(facts: RequestFacts) -> dict[str, object]:
    found: dict[str, object] = {
        "requestMethod": facts.method,
        "requestUrl": facts.route,
        "requestSize": str(facts.request_size),
        "status": facts.status,
        "responseSize": str(facts.response_size),
        "latency": f"{facts.latency:.6f}s",
    }
    if facts.protocol in _PROTOCOLS:  # a client may write anything there
        found["protocol"] = facts.protocol
    return found


def _labels(facts: RequestFacts) -> dict[str, str]:
    """What lines are searched by. Labels are text."""
    if facts.model is None:
        return {"function": facts.function}
    return {"function": facts.function, "model_version": facts.model["version"]}


def trace_fields(traceparent: str, cloud_trace: str, project: str) -> dict[str, object]:
    """The trace fields of Cloud Logging, from W3C's `traceparent` or else `X-Cloud-Trace-Context`.

    Args:
        traceparent: the header, or an empty string.
        cloud_trace: the header, or an empty string: `TRACE/SPAN;o=1`, the span a decimal number.
        project: the Google Cloud project; empty leaves the bare trace identifier.
    """
    if not (traceparent or cloud_trace):
        return {}
    if found := _TRACEPARENT.fullmatch(traceparent):
        trace, span, sampled = found[1], int(found[2], 16), bool(int(found[3], 16) & 1)
    elif found := _CLOUD_TRACE.fullmatch(cloud_trace):
        trace, span, sampled = found[1].lower(), int(found[2] or 0), found[3] == "1"
    else:
        return {}
    fields: dict[str, object] = {TRACE: f"projects/{project}/traces/{trace}" if project else trace, SAMPLED: sampled}
    return fields | {SPAN: f"{span:016x}"} if 0 < span < 1 << 64 else fields


def truncated(line: bytes) -> bytes:
    """The same line in `MAX_LINE_BYTES` bytes at most: of the lists of a request of many rows, the first rows.

    `cut` then says how many rows the lists had. A line that stays too long loses its payload and prediction.
    """
    if len(line) <= MAX_LINE_BYTES:
        return line
    whole = msgspec.json.decode(line)
    lists = {name: whole[name] for name in ("payload", "prediction") if isinstance(whole[name], list)}
    whole["cut"] = {name: len(rows) for name, rows in lists.items()}
    kept = max(map(len, lists.values()), default=0)
    while kept := kept // 2:
        short = msgspec.json.encode(whole | {name: rows[:kept] for name, rows in lists.items()}) + b"\n"
        if len(short) <= MAX_LINE_BYTES:
            return short
    return msgspec.json.encode(whole | {"payload": None, "prediction": None}) + b"\n"
