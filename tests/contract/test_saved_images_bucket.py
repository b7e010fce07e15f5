"""Pictures that go to a bucket: whole, once, beside the inference; a bucket that fails costs lines and nothing else."""

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.errors import BucketError
from shared.storage import bucket, upload_queue
from shared.storage.bucket import Bucket, open_bucket
from shared.storage.upload_queue import Outbox
from tests.buckets import until
from tests.client import Client
from tests.conftest import Lines
from tests.gcs import Cut, Delay, Emulator, FakeGcs, Hang, Lost, Meanwhile, Status
from tests.replay import ROOT

Load = Callable[[str], Client]
FIVE = (ROOT / "functions/predict_digit/examples/cinq.json").read_bytes()
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "FIRST_PAUSE", 0.005)


def drawing(client: Client) -> None:
    """Send one, which is answered."""
    assert client.post("/predict_digit", data=FIVE, headers=JSON).get_json()["prediction"] == 5


def reports(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize(("prefix", "inside"), [("", ""), ("/images/2026", "images/2026/")])
def test_a_picture_is_in_the_bucket_under_the_name_in_the_log(
    prefix: str,
    inside: str,
    storage: Emulator,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    log_lines: Lines,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SAVED_IMAGES_URI", f"gs://{storage.bucket}{prefix}")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.address)
    drawing(function("predict_digit"))
    [line] = log_lines()
    kept = line["payload"]["image"]
    reader = open_bucket(storage.bucket, storage.address, "", {})
    content = b""

    def arrived() -> bool:
        nonlocal content
        try:
            content = reader.read(f"{inside}{kept['saved']}", 10**6, time.monotonic() + 5, bytes)
        except BucketError:
            return False
        return True

    until(arrived)
    assert content.startswith(b"\x89PNG")
    assert len(content) == kept["bytes"]
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("fault", [Status(503), Status(429), Cut(), Lost()], ids=str)
@pytest.mark.usefixtures("impatient")
def test_a_bucket_that_fails_twice_keeps_each_picture_once(
    fault: Status | Cut | Lost,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SAVED_IMAGES_URI", f"gs://{gcs.bucket}/p")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    gcs.fail(fault, "POST", times=2)
    client = function("predict_digit")
    for _ in range(3):
        drawing(client)
    until(lambda: len(gcs.names()) == 3)
    until(lambda: gcs.asked("POST") == 5)
    assert len(gcs.names()) == 3
    assert reports(capfd) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Status(403), "403, access denied by the bucket"),
        (Status(503), "503, the bucket is unavailable"),
        (Hang(), "the bucket did not answer in time"),
        (None, "404, the bucket does not exist"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("impatient")
def test_a_bucket_that_fails_costs_a_line_and_neither_an_answer_nor_time(
    fault: Status | Hang | None,
    reason: str,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    log_lines: Lines,
) -> None:
    monkeypatch.setenv("SAVED_IMAGES_URI", f"gs://{gcs.bucket}/p")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    if fault is None:
        gcs.objects._buckets.clear()
    else:
        gcs.fail(fault)
    monkeypatch.setattr(upload_queue, "SECONDS", 0.5 if isinstance(fault, Hang) else 60.0)
    write, answered = upload_queue._create, threading.Event()

    def late(to: Bucket, name: str, content: bytes, media_type: str, _: float) -> str:
        answered.wait(60)
        return write(to, name, content, media_type, time.monotonic() + upload_queue.SECONDS)

    monkeypatch.setattr(upload_queue, "_create", late)
    client = function("predict_digit")
    monkeypatch.setattr(sys.modules["main.saved_images"], "PATIENCE", 600.0)
    for _ in range(3):
        drawing(client)
    assert gcs.asked("POST") == 0  # three answers, and the bucket has not been asked yet
    answered.set()
    lines: list[dict[str, Any]] = []

    def all_reported() -> bool:
        lines.extend(reports(capfd))
        return len(lines) == 3

    until(all_reported)
    names = [line["payload"]["image"]["saved"] for line in log_lines()]
    assert [line["severity"] for line in lines] == ["ERROR"] * 3
    for name, line in zip(names, lines, strict=True):
        assert line["message"].startswith(f"gs://augure-test has not kept p/{name}: {reason}")


def test_what_waits_is_bounded(gcs: FakeGcs) -> None:
    gcs.fail(Hang(), times=1)
    waiting = Outbox(lambda: open_bucket(gcs.bucket, gcs.address, "", {}), most_bytes=100)
    assert [waiting.put(f"p{i}", b"x" * 40, "image/png") for i in range(4)] == [True, True, False, False]
    gcs.heal()
    waiting.flush(5)
    assert gcs.names() == ["p0", "p1"]
    assert waiting.put("p4", b"x" * 100, "image/png")
    waiting.flush(5)
    assert gcs.read("p4") == b"x" * 100


def test_without_a_thread_nothing_is_taken(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Outbox(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert not waiting.put("p0", b"x", "image/png")
    assert waiting.put("p1", b"x", "image/png")
    waiting.flush(5)
    assert gcs.names() == ["p1"]


def test_a_name_that_is_taken_is_not_written_over(gcs: FakeGcs, capfd: pytest.CaptureFixture[str]) -> None:
    gcs.put("p0", b"first")
    waiting = Outbox(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))
    waiting.put("p0", b"second", "image/png")
    waiting.flush(5)
    assert gcs.read("p0") == b"first"
    [line] = reports(capfd)
    assert line["message"].startswith("gs://augure-test has not kept p0: 412, this name is taken")


def test_the_end_waits_for_what_waits_and_no_longer(
    gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    monkeypatch.setattr(upload_queue, "SECONDS", 60.0)
    waiting = Outbox(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))
    gcs.fail(Delay(0.3), times=1)
    for i in range(3):
        waiting.put(f"p{i}", b"x", "image/png")
    waiting.flush(60)
    assert gcs.names() == ["p0", "p1", "p2"]
    gcs.fail(Hang())
    waiting.put("p3", b"x", "image/png")
    until(lambda: gcs.asked("POST", "p3"))
    begun = time.monotonic()
    waiting.flush(0.3)
    assert 0.25 < time.monotonic() - begun < 1
    [line] = reports(capfd)
    assert line["message"] == "p3 not kept: the process ends"  # and not that its time was over
    gcs.heal()
    waiting.flush(5)


def test_what_the_end_gave_up_is_reported_once(gcs: FakeGcs, capfd: pytest.CaptureFixture[str]) -> None:
    """The object on its way fails after the end has reported it: its thread says nothing more."""
    held, ended, tried = open_bucket(gcs.bucket, gcs.address, "", {}), threading.Event(), threading.Event()

    def create(name: str, *_: object) -> None:
        if name == "p0":
            ended.wait(5)
            raise BucketError(("p0 : trop tard", "p0: too late"))
        tried.set()

    held.create = create  # type: ignore[method-assign, assignment]
    waiting = Outbox(lambda: held)
    waiting.put("p0", b"x", "image/png")
    waiting.put("p1", b"x", "image/png")
    waiting.flush(0.1)
    ended.set()
    assert waiting.put("p2", b"x", "image/png")
    waiting.flush(5)
    assert tried.is_set()
    assert [line["message"] for line in reports(capfd)] == [
        f"{name} not kept: the process ends" for name in ("p0", "p1")
    ]


@pytest.mark.parametrize(("service", "there"), [("augure-predict-digit", 1), ("", 0)])
def test_on_cloud_run_an_answer_waits_for_the_bucket(
    service: str, there: int, gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud Run takes the processor away once a request is answered: the thread would not go on."""
    for name, value in {"SAVED_IMAGES_URI": f"gs://{gcs.bucket}", "STORAGE_EMULATOR_HOST": gcs.address}.items():
        monkeypatch.setenv(name, value)
    client = function("predict_digit")
    monkeypatch.setattr(sys.modules["main.saved_images"], "PATIENCE", 60.0)
    answered = threading.Event()
    if service:
        monkeypatch.setenv("K_SERVICE", service)
        gcs.fail(Delay(0.2), times=1)
    else:
        gcs.fail(Meanwhile(lambda: answered.wait(60)), times=1)
    drawing(client)
    assert len(gcs.names()) == there
    answered.set()
    until(gcs.names)


def test_on_cloud_run_a_bucket_that_hangs_costs_a_second(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SAVED_IMAGES_URI": f"gs://{gcs.bucket}", "STORAGE_EMULATOR_HOST": gcs.address}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("K_SERVICE", "augure-predict-digit")
    monkeypatch.setenv("REQUEST_LOG", "off")
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    monkeypatch.setattr(upload_queue, "SECONDS", 60.0)
    client = function("predict_digit")
    gcs.fail(Hang())
    begun = time.monotonic()
    drawing(client)
    assert 0.9 < time.monotonic() - begun < 4
    assert (gcs.names(), capfd.readouterr().err) == ([], "")  # neither kept nor given up: still on its way
    gcs.heal()
    until(gcs.names)  # or its thread would report into another test's stderr
