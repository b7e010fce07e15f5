"""Request lines read back from Cloud Logging: `python -m shared.log ... --source cloud`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.log import reader
from shared.log.entry import INSERT_ID, LABELS, TRACE
from shared.log.reader import LogFilter, from_cloud
from tests.fake_logging import FakeLogging, fake_logging
from tests.log_lines import LINES, Run, encoded, identifiers

pytestmark = pytest.mark.usefixtures("french")


@pytest.fixture
def server() -> Iterator[FakeLogging]:
    with fake_logging() as fake:
        yield fake


def stored_entry(line: dict[str, Any], log: str = "augure") -> dict[str, Any]:
    """A request line as an entry of Cloud Logging's API."""
    payload = dict(line)
    fields = {"timestamp": payload.pop("time"), "severity": payload.pop("severity"), "trace": payload.pop(TRACE)}
    fields |= {"labels": payload.pop(LABELS), "insertId": payload.pop(INSERT_ID)}
    fields |= {"httpRequest": payload.pop("httpRequest")}
    return fields | {"logName": f"projects/local/logs/{log}", "jsonPayload": payload, "resource": {"type": "global"}}


def test_export_from_the_cloud_writes_the_original_lines(run: Run, server: FakeLogging) -> None:
    server.stored = [stored_entry(line) for line in LINES]
    stdout, stderr = run("export", "--source", "cloud", "--since", "1d", LOGGING_EMULATOR_HOST=server.host)
    assert [json.loads(line) for line in stdout.splitlines()] == [
        line | {"time": line["time"].replace("Z", ".000000Z")} for line in LINES
    ]
    assert len(server.searches) == 2
    assert stderr == "4 lignes écrites, 0 laissées de côté\n"


def test_command_line_filters_become_a_query(run: Run, server: FakeLogging) -> None:
    filters = ["--function", "predire", "--version", 'a"b', "--since", "2026-11-21T10:00:00Z"]
    filters += ["--until", "2026-11-21T12:00:00+01:00", "--project", "autre"]
    run(
        "tail", "--source", "cloud", "-n", 3, *filters, LOGGING_EMULATOR_HOST=server.host, GOOGLE_CLOUD_PROJECT="projet"
    )
    [search] = server.searches
    assert search["filter"] == (
        'jsonPayload.request_id:* AND labels.function="predire" AND labels.model_version="a\\"b" '
        'AND timestamp>="2026-11-21T10:00:00+00:00" AND timestamp<"2026-11-21T12:00:00+01:00"'
    )
    assert (search["resourceNames"], search["orderBy"]) == (["projects/autre"], "timestamp desc")


def test_logging_view_replaces_the_project(run: Run, server: FakeLogging) -> None:
    view = "projects/p/locations/europe-west9/buckets/augure/views/_AllLogs"
    run("export", "--source", "cloud", LOGGING_EMULATOR_HOST=server.host, LOGGING_VIEW=view)
    assert [search["resourceNames"] for search in server.searches] == [[view]]


def test_tail_of_the_cloud_is_in_order_and_reports_its_period(run: Run, server: FakeLogging) -> None:
    server.stored = [stored_entry(line) for line in LINES]
    stdout, stderr = run("tail", "--source", "cloud", "-n", 3, LOGGING_EMULATOR_HOST=server.host)
    assert [line.split("  ")[-2] for line in stdout.splitlines()] == ["id120", "id60", "id0"]
    assert stderr == "sans --since : les dernières 24 heures\n"
    assert "timestamp>=" in server.searches[0]["filter"]


def test_duplicate_entries_are_merged_and_other_entries_reported(run: Run, server: FakeLogging) -> None:
    text_entry = stored_entry(LINES[1] | {INSERT_ID: "zz"})
    del text_entry["jsonPayload"]
    server.stored = [
        stored_entry(LINES[0]),
        stored_entry(LINES[0], "run.googleapis.com%2Fstdout"),
        text_entry | {"textPayload": "x"},
    ]
    stdout, stderr = run("export", "--source", "cloud", "--since", "1h", LOGGING_EMULATOR_HOST=server.host)
    assert identifiers(stdout) == ["id180"]
    assert "entrée zz : ce n'est pas la ligne d'une requête ; laissée de côté\n" in stderr


def test_an_api_error_exits_with_one_sentence(run: Run, server: FakeLogging) -> None:
    server.faults = [403]
    with pytest.raises(SystemExit) as excinfo:
        run("export", "--source", "cloud", LOGGING_EMULATOR_HOST=server.host)
    assert str(excinfo.value.code).startswith("Cloud Logging : Forbidden : 403 POST")


def test_follow_from_the_cloud_shows_each_line_once(server: FakeLogging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CLOUD_POLL_SECONDS", 0.05)
    server.stored = [stored_entry(line) for line in LINES[:2]]
    stream = from_cloud({"LOGGING_EMULATOR_HOST": server.host}, LogFilter(), print, newest=10, follow=True)
    assert [line and line["request_id"] for line in (next(stream), next(stream), next(stream))] == [
        "id180",
        "id120",
        None,
    ]
    server.stored = [stored_entry(line) for line in LINES[:3]]
    assert [line and line["request_id"] for line in (next(stream), next(stream))] == ["id60", None]


def test_follow_from_the_cloud_shows_nothing_older_than_since(
    server: FakeLogging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "CLOUD_POLL_SECONDS", 0.05)
    server.stored = [stored_entry(line) for line in LINES[:3]]
    since = datetime.now(UTC) - timedelta(seconds=5)
    stream = from_cloud({"LOGGING_EMULATOR_HOST": server.host}, LogFilter(since=since), print, newest=1, follow=True)
    assert [line and line["request_id"] for line in (next(stream), next(stream))] == ["id60", None]
    assert next(stream) is None


def test_lines_written_by_the_sink_are_read_back(server: FakeLogging, run: Run) -> None:
    """Round trip: sink, API, reader."""
    from shared.log.cloud import CloudSink  # noqa: PLC0415

    sink = CloudSink({"LOGGING_EMULATOR_HOST": server.host}, print, lambda _: None)
    for line in LINES:
        sink(encoded(line))
    sink.close()
    server.stored = server.entries
    stdout, _ = run("export", "--source", "cloud", "--since", "1h", LOGGING_EMULATOR_HOST=server.host)
    assert identifiers(stdout) == ["id180", "id120", "id60", "id0"]
    assert [json.loads(line)["httpRequest"] for line in stdout.splitlines()] == [line["httpRequest"] for line in LINES]
