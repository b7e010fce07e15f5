"""Request lines read back from Cloud Logging: `python -m shared.log ... --source cloud`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.log import reader
from shared.log.entry import INSERT_ID, LABELS, TRACE
from shared.log.reader import Wanted, from_cloud
from tests.fake_logging import FakeLogging, fake_logging
from tests.log_lines import LINES, Run, encoded, identifiers


@pytest.fixture
def server() -> Iterator[FakeLogging]:
    with fake_logging() as found:
        yield found


def stored(one: dict[str, Any], log: str = "augure") -> dict[str, Any]:
    """A line as the API gives it back."""
    payload = dict(one)
    fields = {"timestamp": payload.pop("time"), "severity": payload.pop("severity"), "trace": payload.pop(TRACE)}
    fields |= {"labels": payload.pop(LABELS), "insertId": payload.pop(INSERT_ID)}
    fields |= {"httpRequest": payload.pop("httpRequest")}
    return fields | {"logName": f"projects/local/logs/{log}", "jsonPayload": payload, "resource": {"type": "global"}}


def test_export_from_the_cloud_is_the_lines_as_they_were(run: Run, server: FakeLogging) -> None:
    server.stored = [stored(one) for one in LINES]
    written, said = run("export", "--source", "cloud", "--since", "1d", LOGGING_EMULATOR_HOST=server.host)
    assert [json.loads(one) for one in written.splitlines()] == [
        one | {"time": one["time"].replace("Z", ".000000Z")} for one in LINES
    ]
    assert len(server.searches) == 2
    assert said == "4 lignes écrites, 0 laissées de côté\n"


def test_the_filters_become_a_query(run: Run, server: FakeLogging) -> None:
    words = ["--function", "predire", "--version", 'a"b', "--since", "2026-11-21T10:00:00Z"]
    words += ["--until", "2026-11-21T12:00:00+01:00", "--project", "autre"]
    run("tail", "--source", "cloud", "-n", 3, *words, LOGGING_EMULATOR_HOST=server.host, GOOGLE_CLOUD_PROJECT="projet")
    [search] = server.searches
    assert search["filter"] == (
        'jsonPayload.request_id:* AND labels.function="predire" AND labels.model_version="a\\"b" '
        'AND timestamp>="2026-11-21T10:00:00+00:00" AND timestamp<"2026-11-21T12:00:00+01:00"'
    )
    assert (search["resourceNames"], search["orderBy"]) == (["projects/autre"], "timestamp desc")


def test_a_view_is_read_in_place_of_the_project(run: Run, server: FakeLogging) -> None:
    view = "projects/p/locations/europe-west9/buckets/augure/views/_AllLogs"
    run("export", "--source", "cloud", LOGGING_EMULATOR_HOST=server.host, LOGGING_VIEW=view)
    assert [search["resourceNames"] for search in server.searches] == [[view]]


def test_tail_of_the_cloud_is_in_order_and_says_how_far_it_looked(run: Run, server: FakeLogging) -> None:
    server.stored = [stored(one) for one in LINES]
    written, said = run("tail", "--source", "cloud", "-n", 3, LOGGING_EMULATOR_HOST=server.host)
    assert [one.split("  ")[-2] for one in written.splitlines()] == ["id120", "id60", "id0"]
    assert said == "sans --since : les dernières 24 heures\n"
    assert "timestamp>=" in server.searches[0]["filter"]


def test_a_line_that_went_both_ways_is_one_and_what_is_none_is_named(run: Run, server: FakeLogging) -> None:
    text = stored(LINES[1] | {INSERT_ID: "zz"})
    del text["jsonPayload"]
    server.stored = [stored(LINES[0]), stored(LINES[0], "run.googleapis.com%2Fstdout"), text | {"textPayload": "x"}]
    written, said = run("export", "--source", "cloud", "--since", "1h", LOGGING_EMULATOR_HOST=server.host)
    assert identifiers(written) == ["id180"]
    assert "entrée zz : ce n'est pas la ligne d'une requête ; laissée de côté\n" in said


def test_a_cloud_that_refuses_is_one_sentence(run: Run, server: FakeLogging) -> None:
    server.faults = [403]
    with pytest.raises(SystemExit) as stopped:
        run("export", "--source", "cloud", LOGGING_EMULATOR_HOST=server.host)
    assert str(stopped.value.code).startswith("Cloud Logging : Forbidden : 403 POST")


def test_following_the_cloud_gives_each_line_once(server: FakeLogging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CLOUD_POLL_SECONDS", 0.05)
    server.stored = [stored(one) for one in LINES[:2]]
    stream = from_cloud({"LOGGING_EMULATOR_HOST": server.host}, Wanted(), print, newest=10, follow=True)
    assert [found and found["request_id"] for found in (next(stream), next(stream), next(stream))] == [
        "id180",
        "id120",
        None,
    ]
    server.stored = [stored(one) for one in LINES[:3]]
    assert [found and found["request_id"] for found in (next(stream), next(stream))] == ["id60", None]


def test_following_the_cloud_shows_nothing_older_than_asked(
    server: FakeLogging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "CLOUD_POLL_SECONDS", 0.05)
    server.stored = [stored(one) for one in LINES[:3]]
    since = datetime.now(UTC) - timedelta(seconds=5)
    stream = from_cloud({"LOGGING_EMULATOR_HOST": server.host}, Wanted(since=since), print, newest=1, follow=True)
    assert [found and found["request_id"] for found in (next(stream), next(stream))] == ["id60", None]
    assert next(stream) is None


def test_what_the_sink_wrote_is_read_back(server: FakeLogging, run: Run) -> None:
    """The whole way: sink, API, reader."""
    from shared.log.cloud import CloudSink  # noqa: PLC0415

    sink = CloudSink({"LOGGING_EMULATOR_HOST": server.host}, print, lambda _: None)
    for one in LINES:
        sink(encoded(one))
    sink.close()
    server.stored = server.entries
    written, _ = run("export", "--source", "cloud", "--since", "1h", LOGGING_EMULATOR_HOST=server.host)
    assert identifiers(written) == ["id180", "id120", "id60", "id0"]
    assert [json.loads(one)["httpRequest"] for one in written.splitlines()] == [one["httpRequest"] for one in LINES]
