"""The `cloud` sink against a fake Cloud Logging: entries, retries, overflow, shutdown."""

import json
import multiprocessing
import sys
import time
from collections.abc import Iterator

import msgspec
import pytest

from shared.log import cloud
from shared.log.cloud import CloudSink
from shared.log.entry import INSERT_ID, LABELS, SAMPLED, SPAN, TRACE, RequestFacts, request_line
from shared.log.sinks import open_sink
from shared.settings import Settings
from tests.fake_logging import FakeLogging, fake_logging

Lines = list[bytes]


@pytest.fixture
def server() -> Iterator[FakeLogging]:
    with fake_logging() as fake:
        yield fake


class RecordedSink:
    """A `CloudSink`, its reports and the lines that it writes to stdout."""

    def __init__(self, host: str) -> None:
        self.reports: list[str] = []
        self.stdout: Lines = []
        environ = {"LOGGING_EMULATOR_HOST": host, "GOOGLE_CLOUD_PROJECT": "projet"}
        self.sink = CloudSink(environ, lambda _, text: self.reports.append(text), self.stdout.append)

    def wait_for_stdout(self, count: int, seconds: float = 20) -> Lines:
        deadline = time.monotonic() + seconds
        while len(self.stdout) < count:
            assert time.monotonic() < deadline, f"{len(self.stdout)} lines on stdout instead of {count}"
            time.sleep(0.01)
        return self.stdout


@pytest.fixture
def recorded(server: FakeLogging) -> Iterator[RecordedSink]:
    sink = RecordedSink(server.host)
    yield sink
    sink.sink.close(0)


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up an API call after 0.3 seconds."""
    monkeypatch.setattr(cloud, "DEADLINE_SECONDS", 0.3)


def line(number: int = 0, size: int = 0) -> bytes:
    facts = RequestFacts(
        function="predire",
        model={"nom": "predire", "version": "0123456789ab"},
        request_id=f"{number:04}",
        method="POST",
        route="/predire",
        protocol="HTTP/1.1",
        request_size=12,
        status=422,
        response_size=34,
        latency=0.0123456,
        error={"code": "invalid_request"},
        trace={TRACE: "projects/projet/traces/" + "ab" * 16, SPAN: "cd" * 8, SAMPLED: True},
    )
    return msgspec.json.encode(request_line({"a": [1.5] * size}, None, facts)) + b"\n"


def numbers(entries: list[dict[str, object]]) -> list[int]:
    return [int(entry["jsonPayload"]["request_id"]) for entry in entries]  # type: ignore[index]


def test_an_entry_matches_cloud_runs_conversion_of_the_line(recorded: RecordedSink, server: FakeLogging) -> None:
    sent = line()
    recorded.sink(sent)
    [written] = server.wait_for(1)
    fields = json.loads(sent)
    expected = {
        "logName": "projects/projet/logs/augure",
        "resource": {"type": "global", "labels": {}},
        "severity": "WARNING",
        "timestamp": fields.pop("time"),
        "labels": fields.pop(LABELS),
        "insertId": fields.pop(INSERT_ID),
        "httpRequest": fields.pop("httpRequest"),
        "trace": fields.pop(TRACE),
        "spanId": fields.pop(SPAN),
        "traceSampled": fields.pop(SAMPLED),
    }
    del fields["severity"]
    assert written == expected | {"jsonPayload": fields}
    assert set(fields) >= {"message", "function", "model", "request_id", "latency_ms", "payload", "error"}


def test_lines_are_sent_in_batches_in_their_order(recorded: RecordedSink, server: FakeLogging) -> None:
    for number in range(300):
        recorded.sink(line(number))
    assert numbers(server.wait_for(300)) == list(range(300))
    assert server.calls < 5


def test_writing_a_line_does_not_wait_for_the_api(
    recorded: RecordedSink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sink takes 200 lines before the API answers the first call or the call times out."""
    monkeypatch.setattr(cloud, "DEADLINE_SECONDS", 0.1)  # a call times out after 5 seconds
    server.delay = 60
    for number in range(200):
        recorded.sink(line(number))
    assert (server.entries, recorded.stdout) == ([], [])


@pytest.mark.parametrize("faults", [[503, 503], [429], [0], [500]])
def test_a_transient_error_is_retried(recorded: RecordedSink, server: FakeLogging, faults: list[int]) -> None:
    server.faults = faults
    recorded.sink(line(7))
    assert numbers(server.wait_for(1)) == [7]
    assert (recorded.reports, recorded.stdout) == ([], [])


@pytest.mark.usefixtures("short_deadline")
def test_a_permanent_error_is_reported_once_and_loses_no_line(
    recorded: RecordedSink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "PAUSE_SECONDS", 0.2)
    server.faults = [403] * 3
    for number in range(3):
        recorded.sink(line(number))
        recorded.wait_for_stdout(number + 1)
        time.sleep(0.25)
    assert recorded.reports == ["request log cloud: Forbidden; lines go to stdout until the API takes them"]
    recorded.sink(line(3))
    assert numbers(server.wait_for(1)) == [3]
    assert [json.loads(text)["request_id"] for text in recorded.stdout] == ["0000", "0001", "0002"]


def test_during_the_pause_after_an_error_lines_go_to_stdout(recorded: RecordedSink, server: FakeLogging) -> None:
    server.faults = [403]
    recorded.sink(line(0))
    recorded.wait_for_stdout(1)
    recorded.sink(line(1))
    recorded.wait_for_stdout(2)
    assert server.calls == 1


@pytest.mark.usefixtures("short_deadline")
def test_with_the_api_unreachable_lines_go_to_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    unreachable = RecordedSink("127.0.0.1:9")
    sent = line(1)
    unreachable.sink(sent)
    assert unreachable.wait_for_stdout(1) == [sent]
    assert len(unreachable.reports) == 1
    assert capfd.readouterr().out == ""


def test_without_the_client_package_lines_go_to_stdout(recorded: RecordedSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.cloud.logging", None)
    recorded.sink(line(1))
    recorded.sink(line(2))
    recorded.wait_for_stdout(2)
    [report] = recorded.reports
    assert report.startswith("request log cloud: ModuleNotFoundError: import of google.cloud.logging halted")


@pytest.mark.parametrize(("name", "limit"), [("MAX_QUEUED_LINES", 5), ("MAX_QUEUED_BYTES", 3000)])
def test_with_a_full_queue_lines_go_to_stdout(
    recorded: RecordedSink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(cloud, name, limit)
    server.delay = 60
    recorded.sink(line(0))
    deadline = time.monotonic() + 60
    while server.calls == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for number in range(1, 20):
        recorded.sink(line(number))
    assert recorded.reports == ["request log cloud: the queue is full; lines go to stdout"]
    server.hurry.set()
    sent = numbers(server.wait_for(20 - len(recorded.stdout)))
    assert sorted(sent + [int(json.loads(text)["request_id"]) for text in recorded.stdout]) == list(range(20))
    assert sent[:3] == [0, 1, 2]


def test_close_flushes_the_queue(recorded: RecordedSink, server: FakeLogging) -> None:
    for number in range(20):
        recorded.sink(line(number))
    recorded.sink.close()
    assert numbers(server.entries) == list(range(20))
    recorded.sink(line(20))
    assert [json.loads(text)["request_id"] for text in recorded.stdout] == ["0020"]


def test_close_writes_unsent_lines_to_stdout_after_its_timeout(recorded: RecordedSink, server: FakeLogging) -> None:
    server.delay = 60
    for number in range(20):
        recorded.sink(line(number))
    start = time.monotonic()
    recorded.sink.close(0.5)
    assert time.monotonic() - start < 2
    assert recorded.reports == []  # the call has not timed out yet
    assert [int(json.loads(text)["request_id"]) for text in recorded.stdout] == list(range(20))


def test_a_line_over_the_limit_is_cut_and_marked(recorded: RecordedSink, server: FakeLogging) -> None:
    recorded.sink(line(size=100_000))
    [written] = server.wait_for(1)
    assert written["jsonPayload"]["cut"] == {}
    assert written["jsonPayload"]["payload"] is None
    assert len(json.dumps(written)) < 256 * 1024


def write_and_close(sink: CloudSink) -> None:
    sink(line(1))
    sink.close(20)  # importing the client may take longer than the default timeout


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_its_own_thread_and_queue(recorded: RecordedSink, server: FakeLogging) -> None:
    server.delay = 0.5
    recorded.sink(line(0))
    context = multiprocessing.get_context("fork")
    child = context.Process(target=write_and_close, args=(recorded.sink,))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert sorted(numbers(server.wait_for(2))) == [0, 1]
    assert (recorded.reports, recorded.stdout) == ([], [])


def test_open_sink_does_not_create_the_client(server: FakeLogging, monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[object] = []
    monkeypatch.setattr(cloud, "connect", connections.append)
    sink = open_sink(Settings(request_log="cloud"), {"LOGGING_EMULATOR_HOST": server.host})
    assert isinstance(sink, CloudSink)
    assert connections == []
