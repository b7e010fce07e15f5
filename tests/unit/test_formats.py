"""Formats are written once, and times as RFC 3339."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.formats import BUCKET_NAME, VERSION, now, rfc3339
from tests.replay import ROOT


def test_time_is_written_in_utc_to_the_microsecond() -> None:
    when = datetime(2026, 11, 21, 13, 44, 45, 120000, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(when) == "2026-11-21T12:44:45.120000Z"


def test_now_is_the_same_format() -> None:
    before = rfc3339(datetime.now(UTC))
    moment = now()
    assert before <= moment <= rfc3339(datetime.now(UTC))
    assert rfc3339(datetime.fromisoformat(moment)) == moment


@pytest.mark.parametrize(
    ("name", "valid"),
    [("augure-models", True), ("a.b_c", True), ("ab", False), ("-ab", False), ("Abc", False), ("a" * 222, True)],
)
def test_bucket_name(name: str, *, valid: bool) -> None:
    assert (re.fullmatch(BUCKET_NAME, name) is not None) == valid


@pytest.mark.parametrize("pattern", [VERSION, BUCKET_NAME])
def test_pattern_is_written_once(pattern: str) -> None:
    folders = ("shared", "functions", "models", "training", "tools", "benchmarks")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    assert [file.name for file in files if pattern in file.read_text("utf-8")] == ["formats.py"]
