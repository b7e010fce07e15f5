"""Sinks of the request log, which has one line of JSON per prediction request, including failed ones.

`python -m shared.log` reads the log.
"""

import os
import threading
from collections.abc import Callable, Mapping

import msgspec

from shared.diagnostics import report
from shared.log.entry import RequestFacts, request_line, truncated
from shared.settings import Settings

DEFAULT_FILE = "requetes_enrg.jsonl"
Sink = Callable[[bytes], None]


def log_request(payload: object, prediction: object, facts: RequestFacts, sink: Sink) -> None:
    """Write the line of one request. Never raises: a sink reports its first failure.

    Args:
        payload: the request, as far as REQUEST_LOG_PAYLOAD allows.
        prediction: the prediction; None if the request was refused before one was made.
        facts: the rest of the line.
        sink: writes the line.
    """
    sink(msgspec.json.encode(request_line(payload, prediction, facts)) + b"\n")


def open_sink(settings: Settings, environ: Mapping[str, str]) -> Sink:
    """The sink that REQUEST_LOG names. Its first line opens the file or the connection."""
    target = settings.request_log
    if target == "auto":
        target = "stdout" if "K_SERVICE" in environ else f"jsonl:{DEFAULT_FILE}"
    if target == "off":
        return _discard
    if target == "stdout":
        return _safe("stdout", _stdout())
    if target == "cloud":
        from shared.log.cloud import CloudSink  # noqa: PLC0415  # only this sink needs it

        return CloudSink(environ, report, _safe("stdout", _stdout()))
    path = os.path.abspath(target.removeprefix("jsonl:"))  # noqa: PTH100 - opening a str is faster than a Path
    return _safe(os.path.basename(path), lambda line: _append(path, line))  # noqa: PTH119


def payload_policy(settings: Settings, environ: Mapping[str, str]) -> str:
    """How much of a request is logged: `full`, `redacted` or `none`."""
    if settings.request_log_payload != "auto":
        return settings.request_log_payload
    return "redacted" if "K_SERVICE" in environ or settings.request_log == "cloud" else "full"


def _discard(_: bytes) -> None:
    """Drop a line."""


def _append(path: str, line: bytes) -> None:
    """Append a line with one O_APPEND write, which keeps lines of other threads and processes apart."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        _write_all(descriptor, line)
    finally:
        os.close(descriptor)


def _stdout() -> Sink:
    lock = threading.Lock()  # writes of more than PIPE_BUF bytes to a pipe are not atomic

    def write(line: bytes) -> None:
        with lock:
            _write_all(1, truncated(line))

    return write


def _write_all(descriptor: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _safe(name: str, write: Sink) -> Sink:
    failed = threading.Event()

    def sink(line: bytes) -> None:
        try:
            write(line)
        except OSError as error:
            if not failed.is_set():
                failed.set()
                report("ERROR", f"request log {name}: {error.strerror}; lines are being lost")

    return sink
