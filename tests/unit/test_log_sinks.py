"""The request line and its sinks: fields, trace, limits, files, failures."""

import json
import multiprocessing
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.log.entry import (
    INSERT_ID,
    LABELS,
    MAX_LINE_BYTES,
    SAMPLED,
    SPAN,
    TRACE,
    RequestFacts,
    trace_fields,
    truncated,
)
from shared.log.sinks import log_request, open_sink, payload_policy
from shared.settings import Settings
from tests.replay import ROOT

FACTS = RequestFacts(
    function="predire",
    model={"nom": "predire", "version": "0123456789ab"},
    request_id="f00d",
    method="POST",
    route="/predire",
    protocol="HTTP/1.1",
    request_size=12,
    status=200,
    response_size=34,
    latency=0.0123456,
    error=None,
    trace={TRACE: "t"},
)


def test_a_line_holds_every_field() -> None:
    lines: list[bytes] = []
    log_request({"a": "é\n"}, {"prediction": "echec"}, FACTS, lines.append)
    [line] = lines
    assert line.count(b"\n") == 1
    entry = json.loads(line)
    time = datetime.fromisoformat(entry.pop("time"))
    assert len(entry.pop(INSERT_ID)) == 24
    assert timedelta(0) <= datetime.now(UTC) - time < timedelta(seconds=5)
    assert entry == {
        "severity": "INFO",
        "message": "POST /predire 200",
        "function": "predire",
        "model": {"nom": "predire", "version": "0123456789ab"},
        "request_id": "f00d",
        "status": 200,
        "latency_ms": 12.346,
        "payload": {"a": "é\n"},
        "prediction": {"prediction": "echec"},
        "httpRequest": {
            "requestMethod": "POST",
            "requestUrl": "/predire",
            "requestSize": "12",
            "status": 200,
            "responseSize": "34",
            "latency": "0.012346s",
            "protocol": "HTTP/1.1",
        },
        LABELS: {"function": "predire", "model_version": "0123456789ab"},
        TRACE: "t",
    }


def test_a_line_over_the_limit_keeps_the_first_rows() -> None:
    rows = [{"a": number, "text": "x" * 90} for number in range(3000)]
    lines: list[bytes] = []
    log_request(rows, [{"p": number} for number in range(3000)], FACTS, lines.append)
    truncated_line = truncated(lines[0])
    assert len(truncated_line) <= MAX_LINE_BYTES < len(lines[0])
    whole, cut = json.loads(lines[0]), json.loads(truncated_line)
    assert cut.pop("cut") == {"payload": 3000, "prediction": 3000}
    assert (len(cut["payload"]), len(cut["prediction"])) == (1500, 1500)
    assert cut == whole | {"payload": rows[:1500], "prediction": whole["prediction"][:1500]}
    assert truncated(truncated_line) == truncated_line


@pytest.mark.parametrize(
    ("traceparent", "cloud", "project", "fields"),
    [
        ("", "", "p", {}),
        ("garbage", "garbage/1;o=1", "p", {}),
        (
            f"00-{'ab' * 16}-{'cd' * 8}-01",
            "",
            "",
            {TRACE: "ab" * 16, SPAN: "cd" * 8, SAMPLED: True},
        ),
        (
            f"00-{'ab' * 16}-{'cd' * 8}-00",
            f"{'EF' * 16}/1;o=1",
            "projet",
            {TRACE: f"projects/projet/traces/{'ab' * 16}", SPAN: "cd" * 8, SAMPLED: False},
        ),
        (
            "",
            f"{'EF' * 16}/255;o=1",
            "projet",
            {TRACE: f"projects/projet/traces/{'ef' * 16}", SPAN: "00000000000000ff", SAMPLED: True},
        ),
        ("", "EF" * 16, "", {TRACE: "ef" * 16, SAMPLED: False}),
        ("", f"{'EF' * 16}/99999999999999999999;o=1", "", {TRACE: "ef" * 16, SAMPLED: True}),
        (
            f"00-{'0' * 32}-{'cd' * 8}-01",
            f"{'EF' * 16}/1;o=1",
            "",
            {TRACE: "ef" * 16, SPAN: f"{1:016x}", SAMPLED: True},
        ),
        (f"ff-{'ab' * 16}-{'cd' * 8}-01", f"{'0' * 32}/1;o=1", "", {}),
    ],
)
def test_trace_headers_become_trace_fields(
    traceparent: str, cloud: str, project: str, fields: dict[str, object]
) -> None:
    assert trace_fields(traceparent, cloud, project) == fields


def test_auto_is_a_file_locally_and_stdout_on_cloud_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_sink(Settings(), {})(b"here\n")
    assert (tmp_path / "requetes_enrg.jsonl").read_bytes() == b"here\n"
    open_sink(Settings(), {"K_SERVICE": "predire"})(b"cloud\n")
    assert capfd.readouterr().out == "cloud\n"
    assert (tmp_path / "requetes_enrg.jsonl").read_bytes() == b"here\n"


def test_off_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_sink(Settings(request_log="off"), {})(b"line\n")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().out == ""


def test_a_relative_path_survives_a_change_of_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = open_sink(Settings(request_log="jsonl:log.jsonl"), {})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    sink(b"line\n")
    assert (tmp_path / "log.jsonl").read_bytes() == b"line\n"


def test_a_failing_sink_is_reported_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sink = open_sink(Settings(request_log=f"jsonl:{tmp_path}/none/log.jsonl"), {})
    sink(b"line\n")
    sink(b"line\n")
    assert json.loads(capfd.readouterr().err) == {
        "severity": "ERROR",
        "message": "request log log.jsonl: No such file or directory; lines are being lost",
    }


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    open_sink(Settings(request_log="jsonl:/dev/full"), {})(b"line\n")
    assert "No space left on device" in capfd.readouterr().err


def test_long_lines_of_several_threads_reach_a_pipe_whole() -> None:
    code = (
        "from shared.log.sinks import open_sink; from shared.settings import Settings\n"
        "sink = open_sink(Settings(request_log='stdout'), {})\n"
        "import threading\n"
        "threads = [threading.Thread(target=sink, args=(bytes([65 + i]) * 200_000 + b'\\n',)) for i in range(4)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
    )
    lines = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout.splitlines()
    assert sorted(line[:1] for line in lines) == [b"A", b"B", b"C", b"D"]
    assert all(line == line[:1] * 200_000 for line in lines)


def write_many(path: str, digit: int) -> None:
    sink = open_sink(Settings(request_log=f"jsonl:{path}"), {})
    for _ in range(300):
        sink(str(digit).encode() * 5000 + b"\n")


def test_processes_share_a_file_without_mixing_lines(tmp_path: Path) -> None:
    path = str(tmp_path / "log.jsonl")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_many, args=(path, digit)) for digit in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lines = Path(path).read_text("ascii").splitlines()
    assert len(lines) == 900
    assert set(lines) == {str(digit) * 5000 for digit in range(3)}


@pytest.mark.parametrize(
    ("setting", "environ", "expected"),
    [
        ("auto", {}, "full"),
        ("auto", {"K_SERVICE": "x"}, "redacted"),
        ("full", {"K_SERVICE": "x"}, "full"),
        ("none", {}, "none"),
    ],
)
def test_the_auto_payload_policy_is_full_locally_and_redacted_on_cloud_run(
    setting: str, environ: dict[str, str], expected: str
) -> None:
    settings = Settings(request_log_payload=setting)  # type: ignore[arg-type]  # one of the four
    assert payload_policy(settings, environ) == expected
