"""The functions under the real `functions-framework` command: start, load and stop."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.buckets import until
from tests.replay import FOLDERS, ROOT, Case, cases, differences
from tests.serving import FRAMEWORK, free_port, serving


def good_case(folder: Path) -> Case:
    return next(case for case in cases(folder) if case.status == 200)


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("place", ["root", "own folder"])
def test_the_readme_command_serves_the_examples(folder: Path, place: str) -> None:
    """From the project's root with --source, and from the function's own folder without."""
    where, source = (ROOT, f"functions/{folder.name}/main.py") if place == "root" else (folder, None)
    case = good_case(folder)
    with serving(folder.name, where, source=source) as server:
        status, body = server.ask(case.method, case.path, case.body)
        version = json.loads(server.ask("GET", "/model")[1]).get("version", "{version}")
    assert status == 200
    content = body.replace(version.encode(), b"{version}").decode()
    assert differences(case.expected, json.loads(content) if isinstance(case.expected, dict) else content) == []


def test_sixteen_concurrent_clients_get_their_own_responses_and_log_lines(tmp_path: Path) -> None:
    students = json.loads((ROOT / "functions/predire/examples/donnees_etapes.json").read_text("utf-8"))
    wrong: list[str] = []
    with serving("predire", tmp_path) as server:
        expected = [server.post("/predire", json.dumps(student).encode())[1] for student in students]

        def ask(offset: int) -> None:
            for turn in range(25):
                which = (offset + turn) % len(students)
                status, body = server.post("/predire", json.dumps(students[which]).encode())
                if (status, body) != (200, expected[which]):
                    wrong.append(body.decode())

        clients = [threading.Thread(target=ask, args=(offset,)) for offset in range(16)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert wrong == []
    lines = log_of(tmp_path)
    assert len(lines) == 16 * 25 + len(students)
    assert len({line["request_id"] for line in lines}) == len(lines)


STOPS = int(os.environ.get("AUGURE_STOPS", "3"))
"""Number of repetitions; 50 before a release."""


@pytest.mark.parametrize("turn", range(STOPS))
def test_sigterm_loses_no_response_and_no_log_line(turn: int, tmp_path: Path) -> None:
    """Each accepted request gets its response and one log line; later connections are refused."""
    case = good_case(ROOT / "functions/predict_species")
    answered: list[str] = []
    with serving("predict_species", tmp_path) as server:

        def ask() -> None:
            head = {"Content-Type": "application/json"}
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                try:
                    connection.request("POST", case.path, case.body, head)
                    answer = connection.getresponse()
                except OSError:
                    return
                assert (answer.status, json.loads(answer.read())) == (200, case.expected)
                answered.append(answer.headers["X-Request-Id"])
                connection.close()

        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        until(lambda: len(answered) > 20 + 10 * turn)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        for client in clients:
            client.join()
    lines = log_of(tmp_path)
    assert sorted(line["request_id"] for line in lines) == sorted(answered)
    assert {line["status"] for line in lines} == {200}


def test_log_execution_id_keeps_the_frameworks_application(tmp_path: Path) -> None:
    case = good_case(ROOT / "functions/predict_species")
    with serving("predict_species", tmp_path, environ={"LOG_EXECUTION_ID": "true"}) as server:
        status, body = server.post(case.path, case.body)
        assert (status, json.loads(body)) == (200, case.expected)
        assert server.ask("GET", "/favicon.ico") == (404, b"Not Found")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_wrong_setting_stops_the_command_with_one_line(folder: Path, tmp_path: Path) -> None:
    command = [str(FRAMEWORK), "--target", folder.name, "--source", str(folder / "main.py"), "--port", str(free_port())]
    environ = os.environ | {"LC_ALL": "fr_FR.UTF-8", "REQUEST_LOG": "partout"}
    result = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert result.stderr == (
        'REQUEST_LOG : attendu : texte de la forme ^(auto|stdout|cloud|off|jsonl:.+)$, reçu : "partout"\n'
    )


def test_a_client_whose_upload_is_refused_reads_the_response(tmp_path: Path) -> None:
    """2 MiB of spaces: the client reads the 413 before the connection closes."""
    with serving("predire", tmp_path) as server:
        status, body = server.post("/predire", b" " * 2 * 1024 * 1024)
        assert status == 413
        assert json.loads(body)["code"] == "too_large"
        assert server.post("/nulle/part", b" " * 8 * 1024 * 1024)[0] == 404
        assert server.get("/health/live") == b'{"status":"live"}'


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_function_writes_no_user_files_and_exits_cleanly(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No file in the user's folders and no message on stderr at exit: ONNX Runtime's telemetry left both."""
    home = tmp_path / "home"
    home.mkdir()
    case = good_case(folder)
    environ = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    with serving(folder.name, tmp_path, environ=environ) as server:
        assert server.ask(case.method, case.path, case.body)[0] == 200
    assert server.process.returncode == 0
    assert list(home.iterdir()) == []
    assert capfd.readouterr().err == ""


HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: %s\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "media_type", "rest", "status", "logged"),
    [
        (b"/predict_species", b"application/json", b"Content-Length: 500\r\n\r\n{}", 400, [400]),
        (b"/predict_species", b"application/json", CHUNKED + b"zz\r\n{}\r\n", 400, [400]),
        (b"/predict_species", b"application/json", CHUNKED + b"2\r\n{}\r\n", 400, [400]),
        (b"/predict_species", b"application/json", CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 422, [422]),
        (b"/predict_species", b"text/plain", CHUNKED + b"2\r\n{}\r\n0\r\n: bad\r\n\r\n", 415, [415]),
        (b"/nulle/part", b"application/json", CHUNKED + b"zz\r\n", 404, []),
    ],
)
def test_an_invalid_body_is_a_client_error(
    path: bytes, media_type: bytes, rest: bytes, status: int, logged: list[int], tmp_path: Path
) -> None:
    """Over a raw socket: the parser of the real server raises errors that the test client cannot."""
    with serving("predict_species", tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(HEAD % (path, media_type) + rest)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert server.get("/health/live") == b'{"status":"live"}'
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head
    assert b'"status":%d' % status in body
    assert ([line["status"] for line in log_of(tmp_path)] if logged else []) == logged


def test_stdout_lines_on_cloud_run(tmp_path: Path) -> None:
    environ = {"K_SERVICE": "predire", "GOOGLE_CLOUD_PROJECT": "projet", "REQUEST_LOG": "auto"}
    port = free_port()
    command = [str(FRAMEWORK), "--target", "predire", "--source", str(ROOT / "functions/predire/main.py")]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        body = '{"Nom": "Dupont", "debtor": 1}'
        header = "X-Cloud-Trace-Context: 0123456789abcdef0123456789abcdef/1;o=1"
        curl = ["curl", "-s", "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "-H", header]
        curl += ["-H", "Content-Type: application/json", "-d", body, f"http://127.0.0.1:{port}/predire"]
        assert json.loads(subprocess.run(curl, capture_output=True, check=True).stdout)["status"] == 422
        process.send_signal(signal.SIGTERM)
        [line] = process.stdout.read().splitlines()
    entry = json.loads(line)
    assert entry["logging.googleapis.com/trace"] == "projects/projet/traces/0123456789abcdef0123456789abcdef"
    assert (entry["severity"], entry["status"], entry["payload"]) == ("WARNING", 422, {"debtor": 1})
    assert b"Dupont" not in line
    assert list(tmp_path.iterdir()) == []
