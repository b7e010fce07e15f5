"""Whole HTTP requests as bytes: the small ones of the examples, and bodies of many rows."""

import csv
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tools.examples import ROOT, cases

Row = TypeVar("Row")

COLUMNS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
JSON = {"Content-Type": "application/json"}
STUDENTS_FILE = Path(os.environ.get("DATA_DIR") or ROOT.parent / "shared/data") / "uci697/data.csv"


class Bulk(NamedTuple):
    """A whole HTTP request with many rows, and their number."""

    request: bytes
    rows: int


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request to localhost.

    Args:
        method: of HTTP.
        path: with its query string.
        headers: besides Host and Content-Length.
        body: the content; empty for none.
    """
    length = {"Content-Length": str(len(body))} if body else {}
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in {**headers, **length}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def post(path: str, value: Any) -> bytes:
    """A POST of a JSON value."""
    return request("POST", path, JSON, json.dumps(value).encode())


def irises(count: int) -> list[list[float]]:
    """`count` rows of four lengths in cm: the 150 real flowers in scikit-learn's order, repeated.

    Reads scikit-learn's file without importing scikit-learn: libraries that are shared with a measured server would
    lower its PSS.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    module = find_spec("sklearn")
    if module is None or module.origin is None:
        raise ModuleNotFoundError("scikit-learn, for its copy of iris")
    with (Path(module.origin).parent / "datasets/data/iris.csv").open(encoding="utf-8", newline="") as file:
        rows = [[float(value) for value in row[:4]] for row in list(csv.reader(file))[1:]]
    return repeat(rows, count)


def named_irises(rows: Sequence[Sequence[float]]) -> dict[str, list[dict[str, float]]]:
    """A request of predict_species: irises under scikit-learn's column names."""
    return {"data": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}


def students(count: int) -> list[dict[str, Any]]:
    """`count` students of predire's successful examples, repeated: all three stages."""
    bodies = [case.body for case in cases(ROOT / "functions/predire") if (case.path, case.status) == ("/predire", 200)]
    values = [json.loads(body) for body in bodies]
    return repeat([row for value in values for row in (value if isinstance(value, list) else [value])], count)


def real_students(count: int) -> list[dict[str, Any]]:
    """At most `count` students of the data set under its own 36 column names; none if the file is missing."""
    if not STUDENTS_FILE.exists():
        return []
    with STUDENTS_FILE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file, delimiter=";"), count))
    return [{name: json.loads(value) for name, value in row.items() if name != "Target"} for row in rows]


def repeat(rows: list[Row], count: int) -> list[Row]:
    """`count` rows: these, repeated."""
    return list(itertools.islice(itertools.cycle(rows), count))
