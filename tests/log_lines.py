"""Request log lines, for tests of their readers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.log.entry import TRACE, RequestFacts, request_line

Run = Callable[..., tuple[str, str]]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def line(number: int, function: str = "predire", version: str = "aaaaaaaaaaaa", **more: Any) -> dict[str, Any]:
    """A request log line, `number` minutes before `NOW`."""
    facts = RequestFacts(
        function=function,
        model={"nom": function, "version": version},
        request_id=f"id{number}",
        method="POST",
        route=f"/{function}",
        protocol="HTTP/1.1",
        request_size=12,
        status=200,
        response_size=34,
        latency=0.0125,
        error=None,
        trace={TRACE: "t"},
    )
    found = request_line({"a": 'é;"\n', "b": 1.5}, {"prediction": "echec"}, facts)
    return found | {"time": (NOW - timedelta(minutes=number)).isoformat().replace("+00:00", "Z")} | more


LINES = [line(180), line(120, "predict_species"), line(60, version="bbbbbbbbbbbb"), line(0)]


def encoded(*lines: Any) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in lines)


def identifiers(text: str) -> list[str]:
    return [json.loads(one)["request_id"] for one in text.splitlines()]
