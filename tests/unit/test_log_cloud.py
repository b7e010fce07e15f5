"""The `cloud` sink against a server that speaks as Cloud Logging does: what is written, what happens where it fails."""

import json
import multiprocessing
import sys
import time
from collections.abc import Iterator

import msgspec
import pytest

from shared.log import cloud
from shared.log.cloud import CloudSink
from shared.log.entry import INSERT_ID, LABELS, SAMPLED, SPAN, TRACE, RequestFacts, entry
from shared.log.sinks import open_sink
from shared.settings import Settings
from tests.fake_logging import FakeLogging, fake_logging

Lines = list[bytes]


@pytest.fixture
def server() -> Iterator[FakeLogging]:
    with fake_logging() as found:
        yield found


class Sink:
    """A sink, and what it said and wrote elsewhere."""

    def __init__(self, host: str) -> None:
        self.said: list[str] = []
        self.spared: Lines = []
        environ = {"LOGGING_EMULATOR_HOST": host, "GOOGLE_CLOUD_PROJECT": "projet"}
        self.sink = CloudSink(environ, lambda _, text: self.said.append(text), self.spared.append)

    def spares(self, count: int, seconds: float = 20) -> Lines:
        limit = time.monotonic() + seconds
        while len(self.spared) < count:
            assert time.monotonic() < limit, f"{len(self.spared)} lines on stdout instead of {count}"
            time.sleep(0.01)
        return self.spared


@pytest.fixture
def made(server: FakeLogging) -> Iterator[Sink]:
    found = Sink(server.host)
    yield found
    found.sink.close(0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon."""
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
    return msgspec.json.encode(entry({"a": [1.5] * size}, None, facts)) + b"\n"


def numbers(entries: list[dict[str, object]]) -> list[int]:
    return [int(entry["jsonPayload"]["request_id"]) for entry in entries]  # type: ignore[index]


def test_an_entry_is_what_cloud_run_makes_of_the_line(made: Sink, server: FakeLogging) -> None:
    sent = line()
    made.sink(sent)
    [found] = server.wait_for(1)
    whole = json.loads(sent)
    expected = {
        "logName": "projects/projet/logs/augure",
        "resource": {"type": "global", "labels": {}},
        "severity": "WARNING",
        "timestamp": whole.pop("time"),
        "labels": whole.pop(LABELS),
        "insertId": whole.pop(INSERT_ID),
        "httpRequest": whole.pop("httpRequest"),
        "trace": whole.pop(TRACE),
        "spanId": whole.pop(SPAN),
        "traceSampled": whole.pop(SAMPLED),
    }
    del whole["severity"]
    assert found == expected | {"jsonPayload": whole}
    assert set(whole) >= {"message", "function", "model", "request_id", "latency_ms", "payload", "error"}


def test_lines_keep_their_order_and_go_together(made: Sink, server: FakeLogging) -> None:
    for number in range(300):
        made.sink(line(number))
    assert numbers(server.wait_for(300)) == list(range(300))
    assert server.calls < 5


def test_a_request_never_waits(made: Sink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 lines are taken before the API answers the first, or is given up."""
    monkeypatch.setattr(cloud, "DEADLINE_SECONDS", 0.1)  # a call ends after 5 seconds
    server.delay = 60
    for number in range(200):
        made.sink(line(number))
    assert (server.entries, made.spared) == ([], [])


@pytest.mark.parametrize("faults", [[503, 503], [429], [0], [500]])
def test_what_passes_is_tried_again(made: Sink, server: FakeLogging, faults: list[int]) -> None:
    server.faults = faults
    made.sink(line(7))
    assert numbers(server.wait_for(1)) == [7]
    assert (made.said, made.spared) == ([], [])


@pytest.mark.usefixtures("quick")
def test_an_api_that_fails_costs_one_report_and_no_line(
    made: Sink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "PAUSE_SECONDS", 0.2)
    server.faults = [403] * 3
    for number in range(3):
        made.sink(line(number))
        made.spares(number + 1)
        time.sleep(0.25)
    assert made.said == ["request log cloud: Forbidden; lines go to stdout until the API takes them"]
    made.sink(line(3))
    assert numbers(server.wait_for(1)) == [3]
    assert [json.loads(one)["request_id"] for one in made.spared] == ["0000", "0001", "0002"]


def test_while_the_api_is_left_alone_lines_go_straight_to_stdout(made: Sink, server: FakeLogging) -> None:
    server.faults = [403]
    made.sink(line(0))
    made.spares(1)
    made.sink(line(1))
    made.spares(2)
    assert server.calls == 1


@pytest.mark.usefixtures("quick")
def test_nobody_listens(capfd: pytest.CaptureFixture[str]) -> None:
    lost = Sink("127.0.0.1:9")
    sent = line(1)
    lost.sink(sent)
    assert lost.spares(1) == [sent]
    assert len(lost.said) == 1
    assert capfd.readouterr().out == ""


def test_without_the_package_lines_go_to_stdout(made: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.cloud.logging", None)
    made.sink(line(1))
    made.sink(line(2))
    made.spares(2)
    [said] = made.said
    assert said.startswith("request log cloud: ModuleNotFoundError: import of google.cloud.logging halted")


@pytest.mark.parametrize(("name", "limit"), [("MAX_LINES", 5), ("MAX_BYTES", 3000)])
def test_a_full_queue_spills_to_stdout(
    made: Sink, server: FakeLogging, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(cloud, name, limit)
    server.delay = 60
    made.sink(line(0))
    limit_of_wait = time.monotonic() + 60
    while server.calls == 0:
        assert time.monotonic() < limit_of_wait
        time.sleep(0.01)
    for number in range(1, 20):
        made.sink(line(number))
    assert made.said == ["request log cloud: the queue is full; lines go to stdout"]
    server.hurry.set()
    kept = numbers(server.wait_for(20 - len(made.spared)))
    assert sorted(kept + [int(json.loads(one)["request_id"]) for one in made.spared]) == list(range(20))
    assert kept[:3] == [0, 1, 2]


def test_the_end_sends_what_waits(made: Sink, server: FakeLogging) -> None:
    for number in range(20):
        made.sink(line(number))
    made.sink.close()
    assert numbers(server.entries) == list(range(20))
    made.sink(line(20))
    assert [json.loads(one)["request_id"] for one in made.spared] == ["0020"]


def test_an_end_that_cannot_wait_leaves_the_rest_on_stdout(made: Sink, server: FakeLogging) -> None:
    server.delay = 60
    for number in range(20):
        made.sink(line(number))
    begun = time.monotonic()
    made.sink.close(0.5)
    assert time.monotonic() - begun < 2
    assert made.said == []  # as it is once the API is given up
    assert [int(json.loads(one)["request_id"]) for one in made.spared] == list(range(20))


def test_a_line_that_is_too_long_is_cut_and_says_so(made: Sink, server: FakeLogging) -> None:
    made.sink(line(size=100_000))
    [found] = server.wait_for(1)
    assert found["jsonPayload"]["cut"] == {}
    assert found["jsonPayload"]["payload"] is None
    assert len(json.dumps(found)) < 256 * 1024


def in_child(sink: CloudSink) -> None:
    sink(line(1))
    sink.close(20)  # importing the client may take longer than the end of a process waits


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_fork_has_a_thread_and_a_queue_of_its_own(made: Sink, server: FakeLogging) -> None:
    server.delay = 0.5
    made.sink(line(0))
    context = multiprocessing.get_context("fork")
    child = context.Process(target=in_child, args=(made.sink,))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert sorted(numbers(server.wait_for(2))) == [0, 1]
    assert (made.said, made.spared) == ([], [])


def test_the_setting_opens_it_without_its_client(server: FakeLogging, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(cloud, "connect", asked.append)
    sink = open_sink(Settings(request_log="cloud"), {"LOGGING_EMULATOR_HOST": server.host})
    assert isinstance(sink, CloudSink)
    assert asked == []
