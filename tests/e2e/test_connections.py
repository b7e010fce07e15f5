"""Unusual connections to the real server, over raw sockets."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.replay import ROOT, cases
from tests.serving import Server, serving

CASE = next(case for case in cases(ROOT / "functions/predict_species") if case.status == 200)
HEAD = f"POST {CASE.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
LENGTH = b"Content-Length: %d\r\n" % len(CASE.body)
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("predict_species", tmp_path_factory.mktemp("connections")) as running:
        yield running


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def talk(server: Server, sent: bytes, *, half_closed: bool = False) -> tuple[bytes, bytes]:
    """Status line and body of every response until the server closes the connection."""
    with connect(server) as connection:
        connection.sendall(sent)
        if half_closed:
            connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


def test_a_half_closed_connection_gets_its_response(server: Server) -> None:
    for head in (HEAD + LENGTH, HEAD + LENGTH + b"Connection: close\r\n"):
        status, body = talk(server, head + b"\r\n" + CASE.body, half_closed=True)
        assert status == b"HTTP/1.1 200 OK"
        assert json.loads(body) == CASE.expected


@pytest.mark.parametrize("head", [HEAD + LENGTH + b"Connection: close\r\n", (HEAD + LENGTH).replace(b"1.1", b"1.0")])
def test_the_connection_closes_if_the_client_requests_it(server: Server, head: bytes) -> None:
    assert json.loads(talk(server, head + b"\r\n" + CASE.body)[1]) == CASE.expected


def test_protocol_upgrades_are_ignored(server: Server) -> None:
    """Java's client requests an upgrade to HTTP/2 on its first plain connection."""
    assert json.loads(talk(server, HEAD + LENGTH + OFFER + b"\r\n" + CASE.body, half_closed=True)[1]) == CASE.expected
    assert talk(server, LIVE + OFFER + b"\r\n", half_closed=True)[1] == b'{"status":"live"}'
    asked = LIVE.replace(b"/health/live", "/nulle/é".encode()) + OFFER + b"\r\n" + LIVE + b"\r\n"
    assert talk(server, asked, half_closed=True)[1].endswith(b'{"status":"live"}')
    assert talk(server, LIVE + OFFER.replace(b"h2c", b"websocket") + b"\r\n", half_closed=True)[0] == b"HTTP/1.1 200 OK"


def test_a_body_after_an_ignored_upgrade_may_arrive_later(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + LENGTH + OFFER + b"\r\n")
        connection.sendall(CASE.body[:10])
        time.sleep(0.1)
        connection.sendall(CASE.body[10:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_an_address_may_contain_unencoded_utf8(server: Server) -> None:
    status, body = talk(server, "GET /nulle/párt?é=è HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), half_closed=True)
    assert status == b"HTTP/1.1 404 Not Found"
    assert json.loads(body)["detail"] == "aucune page à cette adresse : /nulle/párt"


@pytest.mark.parametrize(
    ("request_line", "status", "detail"),
    [
        (b"TRACE /health/live", 405, "méthode attendue pour /health/live : GET, HEAD, OPTIONS, reçue : TRACE"),
        (b"PROPFIND /nulle/part", 404, "aucune page à cette adresse : /nulle/part"),
        (b"GET /favicon.ico", 404, "aucune page à cette adresse : /favicon.ico"),
        (b"GET /a%0Ab", 404, "aucune page à cette adresse : /a\nb"),
        (b"OPTIONS *", 404, "aucune page à cette adresse : *"),
    ],
)
def test_unusual_methods_and_paths_get_the_functions_errors(
    server: Server, request_line: bytes, status: int, detail: str
) -> None:
    line, body = talk(server, request_line + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", half_closed=True)
    assert line.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(body)["detail"] == detail


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nBad header\r\n\r\n",
    ],
)
def test_invalid_http_gets_a_400(server: Server, sent: bytes) -> None:
    assert talk(server, sent)[0] == b"HTTP/1.1 400 Bad Request"
    assert server.get("/health/live") == b'{"status":"live"}'


def test_pipelined_requests_are_all_answered(server: Server) -> None:
    asked = (LIVE + b"\r\n") * 3 + HEAD + LENGTH + b"\r\n" + CASE.body
    with connect(server) as connection:
        connection.sendall(asked)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert answer.count(b'{"status":"live"}') == 3
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2]) == CASE.expected


def test_a_head_request_gets_no_body(server: Server) -> None:
    status, body = talk(server, LIVE.replace(b"GET", b"HEAD") + b"\r\n", half_closed=True)
    assert (status, body) == (b"HTTP/1.1 200 OK", b"")


def test_expect_100_continue_gets_a_100(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(CASE.body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_an_endless_upload_gets_its_error_and_is_closed(server: Server) -> None:
    """After an error, the server reads up to 32 MiB of the body."""
    with connect(server) as connection:
        connection.sendall(HEAD.replace(b"application/json", b"text/plain") + b"Transfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 415 ")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 1000:
                connection.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
                sent += 1
        assert 32 <= sent < 100


def test_slow_clients_do_not_delay_others(server: Server) -> None:
    """Two hundred slow or silent connections do not delay other requests."""
    slow = [connect(server) for _ in range(200)]
    try:
        for at in range(3):
            for connection in slow:
                connection.sendall(HEAD[at : at + 1])
            assert server.get("/health/live") == b'{"status":"live"}'
            assert server.post(CASE.path, CASE.body)[0] == 200
        rest = HEAD[3:] + LENGTH + b"\r\n" + CASE.body
        slow[0].sendall(rest)
        assert slow[0].recv(65536).startswith(b"HTTP/1.1 200 OK")
    finally:
        for connection in slow:
            connection.close()


def test_long_predictions_do_not_delay_others(tmp_path: Path) -> None:
    """A thread computes thousands of rows: requests sent meanwhile get their responses first."""
    rows = json.loads(CASE.body)["data"] * 20_000
    body = json.dumps({"data": rows}).encode()
    environ = {"MAX_ROWS": "100000", "MAX_BODY_BYTES": "100000000"}
    with serving("predict_species", tmp_path, environ=environ) as server, ThreadPoolExecutor(1) as pool:
        many = pool.submit(server.post, CASE.path, body)
        meanwhile = 0
        while not many.done():
            assert server.get("/health/live") == b'{"status":"live"}'
            meanwhile += 1
        assert many.result()[0] == 200
    assert meanwhile > 3
