"""What the benchmarks compute: answers cut, figures, bars, bodies. Nothing here measures."""

import json
import math
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from benchmarks.answers import Answers
from benchmarks.bars import BEST, PEER_RULES, Bar, Rule, bars, with_best
from benchmarks.bodies import irises, post, students
from benchmarks.client import ask, latencies, loaded
from benchmarks.figures import BY_KEY, medians, percentile, ratio
from tests.replay import ROOT

Parts = list[bytes]


def answer(body: bytes, *, name: str = "Content-Length", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nServer: s\r\n{name}: {len(body)}\r\nX-Id: 1234\r\n\r\n".encode() + body


@pytest.mark.parametrize("name", ["Content-Length", "content-length"])
def test_an_answer_ends_where_its_length_says(name: str) -> None:
    whole = answer(b"x" * 300, name=name)
    answers = Answers()
    for at in (1, 20, len(whole) - 300, len(whole) - 1):
        assert not answers.ended(whole[:at])
        assert answers.ended(whole[at:])


def test_answers_of_other_lengths_follow_each_other() -> None:
    answers = Answers()
    for size in (10, 10, 11, 1000, 10, 99, 0, 10):
        assert answers.ended(answer(b"x" * size))


def test_the_beginning_of_a_longer_answer_is_not_taken_for_one_of_the_last_length() -> None:
    answers = Answers()
    first, longer = answer(b"x" * 10), answer(b"x" * 20)
    assert answers.ended(first)
    assert not answers.ended(longer[: len(first)])
    assert answers.ended(longer[len(first) :])


def test_an_error_of_the_same_length_is_not_an_answer() -> None:
    answers = Answers()
    assert answers.ended(answer(b"x" * 10))
    with pytest.raises(ConnectionError, match="not a 200"):
        answers.ended(answer(b"x" * 10, status="503 N"))


@pytest.mark.parametrize(
    ("chunk", "error"),
    [
        (b"", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "without its length"),
        (answer(b"x") + b"y", "more was received"),
    ],
)
def test_what_is_no_answer_is_refused(chunk: bytes, error: str) -> None:
    with pytest.raises(ConnectionError, match=error):
        Answers().ended(chunk)


@contextmanager
def echo(answers: Parts) -> Iterator[int]:
    """A server that gives these answers in turn, each in two chunks, to whatever comes on any connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, answers), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, answers: Parts) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, answers), daemon=True).start()


def _serve(connection: socket.socket, answers: Parts) -> None:
    place = 0
    with connection, suppress(OSError):
        while connection.recv(65536):
            whole = answers[place % len(answers)]
            connection.sendall(whole[:7])
            connection.sendall(whole[7:])
            place += 1


def test_the_client_counts_whole_answers() -> None:
    answers = [answer(b"x" * 5), answer(b"x" * 7000)]
    asked = post("/", {"a": 1})
    with echo(answers) as port:
        assert ask(port, asked) == answers[0]
        assert len(latencies(port, asked, 9)) == 9
        load = loaded(port, asked, clients=4, count=50)
    assert len(load.taken) >= 50
    assert load.taken == sorted(load.taken)
    assert load.rate > 0


def test_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 201)]
    assert percentile(values, 0.99) == 198
    assert percentile(values, 0.5) == 100
    assert percentile([7.0], 0.99) == 7


def test_a_median_leaves_out_the_rounds_that_failed() -> None:
    rounds = [{"first": 1.0, "p50": math.nan}, {"first": 3.0, "p50": math.nan}, {"first": math.nan}]
    found = medians(rounds)
    assert found["first"] == 2.0
    assert math.isnan(found["p50"])


def test_figures_as_people_read_them() -> None:
    assert BY_KEY["rate16"].text(12345.6) == "12,346"
    assert BY_KEY["first"].text(0.2534) == "253"
    assert BY_KEY["slow"].text(math.inf) == "given up"
    assert BY_KEY["p50"].text(math.nan) == "failed"
    assert BY_KEY["p50"].text(None) == ""
    assert ratio(BY_KEY["first"], 0.3, 0.2) == "x1.50"
    assert (
        ratio(BY_KEY["first"], math.inf, 0.2) == ratio(BY_KEY["rows"], 3.0, 2.0) == ratio(BY_KEY["pss"], 1, None) == ""
    )


RESULTS = {
    "hello": {"first": 0.2, "rate16": 4000.0, "p99": 0.02},
    "predict_species": {"first": 0.3, "rate16": 6000.0, "rate80": 5000.0, "p99": 0.006, "rows": 199_999.0, "pss": 90.0},
    "predire": {"slow": math.inf},
}


def test_bars_compare_with_the_hello_world_and_say_so() -> None:
    assert [(str(bar), bar.met) for bar in bars(RESULTS)] == [
        ("predict_species, 16 clients: 1.50 x hello's (at least 1.50)", True),
        ("predict_species, p99, 16 clients: 0.30 x hello's (at most 0.25)", False),
        ("predict_species, 80 clients: 0.83 x predict_species's with 16 clients (at least 0.90)", False),
        ("predict_species, large bodies: 199,999 rows/s (at least 200,000)", False),
        ("predict_species, first answer: 1.50 x hello's (at most 1.60)", True),
        ("predict_species, PSS: 90 MB (at most 90)", True),
        ("predire, beside 200 slow clients: given up (at most 50.0)", False),
    ]


def test_what_failed_meets_no_bar() -> None:
    assert not Bar(Rule("predire", "pss", 90), math.nan).met
    assert not Bar(Rule("predire", "rate16", 1, "hello", least=True), math.nan).met


def test_the_best_peer_is_the_best_of_each_figure() -> None:
    peers = {"fastapi": {"first": 2.0, "rows": 9.0, "rate16": 2000.0}, "mlflow": {"first": math.nan, "rows": 11.0}}
    results = with_best({**RESULTS, **peers}, list(peers))
    assert results[BEST] == {"rows": 11.0, "first": 2.0}
    values = {(bar.rule.key, bar.rule.over): bar.value for bar in bars(results, PEER_RULES)}
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


def test_the_process_that_measures_maps_no_library_of_a_server() -> None:
    """The PSS of a server would be less by what it shared with whoever measures it."""
    code = (
        "import sys, benchmarks.__main__; print([n for n in ('numpy', 'onnxruntime', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
