"""Writes request lines for terminals, as JSONL and as CSV."""

import csv
from collections.abc import Iterable
from typing import Any, TextIO

import msgspec

from shared.log.entry import TRACE

MAX_SHOWN = 100
"""Longest prediction in a terminal, in characters."""

Line = dict[str, Any]

COLUMNS = (
    "time",
    "severity",
    "function",
    "model",
    "version",
    "request_id",
    "status",
    "latency_ms",
    "message",
    "error",
    "payload",
    "prediction",
    "trace",
)
"""Columns of a CSV file. `payload` and `prediction` are JSON."""


def readable(line: Line) -> str:
    """A request line for a terminal: time, request, latency, model, prediction."""
    model = line.get("model") or {}
    error = line.get("error") or {}
    prediction = line.get("prediction")
    shown_prediction = "" if prediction is None else _json(prediction)
    words = (
        str(line["time"])[:23].rstrip("Z") + "Z",
        f"{line.get('severity', ''):7}",
        f"{line.get('message', '')}",
        f"{line.get('latency_ms', '')} ms",
        f"{line['function']} {model.get('version', '-')}",
        str(line.get("request_id", "")),
        str(error.get("code", "")),
        shown_prediction if len(shown_prediction) <= MAX_SHOWN else shown_prediction[: MAX_SHOWN - 3] + "...",
    )
    text = "  ".join(word for word in words if word)
    return "".join(character if character.isprintable() else "?" for character in text)


def write_json(lines: Iterable[Line], output: TextIO) -> int:
    """Write JSONL. Returns the number of lines."""
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007  # the count is returned
        output.write(_json(line) + "\n")
    return count


def write_csv(lines: Iterable[Line], output: TextIO) -> int:
    """Write CSV with the header `COLUMNS`. Returns the number of lines."""
    table = csv.writer(output, lineterminator="\r\n")
    table.writerow(COLUMNS)
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007  # the count is returned
        table.writerow(_row(line))
    return count


def _row(line: Line) -> list[object]:
    model, error = line.get("model") or {}, line.get("error") or {}
    values = {
        **{name: line.get(name, "") for name in COLUMNS},
        "model": model.get("nom", ""),
        "version": model.get("version", ""),
        "error": error.get("code", ""),
        "payload": _json(line.get("payload")),
        "prediction": _json(line.get("prediction")),
        "trace": line.get(TRACE, ""),
    }
    return [values[name] for name in COLUMNS]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
