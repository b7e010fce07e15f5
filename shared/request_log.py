"""One line of JSON for each prediction request, whatever its outcome.

The field names are those that Cloud Logging reads from a line on stdout, so that one format serves everywhere.
"""

import os
import re
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from shared.settings import Settings

DEFAULT_FILE = "requetes_enrg.jsonl"
Sink = Callable[[bytes], None]

_TRACE = "logging.googleapis.com/trace"
_SPAN = "logging.googleapis.com/spanId"
_SAMPLED = "logging.googleapis.com/trace_sampled"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_CLOUD_TRACE = re.compile(r"(?!0{32})([0-9a-fA-F]{32})(?:/(\d{1,20}))?(?:;o=([01]))?")


class Facts(msgspec.Struct, frozen=True):
    """What the HTTP layer knows of a request once it is answered. Sizes in bytes, latency in seconds."""

    function: str
    model: Mapping[str, str] | None
    request_id: str
    method: str
    path: str
    protocol: str
    request_size: int
    status: int
    response_size: int
    latency: float
    error: Mapping[str, object] | None
    trace: Mapping[str, object]


def log_request(payload: object, prediction: object, facts: Facts, sink: Sink) -> None:
    """Write the line of one request. Never raises: a sink that fails reports itself, once.

    Args:
        payload: what was asked, as far as REQUEST_LOG_PAYLOAD lets it be kept.
        prediction: what was answered; None where the answer is an error without one.
        facts: the rest of the line.
        sink: where it goes.
    """
    sink(msgspec.json.encode(_entry(payload, prediction, facts)) + b"\n")


def _entry(payload: object, prediction: object, facts: Facts) -> dict[str, object]:
    entry: dict[str, object] = {
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "severity": "INFO" if facts.status < 400 else "WARNING" if facts.status < 500 else "ERROR",
        "message": f"{facts.method} {facts.path} {facts.status}",
        "function": facts.function,
        "model": facts.model,
        "request_id": facts.request_id,
        "status": facts.status,
        "latency_ms": round(facts.latency * 1000, 3),
        "payload": payload,
        "prediction": prediction,
        "httpRequest": {
            "requestMethod": facts.method,
            "requestUrl": facts.path,
            "requestSize": str(facts.request_size),
            "status": facts.status,
            "responseSize": str(facts.response_size),
            "latency": f"{facts.latency:.6f}s",
            "protocol": facts.protocol,
        },
    }
    if facts.error is not None:
        entry["error"] = facts.error
    return entry | dict(facts.trace)


def trace_fields(traceparent: str, cloud_trace: str, project: str) -> dict[str, object]:
    """The trace fields of Cloud Logging, from W3C's `traceparent` or else `X-Cloud-Trace-Context`.

    Args:
        traceparent: the header, or an empty string.
        cloud_trace: the header, or an empty string: `TRACE/SPAN;o=1`, the span a decimal number.
        project: the Google Cloud project; empty leaves the bare trace identifier.
    """
    if found := _TRACEPARENT.fullmatch(traceparent):
        trace, span, sampled = found[1], int(found[2], 16), bool(int(found[3], 16) & 1)
    elif found := _CLOUD_TRACE.fullmatch(cloud_trace):
        trace, span, sampled = found[1].lower(), int(found[2] or 0), found[3] == "1"
    else:
        return {}
    fields: dict[str, object] = {_TRACE: f"projects/{project}/traces/{trace}" if project else trace, _SAMPLED: sampled}
    return fields | {_SPAN: f"{span:016x}"} if 0 < span < 1 << 64 else fields


def open_sink(settings: Settings, environ: Mapping[str, str]) -> Sink:
    """The sink that REQUEST_LOG names. Opening it touches nothing: the first line does."""
    where = settings.request_log
    if where == "auto":
        where = "stdout" if "K_SERVICE" in environ else f"jsonl:{DEFAULT_FILE}"
    if where == "off":
        return _nowhere
    if where == "stdout":
        return _guarded("stdout", _stdout())
    path = Path(where.removeprefix("jsonl:")).absolute()
    return _guarded(path.name, lambda line: _append(path, line))


def keep_payload(settings: Settings, environ: Mapping[str, str]) -> str:
    """`full`, `redacted` or `none`: how much of a request its line may keep."""
    if settings.request_log_payload != "auto":
        return settings.request_log_payload
    return "redacted" if "K_SERVICE" in environ else "full"


def report(severity: str, message: str) -> None:
    """Say on stderr what an operator must know, as a line that Cloud Logging reads."""
    sys.stderr.write(msgspec.json.encode({"severity": severity, "message": message}).decode() + "\n")
    sys.stderr.flush()


def _nowhere(_: bytes) -> None:
    """Keep nothing."""


def _append(path: Path, line: bytes) -> None:
    """One O_APPEND write a line: whole, and in its own place, whatever other threads and processes write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        _write_all(descriptor, line)
    finally:
        os.close(descriptor)


def _stdout() -> Sink:
    lock = threading.Lock()  # a pipe takes at most PIPE_BUF bytes in one piece

    def write(line: bytes) -> None:
        with lock:
            _write_all(1, line)

    return write


def _write_all(descriptor: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _guarded(name: str, write: Sink) -> Sink:
    failed = threading.Event()

    def sink(line: bytes) -> None:
        try:
            write(line)
        except OSError as error:
            if not failed.is_set():
                failed.set()
                report("ERROR", f"request log {name}: {error.strerror}; lines are being lost")

    return sink
