"""Request lines as people and spreadsheets read them."""

import csv
from collections.abc import Iterable
from typing import Any, TextIO

import msgspec

from shared.log.entry import TRACE

MAX_SHOWN = 100
"""Characters of a prediction that are shown."""

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
"""Of a CSV file. `payload` and `prediction` are JSON."""


def readable(line: Line) -> str:
    """One line of a terminal: when, what, how long, which model, what was shown_prediction."""
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
    shown = "  ".join(word for word in words if word)
    return "".join(letter if letter.isprintable() else "?" for letter in shown)


def write_json(lines: Iterable[Line], to: TextIO) -> int:
    """Write JSONL, and return how many lines."""
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007  # how many there were
        to.write(_json(line) + "\n")
    return count


def write_csv(lines: Iterable[Line], to: TextIO) -> int:
    """Write CSV with `COLUMNS` as its head, and return how many lines."""
    table = csv.writer(to, lineterminator="\r\n")
    table.writerow(COLUMNS)
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007  # how many there were
        table.writerow(_row(line))
    return count


def _row(line: Line) -> list[object]:
    model, error = line.get("model") or {}, line.get("error") or {}
    known = {
        **{name: line.get(name, "") for name in COLUMNS},
        "model": model.get("nom", ""),
        "version": model.get("version", ""),
        "error": error.get("code", ""),
        "payload": _json(line.get("payload")),
        "prediction": _json(line.get("prediction")),
        "trace": line.get(TRACE, ""),
    }
    return [known[name] for name in COLUMNS]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
