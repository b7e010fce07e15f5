"""The `cloud` sink under the real `functions-framework`: created after the fork, flushed at the end, never blocking."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.log.entry import INSERT_ID
from tests.fake_logging import FakeLogging, fake_logging
from tests.replay import ROOT, cases
from tests.serving import FRAMEWORK, Server, free_port, wait_until_live

CASE = next(case for case in cases(ROOT / "functions/predict_species") if case.status == 200)


@contextmanager
def logging_to(host: str, folder: Path, **more: str) -> Iterator[Server]:
    """`predict_species` with the sink, its output in the files `out` and `err` of a folder."""
    environ = {"REQUEST_LOG": "cloud", "LOGGING_EMULATOR_HOST": host, "XDG_RUNTIME_DIR": str(folder), **more}
    port = free_port()
    command = [str(FRAMEWORK), "--target", "predict_species", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--source", str(ROOT / "functions/predict_species/main.py")]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environ, stdout=out, stderr=err)
        server = Server(process, port)
        try:
            wait_until_live(server)
            yield server
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)


def ask(server: Server, times: int) -> list[int]:
    return [server.post(CASE.path, CASE.body)[0] for _ in range(times)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_response_has_a_log_entry_after_sigterm(tmp_path: Path, workers: str) -> None:
    with fake_logging() as api:
        with logging_to(api.host, tmp_path, WORKERS=workers) as server:
            clients = [threading.Thread(target=ask, args=(server, 25)) for _ in range(4)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(15) == 0
        assert len(api.entries) == 100
        assert len({entry["insertId"] for entry in api.entries}) == 100
        assert {entry["httpRequest"]["status"] for entry in api.entries} == {200}
    assert ((tmp_path / "out").read_bytes(), (tmp_path / "err").read_bytes()) == (b"", b"")


def test_sigterm_right_after_the_first_response_loses_no_entry(tmp_path: Path) -> None:
    """The client is still being imported when the signal comes."""
    with fake_logging() as api:
        with logging_to(api.host, tmp_path) as server:
            assert ask(server, 1) == [200]
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(15) == 0
        assert len(api.entries) == 1
    assert (tmp_path / "err").read_bytes() == b""


def test_a_hanging_api_delays_no_response_and_lines_go_to_stdout(tmp_path: Path) -> None:
    with fake_logging() as api:
        api.delay = 60
        with logging_to(api.host, tmp_path) as server:
            ask(server, 1)
            _wait_for_call(api)
            begun = time.monotonic()
            assert ask(server, 50) == [200] * 50
            assert time.monotonic() - begun < 30, "one answer that waits for the API takes 5 s, 50 take 250"
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(20) == 0
    lines = [json.loads(line) for line in (tmp_path / "out").read_text("utf-8").splitlines()]
    assert len({line[INSERT_ID] for line in lines}) == 51


def _wait_for_call(api: FakeLogging) -> None:
    limit = time.monotonic() + 60
    while not api.calls:
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_refusing_api_is_reported_once(tmp_path: Path) -> None:
    with fake_logging() as api:
        api.faults = [403] * 100
        with logging_to(api.host, tmp_path) as server:
            ask(server, 20)
        assert api.entries == []
    assert len((tmp_path / "out").read_bytes().splitlines()) == 20
    [report] = (tmp_path / "err").read_text("utf-8").splitlines()
    assert json.loads(report)["severity"] == "ERROR"
