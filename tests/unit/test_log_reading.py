"""Request lines read back: `python -m shared.request_log`, from a file and from Cloud Logging."""

import csv
import errno
import io
import json
import os
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import log_reader
from shared.log_command import main, moment
from shared.log_entry import INSERT_ID, LABELS, TRACE, Facts, entry
from shared.log_reader import Wanted, from_cloud, from_file
from tests.fake_logging import FakeLogging, fake_logging
from tests.replay import ROOT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def line(number: int, function: str = "predire", version: str = "aaaaaaaaaaaa", **more: Any) -> dict[str, Any]:
    """A request line of `number` minutes before `NOW`."""
    facts = Facts(
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
    found = entry({"a": 'é;"\n', "b": 1.5}, {"prediction": "echec"}, facts)
    return found | {"time": (NOW - timedelta(minutes=number)).isoformat().replace("+00:00", "Z")} | more


LINES = [line(180), line(120, "predict_species"), line(60, version="bbbbbbbbbbbb"), line(0)]


def encoded(*lines: Any) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in lines)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "requetes.jsonl"
    file.write_bytes(encoded(*LINES))
    return file


Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """What the command writes, and what it says beside."""

    def ran(*words: object, **environ: str) -> tuple[str, str]:
        main([str(word) for word in words], environ)
        said = capfd.readouterr()
        return said.out, said.err

    return ran


def identifiers(text: str) -> list[str]:
    return [json.loads(one)["request_id"] for one in text.splitlines()]


def test_export_gives_every_line_back(run: Run, log: Path) -> None:
    written, said = run("export", "--source", log)
    assert [json.loads(one) for one in written.splitlines()] == LINES
    assert said == "4 lignes écrites, 0 laissées de côté\n"


def test_an_export_onto_the_log_itself_loses_nothing(run: Run, log: Path) -> None:
    run("export", "--source", log, "--output", log)
    assert [json.loads(one) for one in log.read_text("utf-8").splitlines()] == LINES
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_an_export_that_fails_leaves_the_last_one(run: Run, tmp_path: Path) -> None:
    to = tmp_path / "export.jsonl"
    to.write_text("last week's")
    with pytest.raises(SystemExit):
        run("export", "--source", tmp_path / "none.jsonl", "--output", to)
    assert to.read_text("utf-8") == "last week's"


def test_an_export_into_a_link_or_a_pipe_leaves_it_what_it_is(run: Run, log: Path, tmp_path: Path) -> None:
    """A device that is replaced is lost to the whole machine, and a log is not for everyone to read."""
    link, pipe = tmp_path / "link.jsonl", tmp_path / "pipe"
    link.symlink_to("export.jsonl")
    run("export", "--source", log, "--output", link)
    assert link.is_symlink()
    assert (tmp_path / "export.jsonl").stat().st_mode & 0o007 == 0
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)
    try:
        run("export", "--source", log, "--output", pipe)
        assert os.read(held, 65536) == encoded(*LINES)
    finally:
        os.close(held)
    assert pipe.is_fifo()


def test_what_cannot_be_written_is_one_sentence(run: Run, log: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for to in ("folder", "absent/a.jsonl", "."):
        with pytest.raises(SystemExit, match=r"^\S+ : [A-Z][a-z ]+$"):
            run("export", "--source", log, "--output", tmp_path / to if to != "." else to)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", ["tail", "export"])
def test_a_full_disk_behind_stdout_is_one_sentence(log: Path, command: str) -> None:
    words = [sys.executable, "-m", "shared.request_log", command, "--source", str(log)]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(words, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"sortie standard : {os.strerror(errno.ENOSPC)}"


def test_a_terminal_without_our_letters_shows_the_rest(log: Path) -> None:
    log.write_bytes(encoded(line(0, prediction={"libelle": "Âge ≤ 20"})))
    words = [sys.executable, "-m", "shared.request_log", "tail", "--source", str(log)]
    environ = os.environ | {"PYTHONIOENCODING": "cp1252"}
    ended = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert '{"libelle":"Âge ? 20"}'.encode("cp1252") in ended.stdout


def test_export_to_csv_gives_every_field_back(run: Run, log: Path, tmp_path: Path) -> None:
    written, _ = run("export", "--source", log, "--format", "csv", "--output", tmp_path / "a.csv")
    assert written == ""
    content = (tmp_path / "a.csv").read_bytes()
    assert content.count(b"\r\n") == 5
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    assert [row["request_id"] for row in rows] == ["id180", "id120", "id60", "id0"]
    assert json.loads(rows[0]["payload"]) == LINES[0]["payload"]
    assert json.loads(rows[0]["prediction"]) == {"prediction": "echec"}
    assert (rows[2]["model"], rows[2]["version"], rows[2]["trace"]) == ("predire", "bbbbbbbbbbbb", "t")
    assert (rows[2]["status"], rows[2]["latency_ms"], rows[2]["error"]) == ("200", "12.5", "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--function", "predict_species"], ["id120"]),
        (["--version", "bbbbbbbbbbbb"], ["id60"]),
        (["--since", "2026-11-21T10:00:00Z"], ["id120", "id60", "id0"]),
        (["--since", "2026-11-21T11:00:00+01:00", "--until", "2026-11-21T11:00:00Z"], ["id120"]),
        (["--until", "2026-11-21T09:00:00Z"], []),
        (["--function", "predire", "--version", "aaaaaaaaaaaa", "--until", "2026-11-21T12:00:00Z"], ["id180"]),
    ],
)
def test_filters(run: Run, log: Path, words: list[str], found: list[str]) -> None:
    assert identifiers(run("export", "--source", log, *words)[0]) == found


def test_how_long_ago() -> None:
    assert moment("2h", NOW) == NOW - timedelta(hours=2)
    assert moment("30m", NOW) == NOW - timedelta(minutes=30)
    assert moment("7d", NOW) == moment("7j", NOW) == NOW - timedelta(days=7)
    assert moment("2026-11-21T13:00:00+01:00") == NOW
    for wrong in ("hier", "2h30", "2026-11-21T12:00:00", "-2h", "", "999999d"):
        with pytest.raises(ArgumentTypeError):
            moment(wrong)


def test_a_wrong_command_says_what_is_expected(run: Run, log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["--since", "hier"], ["--lines", "0"], ["--format", "xml"]):
        with pytest.raises(SystemExit) as stopped:
            run("tail", "--source", log, *words)
        assert stopped.value.code == 2
    assert "attendu : une date RFC 3339 avec son fuseau, ou une durée (30m, 2h, 7d), reçu : 'hier'" in (
        capfd.readouterr().err
    )


def test_what_cannot_be_read_is_named_and_skipped(run: Run, log: Path) -> None:
    good = encoded(LINES[0])
    stray = b'{"severity":"ERROR","message":"x"}\n'
    zoneless = encoded(LINES[0] | {"time": "2026-11-21T12:00:00"})
    several = encoded(LINES[0] | {"model": {"nom": "predire", "version": ["a", "b"]}})
    odd = stray + b"[]\n" + b"\xff\xfe\n" + zoneless
    log.write_bytes(good + b'{"time":\n' + odd + good + b"\n" + several + good[:-20])
    written, said = run("export", "--source", log)
    assert written.encode() == good + good
    assert said.splitlines() == [
        "ligne 2 : ce n'est pas un objet JSON ; laissée de côté",
        "ligne 3 : ce n'est pas la ligne d'une requête ; laissée de côté",
        "ligne 4 : ce n'est pas un objet JSON ; laissée de côté",
        "ligne 5 : ce n'est pas un objet JSON ; laissée de côté",
        "ligne 6 : ce n'est pas la ligne d'une requête ; laissée de côté",
        "ligne 8 : ce n'est pas un objet JSON ; laissée de côté",
        "ligne 9 : ce n'est pas la ligne d'une requête ; laissée de côté",
        "ligne 10 : ce n'est pas un objet JSON, et elle ne finit pas ; laissée de côté",
        "2 lignes écrites, 8 laissées de côté",
    ]


def test_a_last_line_without_its_end_is_whole_all_the_same(run: Run, log: Path) -> None:
    log.write_bytes(encoded(*LINES)[:-1])
    assert len(identifiers(run("export", "--source", log)[0])) == 4


def test_tail_shows_the_last_lines(run: Run, log: Path) -> None:
    assert len(run("tail", "--source", log, "-n", "9" * 30)[0].splitlines()) == 4
    written, said = run("tail", "--source", log, "-n", "2")
    assert written.splitlines() == [
        f'{time}  INFO     POST /predire 200  12.5 ms  predire {version}  {name}  {{"prediction":"echec"}}'
        for time, version, name in (
            ("2026-11-21T11:00:00Z", "bbbbbbbbbbbb", "id60"),
            ("2026-11-21T12:00:00Z", "aaaaaaaaaaaa", "id0"),
        )
    ]
    assert said == ""


def test_tail_lets_no_line_steer_the_terminal(run: Run, log: Path) -> None:
    log.write_bytes(encoded(line(1, function="\x1b[2J"), line(2, model=None, error={"code": "not_ready"})))
    written, _ = run("tail", "--source", log)
    assert "\x1b" not in written
    assert "not_ready" in written


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("export", "--source", tmp_path / "none.jsonl")
    assert stopped.value.code == f"{tmp_path / 'none.jsonl'} : No such file or directory"


def test_following_waits_for_whole_lines_and_survives_rotation(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reader, "POLL_SECONDS", 0.01)
    skipped: list[str] = []
    stream = from_file(log, Wanted(), skipped.append, follow=True)

    def following() -> str:
        limit = time.monotonic() + 60
        for found in stream:
            assert time.monotonic() < limit, skipped
            if found is not None:
                return str(found["request_id"])
        raise AssertionError("the stream ended")

    assert [following() for _ in range(4)] == ["id180", "id120", "id60", "id0"]
    assert next(stream) is None
    new = encoded(line(-1))
    with log.open("ab") as file:
        file.write(new[:30])
        file.flush()
        assert next(stream) is None
        file.write(new[30:])
    assert following() == "id-1"
    with log.open("ab") as file:
        file.write(encoded(line(-9)))
    log.rename(log.with_suffix(".1"))
    assert following() == "id-9"
    assert next(stream) is None
    log.write_bytes(encoded(line(-2)))
    assert following() == "id-2"
    log.write_bytes(b"")
    assert next(stream) is None
    assert next(stream) is None
    log.write_bytes(encoded(line(-3)))
    assert following() == "id-3"
    assert skipped == []


def test_the_command_follows_a_file_and_ends_quietly(log: Path) -> None:
    command = [sys.executable, "-m", "shared.request_log", "tail", "--source", str(log), "--follow", "-n", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "id0" in process.stdout.readline()
        with log.open("ab") as file:
            file.write(encoded(line(-5)))
        assert "id-5" in process.stdout.readline()
        process.stdout.close()
        with log.open("ab") as file:
            file.write(encoded(line(-6)))
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(10) == 0


def test_the_command_is_no_weight_for_a_function() -> None:
    code = "import sys, shared.endpoint; print(*sorted(name for name in sys.modules if 'log' in name))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = set(loaded.split())
    assert {"shared.request_log", "shared.log_entry"} <= names
    assert not names & {"shared.log_command", "shared.log_reader", "shared.log_table", "shared.cloud_log"}


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
    monkeypatch.setattr(log_reader, "CLOUD_POLL_SECONDS", 0.05)
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
    monkeypatch.setattr(log_reader, "CLOUD_POLL_SECONDS", 0.05)
    server.stored = [stored(one) for one in LINES[:3]]
    since = datetime.now(UTC) - timedelta(seconds=5)
    stream = from_cloud({"LOGGING_EMULATOR_HOST": server.host}, Wanted(since=since), print, newest=1, follow=True)
    assert [found and found["request_id"] for found in (next(stream), next(stream))] == ["id60", None]
    assert next(stream) is None


def test_what_the_sink_wrote_is_read_back(server: FakeLogging, run: Run) -> None:
    """The whole way: sink, API, reader."""
    from shared.cloud_log import CloudSink  # noqa: PLC0415

    sink = CloudSink({"LOGGING_EMULATOR_HOST": server.host}, print, lambda _: None)
    for one in LINES:
        sink(encoded(one))
    sink.close()
    server.stored = server.entries
    written, _ = run("export", "--source", "cloud", "--since", "1h", LOGGING_EMULATOR_HOST=server.host)
    assert identifiers(written) == ["id180", "id120", "id60", "id0"]
    assert [json.loads(one)["httpRequest"] for one in written.splitlines()] == [one["httpRequest"] for one in LINES]
