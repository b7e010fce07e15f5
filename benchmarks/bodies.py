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
STUDENTS = Path(os.environ.get("DATA_DIR") or ROOT.parent / "shared/data") / "uci697/data.csv"


class Bulk(NamedTuple):
    """A request with many rows."""

    request: bytes
    rows: int


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request to localhost, with the body's length where there is one."""
    length = {"Content-Length": str(len(body))} if body else {}
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in {**headers, **length}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def post(path: str, value: Any) -> bytes:
    """A POST of a JSON value."""
    return request("POST", path, JSON, json.dumps(value).encode())


def irises(count: int) -> list[list[float]]:
    """The 150 real flowers again and again: four lengths each, in cm, in scikit-learn's order.

    Read from scikit-learn's file without importing it: libraries that this process shared with a server would make the
    server's PSS look smaller.
    """
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("scikit-learn, whose copy of iris is read")
    with (Path(found.origin).parent / "datasets/data/iris.csv").open(encoding="utf-8", newline="") as file:
        rows = [[float(value) for value in row[:4]] for row in list(csv.reader(file))[1:]]
    return cycled(rows, count)


def named(rows: Sequence[Sequence[float]]) -> dict[str, list[dict[str, float]]]:
    """Irises as predict_species reads them, under scikit-learn's names."""
    return {"data": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}


def students(count: int) -> list[dict[str, Any]]:
    """The students of predire's examples that get an answer, again and again: all three stages."""
    bodies = [case.body for case in cases(ROOT / "functions/predire") if (case.path, case.status) == ("/predire", 200)]
    values = [json.loads(body) for body in bodies]
    return cycled([one for value in values for one in (value if isinstance(value, list) else [value])], count)


def real_students(count: int) -> list[dict[str, Any]]:
    """Students of the data set under its own 36 column names; none where the file is not there."""
    if not STUDENTS.exists():
        return []
    with STUDENTS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file, delimiter=";"), count))
    return [{name: json.loads(value) for name, value in row.items() if name != "Target"} for row in rows]


def cycled(rows: list[Row], count: int) -> list[Row]:
    """The first `count` of the rows repeated without end."""
    return list(itertools.islice(itertools.cycle(rows), count))
