"""The examples of `functions/*/examples`, and the comparison of a response with them. Standard library only."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.terminal import say

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-5
"""Largest difference, relative or absolute, between a number and the recorded one."""


@dataclass(frozen=True)
class Case:
    """One example: a request, and the expected status and body."""

    file: Path
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    expected: Any

    @property
    def function(self) -> str:
        """The function's name."""
        return self.file.parent.parent.name

    def __str__(self) -> str:
        return f"{self.function}/{self.file.name.removesuffix('.case.json')}"


def cases(folder: Path) -> list[Case]:
    """The examples of one function."""
    return [_read(file) for file in sorted(folder.glob("examples/*.case.json"))]


def _read(file: Path) -> Case:
    case = json.loads(file.read_text(encoding="utf-8"))
    request, response = case["request"], case["response"]
    content, media_type = b"", {}
    if "body" in request:
        body, media_type = request["body"], {"Content-Type": "application/json"}
        content = (file.parent / body).read_bytes() if isinstance(body, str) else json.dumps(body).encode()
    headers = {**media_type, **request.get("headers", {})}
    return Case(file, request["method"], request["path"], headers, content, response["status"], response["body"])


def steady(value: Any, request_id: str, version: str) -> Any:
    """A body with the examples' placeholders.

    Args:
        value: a JSON value.
        request_id: replaced by `{request_id}`.
        version: of the model; replaced by `{version}`.
    """
    if isinstance(value, dict):
        return {key: steady(item, request_id, version) for key, item in value.items()}
    if isinstance(value, list):
        return [steady(item, request_id, version) for item in value]
    if not isinstance(value, str) or not value:
        return value
    return {request_id: "{request_id}", version: "{version}"}.get(value, value)


def differences(expected: Any, actual: Any, at: str = "") -> list[str]:
    """Sentences about every difference between two JSON values; numbers may differ by `TOLERANCE`.

    Args:
        expected: the recorded value.
        actual: the value to compare.
        at: JSON pointer of both values.
    """
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        return [line for key in expected for line in differences(expected[key], actual[key], f"{at}/{key}")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for i, (left, right) in pairs for line in differences(left, right, f"{at}/{i}")]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (expected, actual))
    if numbers and math.isclose(expected, actual, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return []
    if expected == actual:
        return []
    text = ("{at} : attendu {expected!r}, reçu {actual!r}", "{at}: expected {expected!r}, got {actual!r}")
    return [say(text, at=at or "/", expected=expected, actual=actual)]
