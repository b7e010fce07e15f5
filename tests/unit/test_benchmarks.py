"""The benchmarks' computations: ends of responses, figures, bars, bodies. Nothing here measures."""

import json
import math
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from benchmarks.bars import BEST, PEER_RULES, Bar, Rule, bars, with_best
from benchmarks.bodies import irises, post, students
from benchmarks.client import fetch, latencies, measure_load
from benchmarks.figures import BY_KEY, medians, percentile, ratio
from benchmarks.response_reader import ResponseReader
from tests.replay import ROOT

Chunks = list[bytes]


def response(body: bytes, *, name: str = "Content-Length", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nServer: s\r\n{name}: {len(body)}\r\nX-Id: 1234\r\n\r\n".encode() + body


@pytest.mark.parametrize("name", ["Content-Length", "content-length"])
def test_a_response_ends_where_its_length_says(name: str) -> None:
    whole = response(b"x" * 300, name=name)
    reader = ResponseReader()
    for at in (1, 20, len(whole) - 300, len(whole) - 1):
        assert not reader.feed(whole[:at])
        assert reader.feed(whole[at:])


def test_responses_of_different_lengths_follow_each_other() -> None:
    reader = ResponseReader()
    for size in (10, 10, 11, 1000, 10, 99, 0, 10):
        assert reader.feed(response(b"x" * size))


def test_the_beginning_of_a_longer_response_is_not_a_whole_one() -> None:
    reader = ResponseReader()
    first, longer = response(b"x" * 10), response(b"x" * 20)
    assert reader.feed(first)
    assert not reader.feed(longer[: len(first)])
    assert reader.feed(longer[len(first) :])


def test_an_error_of_the_same_length_is_refused() -> None:
    reader = ResponseReader()
    assert reader.feed(response(b"x" * 10))
    with pytest.raises(ConnectionError, match="not a 200"):
        reader.feed(response(b"x" * 10, status="503 N"))


@pytest.mark.parametrize(
    ("chunk", "error"),
    [
        (b"", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "without its length"),
        (response(b"x") + b"y", "more was received"),
    ],
)
def test_an_invalid_response_is_refused(chunk: bytes, error: str) -> None:
    with pytest.raises(ConnectionError, match=error):
        ResponseReader().feed(chunk)


@contextmanager
def serve(responses: Chunks) -> Iterator[int]:
    """A server that answers anything on a connection with these responses in turn, each in two chunks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, responses), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, responses: Chunks) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, responses), daemon=True).start()


def _serve(connection: socket.socket, responses: Chunks) -> None:
    count = 0
    with connection, suppress(OSError):
        while connection.recv(65536):
            whole = responses[count % len(responses)]
            connection.sendall(whole[:7])
            connection.sendall(whole[7:])
            count += 1


def test_the_client_counts_whole_responses() -> None:
    responses = [response(b"x" * 5), response(b"x" * 7000)]
    request = post("/", {"a": 1})
    with serve(responses) as port:
        assert fetch(port, request) == responses[0]
        assert len(latencies(port, request, 9)) == 9
        load = measure_load(port, request, clients=4, count=50)
    assert len(load.latencies) >= 50
    assert load.latencies == sorted(load.latencies)
    assert load.rate > 0


def test_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 201)]
    assert percentile(values, 0.99) == 198
    assert percentile(values, 0.5) == 100
    assert percentile([7.0], 0.99) == 7


def test_a_median_leaves_out_the_rounds_that_failed() -> None:
    rounds = [{"first": 1.0, "p50": math.nan}, {"first": 3.0, "p50": math.nan}, {"first": math.nan}]
    figures = medians(rounds)
    assert figures["first"] == 2.0
    assert math.isnan(figures["p50"])


def test_figures_as_people_read_them() -> None:
    assert BY_KEY["rate16"].text(12345.6) == ("12\u202f346", "12,346")
    assert BY_KEY["first"].text(0.2534) == ("253", "253")
    assert BY_KEY["slow"].text(math.inf) == ("abandon", "given up")
    assert BY_KEY["p50"].text(math.nan) == ("échec", "failed")
    assert BY_KEY["p50"].text(None) == ("", "")
    assert ratio(BY_KEY["first"], 0.3, 0.2) == ("x1,50", "x1.50")
    for key, value, baseline in (("first", math.inf, 0.2), ("rows", 3.0, 2.0), ("pss", 1, None), ("pss", 1, 0.0)):
        assert ratio(BY_KEY[key], value, baseline) == ("", "")


RESULTS = {
    "hello": {"first": 0.2, "rate16": 4000.0, "p99": 0.02},
    "predict_species": {"first": 0.3, "rate16": 6000.0, "rate80": 5000.0, "p99": 0.006, "rows": 199_999.0, "pss": 90.0},
    "predire": {"slow": math.inf},
}


def test_bars_compare_with_the_hello_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert [(str(bar), bar.met) for bar in bars(RESULTS)] == [
        ("predict_species, 16 clients: 1.50 x hello's (at least 1.50)", True),
        ("predict_species, p99, 16 clients: 0.30 x hello's (at most 0.25)", False),
        ("predict_species, 80 clients: 0.83 x predict_species's with 16 clients (at least 0.90)", False),
        ("predict_species, large bodies: 199,999 rows/s (at least 200,000)", False),
        ("predict_species, first answer: 1.50 x hello's (at most 1.60)", True),
        ("predict_species, PSS: 90 MB (at most 90)", True),
        ("predire, beside 200 slow clients: given up (at most 50.0)", False),
    ]


def test_bars_are_french_if_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert [str(bar) for bar in bars(RESULTS)][1:] == [
        "predict_species, p99, 16 clients : 0,30 x celui de hello (au plus 0,25)",
        "predict_species, 80 clients : 0,83 x celui de predict_species avec 16 clients (au moins 0,90)",
        "predict_species, grands corps : 199\u202f999 lignes/s (au moins 200\u202f000)",
        "predict_species, première réponse : 1,50 x celui de hello (au plus 1,60)",
        "predict_species, PSS : 90 Mo (au plus 90)",
        "predire, à côté de 200 clients lents : abandon (au plus 50,0)",
    ]


def test_a_failed_figure_meets_no_bar() -> None:
    assert not Bar(Rule("predire", "pss", 90), math.nan).met
    assert not Bar(Rule("predire", "rate16", 1, "hello", least=True), math.nan).met


def test_the_best_peer_is_the_best_of_each_figure() -> None:
    peers = {"fastapi": {"first": 2.0, "rows": 9.0, "rate16": 2000.0}, "mlflow": {"first": math.nan, "rows": 11.0}}
    results = with_best({**RESULTS, **peers}, list(peers))
    assert results[BEST] == {"rows": 11.0, "first": 2.0}
    values = {(bar.rule.key, bar.rule.baseline): bar.value for bar in bars(results, PEER_RULES)}
    assert values["rate16", "fastapi"] == 3.0
    assert values["first", BEST] == 0.15


def test_large_bodies_hold_real_rows() -> None:
    rows = irises(151)
    assert rows[0] == rows[150] == [5.1, 3.5, 1.4, 0.2]
    many = students(300)
    stages = {sum("sem" in name for name in student) for student in many}
    assert len(many) == 300
    assert {0, 6, 12} <= stages


def test_a_request_says_its_length() -> None:
    head, _, body = post("/x", {"é": 1}).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"é": 1}


def test_the_measuring_process_maps_no_library_of_a_server() -> None:
    """Libraries that are shared with the measuring process would lower a server's PSS."""
    code = (
        "import sys, benchmarks.__main__; print([n for n in ('numpy', 'onnxruntime', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
