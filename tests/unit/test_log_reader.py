"""Request lines read back from a file: `python -m shared.log`."""

import csv
import errno
import io
import json
import os
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import Text
from shared.log import reader
from shared.log.__main__ import parse_time
from shared.log.reader import LogFilter, from_file
from tests.log_lines import LINES, NOW, Run, encoded, identifiers, line
from tests.replay import ROOT

pytestmark = pytest.mark.usefixtures("french")


def test_export_writes_every_line(run: Run, log: Path) -> None:
    stdout, stderr = run("export", "--source", log)
    assert [json.loads(text) for text in stdout.splitlines()] == LINES
    assert stderr == "4 lignes écrites, 0 laissées de côté\n"


def test_an_export_onto_its_own_source_loses_nothing(run: Run, log: Path) -> None:
    run("export", "--source", log, "--output", log)
    assert [json.loads(text) for text in log.read_text("utf-8").splitlines()] == LINES
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_a_failed_export_keeps_the_previous_file(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "export.jsonl"
    output.write_text("last week's")
    with pytest.raises(SystemExit):
        run("export", "--source", tmp_path / "none.jsonl", "--output", output)
    assert output.read_text("utf-8") == "last week's"


def test_an_export_to_a_symlink_or_a_pipe_does_not_replace_it(run: Run, log: Path, tmp_path: Path) -> None:
    """Replacing a device would break it for the whole machine. Other users cannot read the export."""
    link, pipe = tmp_path / "link.jsonl", tmp_path / "pipe"
    link.symlink_to("export.jsonl")
    run("export", "--source", log, "--output", link)
    assert link.is_symlink()
    assert (tmp_path / "export.jsonl").stat().st_mode & 0o007 == 0
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDWR)
    try:
        run("export", "--source", log, "--output", pipe)
        assert os.read(descriptor, 65536) == encoded(*LINES)
    finally:
        os.close(descriptor)
    assert pipe.is_fifo()


def test_an_unwritable_output_exits_with_one_sentence(run: Run, log: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("folder", "absent/a.jsonl", "."):
        with pytest.raises(SystemExit, match=r"^\S+ : [A-Z][a-z ]+$"):
            run("export", "--source", log, "--output", tmp_path / name if name != "." else name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("command", ["tail", "export"])
def test_a_full_disk_behind_stdout_exits_with_one_sentence(log: Path, command: str) -> None:
    arguments = [sys.executable, "-m", "shared.log", command, "--source", str(log)]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(arguments, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"sortie standard : {os.strerror(errno.ENOSPC)}"


def test_characters_that_the_terminal_lacks_become_question_marks(log: Path) -> None:
    log.write_bytes(encoded(line(0, prediction={"libelle": "Âge ≤ 20"})))
    arguments = [sys.executable, "-m", "shared.log", "tail", "--source", str(log)]
    environ = os.environ | {"PYTHONIOENCODING": "cp1252"}
    result = subprocess.run(arguments, cwd=ROOT, env=environ, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    assert '{"libelle":"Âge ? 20"}'.encode("cp1252") in result.stdout


def test_export_to_csv_writes_every_field(run: Run, log: Path, tmp_path: Path) -> None:
    stdout, _ = run("export", "--source", log, "--format", "csv", "--output", tmp_path / "a.csv")
    assert stdout == ""
    content = (tmp_path / "a.csv").read_bytes()
    assert content.count(b"\r\n") == 5
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    assert [row["request_id"] for row in rows] == ["id180", "id120", "id60", "id0"]
    assert json.loads(rows[0]["payload"]) == LINES[0]["payload"]
    assert json.loads(rows[0]["prediction"]) == {"prediction": "echec"}
    assert (rows[2]["model"], rows[2]["version"], rows[2]["trace"]) == ("predire", "bbbbbbbbbbbb", "t")
    assert (rows[2]["status"], rows[2]["latency_ms"], rows[2]["error"]) == ("200", "12.5", "")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--function", "predict_species"], ["id120"]),
        (["--version", "bbbbbbbbbbbb"], ["id60"]),
        (["--since", "2026-11-21T10:00:00Z"], ["id120", "id60", "id0"]),
        (["--since", "2026-11-21T11:00:00+01:00", "--until", "2026-11-21T11:00:00Z"], ["id120"]),
        (["--until", "2026-11-21T09:00:00Z"], []),
        (["--function", "predire", "--version", "aaaaaaaaaaaa", "--until", "2026-11-21T12:00:00Z"], ["id180"]),
    ],
)
def test_filters_select_the_lines(run: Run, log: Path, arguments: list[str], expected: list[str]) -> None:
    assert identifiers(run("export", "--source", log, *arguments)[0]) == expected


def test_a_moment_is_a_duration_or_an_rfc_3339_time() -> None:
    assert parse_time("2h", NOW) == NOW - timedelta(hours=2)
    assert parse_time("30m", NOW) == NOW - timedelta(minutes=30)
    assert parse_time("7d", NOW) == parse_time("7j", NOW) == NOW - timedelta(days=7)
    assert parse_time("2026-11-21T13:00:00+01:00") == NOW
    for wrong in ("hier", "2h30", "2026-11-21T12:00:00", "-2h", "", "999999d"):
        with pytest.raises(ArgumentTypeError):
            parse_time(wrong)


def test_an_invalid_argument_exits_2_with_the_expected_form(
    run: Run, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--since", "hier"], ["--lines", "0"], ["--format", "xml"]):
        with pytest.raises(SystemExit) as excinfo:
            run("tail", "--source", log, *arguments)
        assert excinfo.value.code == 2
    assert "attendu : une date RFC 3339 avec son fuseau, ou une durée (30m, 2h, 7d), reçu : 'hier'" in (
        capfd.readouterr().err
    )


def test_unreadable_lines_are_reported_and_skipped(run: Run, log: Path) -> None:
    good = encoded(LINES[0])
    stray = b'{"severity":"ERROR","message":"x"}\n'
    zoneless = encoded(LINES[0] | {"time": "2026-11-21T12:00:00"})
    several = encoded(LINES[0] | {"model": {"nom": "predire", "version": ["a", "b"]}})
    invalid = stray + b"[]\n" + b"\xff\xfe\n" + zoneless
    log.write_bytes(good + b'{"time":\n' + invalid + good + b"\n" + several + good[:-20])
    stdout, stderr = run("export", "--source", log)
    assert stdout.encode() == good + good
    assert stderr.splitlines() == [
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


def test_a_complete_last_line_without_a_newline_is_read(run: Run, log: Path) -> None:
    log.write_bytes(encoded(*LINES)[:-1])
    assert len(identifiers(run("export", "--source", log)[0])) == 4


def test_tail_shows_the_last_lines(run: Run, log: Path) -> None:
    assert len(run("tail", "--source", log, "-n", "9" * 30)[0].splitlines()) == 4
    stdout, stderr = run("tail", "--source", log, "-n", "2")
    assert stdout.splitlines() == [
        f'{time}  INFO     POST /predire 200  12.5 ms  predire {version}  {name}  {{"prediction":"echec"}}'
        for time, version, name in (
            ("2026-11-21T11:00:00Z", "bbbbbbbbbbbb", "id60"),
            ("2026-11-21T12:00:00Z", "aaaaaaaaaaaa", "id0"),
        )
    ]
    assert stderr == ""


def test_tail_writes_no_control_characters(run: Run, log: Path) -> None:
    log.write_bytes(encoded(line(1, function="\x1b[2J"), line(2, model=None, error={"code": "not_ready"})))
    stdout, _ = run("tail", "--source", log)
    assert "\x1b" not in stdout
    assert "not_ready" in stdout


def test_a_missing_file_exits_with_its_error(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as excinfo:
        run("export", "--source", tmp_path / "none.jsonl")
    assert excinfo.value.code == f"{tmp_path / 'none.jsonl'} : No such file or directory"


def test_follow_waits_for_complete_lines_and_survives_rotation(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "POLL_SECONDS", 0.01)
    skipped: list[Text] = []
    stream = from_file(log, LogFilter(), skipped.append, follow=True)

    def next_id() -> str:
        deadline = time.monotonic() + 60
        for entry in stream:
            assert time.monotonic() < deadline, skipped
            if entry is not None:
                return str(entry["request_id"])
        raise AssertionError("the stream ended")

    assert [next_id() for _ in range(4)] == ["id180", "id120", "id60", "id0"]
    assert next(stream) is None
    new = encoded(line(-1))
    with log.open("ab") as file:
        file.write(new[:30])
        file.flush()
        assert next(stream) is None
        file.write(new[30:])
    assert next_id() == "id-1"
    with log.open("ab") as file:
        file.write(encoded(line(-9)))
    log.rename(log.with_suffix(".1"))
    assert next_id() == "id-9"
    assert next(stream) is None
    log.write_bytes(encoded(line(-2)))
    assert next_id() == "id-2"
    log.write_bytes(b"")
    assert next(stream) is None
    assert next(stream) is None
    log.write_bytes(encoded(line(-3)))
    assert next_id() == "id-3"
    assert skipped == []


def test_follow_ends_quietly_when_its_output_is_closed(log: Path) -> None:
    command = [sys.executable, "-m", "shared.log", "tail", "--source", str(log), "--follow", "-n", "1"]
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


def test_a_function_does_not_import_the_log_command() -> None:
    code = "import sys, shared.endpoint; print(*sorted(name for name in sys.modules if 'log' in name))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = set(loaded.split())
    assert {"shared.log.sinks", "shared.log.entry"} <= names
    assert not names & {"shared.log.__main__", "shared.log.reader", "shared.log.table", "shared.log.cloud"}
