"""SIGTERM: the server stops within Cloud Run's ten seconds, whatever its clients do."""

import json
import signal
import socket
import time
from pathlib import Path

from tests.replay import ROOT, cases
from tests.serving import Server, serving

CLOUD_RUN = 10
"""Seconds from SIGTERM to SIGKILL. Source: Cloud Run, container runtime contract."""

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def idle(server: Server) -> socket.socket:
    """A connection that stays open after one response."""
    connection = connect(server)
    connection.sendall(HEALTH)
    answer = b""
    while not answer.endswith(b'{"status":"live"}'):
        byte = connection.recv(1)
        assert byte, answer
        answer += byte
    assert answer.startswith(b"HTTP/1.1 200 ")
    return connection


def seconds_to_stop(server: Server) -> float:
    server.process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    assert server.process.wait(60) == 0
    return time.monotonic() - begun


def test_an_idle_connection_does_not_delay_the_stop(tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, idle(server) as connection:
        assert seconds_to_stop(server) < 3
        assert connection.recv(1) == b""


def test_connections_without_a_request_are_closed_in_time(tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, connect(server), idle(server), connect(server) as half:
        half.sendall(HEALTH[:20])
        time.sleep(0.3)
        assert seconds_to_stop(server) < CLOUD_RUN


def test_a_request_with_an_incomplete_head_is_answered(tmp_path: Path) -> None:
    with serving("predict_species", tmp_path) as server, connect(server) as slow, idle(server):
        slow.sendall(HEALTH[:-2])
        with idle(server):  # a later request got its response: the server has seen the other
            server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        slow.sendall(HEALTH[-2:])
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
        assert server.process.wait(60) == 0
    assert answer.endswith(b'{"status":"live"}')


def test_a_request_in_flight_is_answered(tmp_path: Path) -> None:
    """A request whose body is incomplete when the signal comes, beside idle connections."""
    case = next(case for case in cases(ROOT / "functions/predict_species") if case.status == 200)
    head = f"POST {case.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(case.body)}\r\n\r\n"
    with serving("predict_species", tmp_path) as server, idle(server), connect(server) as slow:
        slow.sendall(head.encode() + case.body[:10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        time.sleep(2)
        slow.sendall(case.body[10:])
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
        slow.close()
        assert server.process.wait(60) == 0
        assert time.monotonic() - begun < 5
    got, _, body = answer.partition(b"\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["result"] == case.expected["result"]
    [line] = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["status"] == 200
