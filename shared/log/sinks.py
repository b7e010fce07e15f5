"""One line of JSON for each prediction request, whatever its outcome: where the lines go.

`python -m shared.log` reads them back.
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
    """Write the line of one request. Never raises: a sink that fails reports itself, once.

    Args:
        payload: what was asked, as far as REQUEST_LOG_PAYLOAD lets it be kept.
        prediction: what was answered; None where the answer is an error without one.
        facts: the rest of the line.
        sink: where it goes.
    """
    sink(msgspec.json.encode(request_line(payload, prediction, facts)) + b"\n")


def open_sink(settings: Settings, environ: Mapping[str, str]) -> Sink:
    """The sink that REQUEST_LOG names. Opening it touches nothing: the first line does."""
    target = settings.request_log
    if target == "auto":
        target = "stdout" if "K_SERVICE" in environ else f"jsonl:{DEFAULT_FILE}"
    if target == "off":
        return _discard
    if target == "stdout":
        return _safe("stdout", _stdout())
    if target == "cloud":
        from shared.log.cloud import CloudSink  # noqa: PLC0415  # for whoever asks for it

        return CloudSink(environ, report, _safe("stdout", _stdout()))
    path = os.path.abspath(target.removeprefix("jsonl:"))  # noqa: PTH100 - a str is opened at each line sooner than a Path
    return _safe(os.path.basename(path), lambda line: _append(path, line))  # noqa: PTH119


def payload_policy(settings: Settings, environ: Mapping[str, str]) -> str:
    """How much of a request its line keeps: `full`, `redacted` or `none`."""
    if settings.request_log_payload != "auto":
        return settings.request_log_payload
    return "redacted" if "K_SERVICE" in environ or settings.request_log == "cloud" else "full"


def _discard(_: bytes) -> None:
    """Keep nothing."""


def _append(path: str, line: bytes) -> None:
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
