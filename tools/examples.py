"""The examples of `functions/*/examples`, and how an answer is compared with them. Standard library only."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-5
"""How far a probability, a percentage or a contribution may be from the recorded one."""


@dataclass(frozen=True)
class Case:
    """One example: what to ask, and the status and body that must come."""

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
    asked, answer = case["request"], case["response"]
    content, kind = b"", {}
    if "body" in asked:
        body, kind = asked["body"], {"Content-Type": "application/json"}
        content = (file.parent / body).read_bytes() if isinstance(body, str) else json.dumps(body).encode()
    headers = {**kind, **asked.get("headers", {})}
    return Case(file, asked["method"], asked["path"], headers, content, answer["status"], answer["body"])


def steady(value: Any, request_id: str, version: str) -> Any:
    """A body in which what differs each time stands as the examples' placeholders."""
    if isinstance(value, dict):
        return {key: steady(item, request_id, version) for key, item in value.items()}
    if isinstance(value, list):
        return [steady(item, request_id, version) for item in value]
    if not isinstance(value, str) or not value:
        return value
    return {request_id: "{request_id}", version: "{version}"}.get(value, value)


def differences(expected: Any, actual: Any, at: str = "") -> list[str]:
    """Every place where two JSON values differ, as sentences; numbers may be `TOLERANCE` apart."""
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        return [line for key in expected for line in differences(expected[key], actual[key], f"{at}/{key}")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for i, (left, right) in pairs for line in differences(left, right, f"{at}/{i}")]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (expected, actual))
    if numbers and math.isclose(expected, actual, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return []
    return [] if expected == actual else [f"{at or '/'}: expected {expected!r}, got {actual!r}"]
