"""Images saved to a bucket: whole, once, without delaying predictions; a bucket fault costs log lines only."""

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
from shared.storage.upload_queue import UploadQueue
from tests.buckets import until
from tests.client import Client
from tests.conftest import Lines
from tests.gcs import Cut, Delay, Emulator, FakeGcs, Hang, Lost, Meanwhile, Status
from tests.replay import ROOT

Load = Callable[[str], Client]
FIVE = (ROOT / "functions/predict_digit/examples/cinq.json").read_bytes()
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "FIRST_PAUSE_SECONDS", 0.005)


def send_drawing(client: Client) -> None:
    """Send a drawing of a 5 and check its prediction."""
    assert client.post("/predict_digit", data=FIVE, headers=JSON).get_json()["prediction"] == 5


def reports(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize(("prefix", "folder"), [("", ""), ("/images/2026", "images/2026/")])
def test_an_image_is_saved_under_the_name_in_the_log(
    prefix: str,
    folder: str,
    storage: Emulator,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    log_lines: Lines,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SAVED_IMAGES_URI", f"gs://{storage.bucket}{prefix}")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.address)
    send_drawing(function("predict_digit"))
    [line] = log_lines()
    image = line["payload"]["image"]
    bucket_client = open_bucket(storage.bucket, storage.address, "", {})
    content = b""

    def arrived() -> bool:
        nonlocal content
        try:
            content = bucket_client.read(f"{folder}{image['saved']}", 10**6, time.monotonic() + 5, bytes)
        except BucketError:
            return False
        return True

    until(arrived)
    assert content.startswith(b"\x89PNG")
    assert len(content) == image["bytes"]
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("fault", [Status(503), Status(429), Cut(), Lost()], ids=str)
@pytest.mark.usefixtures("fast_retries")
def test_each_image_is_saved_once_by_a_bucket_that_fails_twice(
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
        send_drawing(client)
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
@pytest.mark.usefixtures("fast_retries")
def test_a_bucket_fault_is_logged_and_does_not_delay_the_response(
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
    monkeypatch.setattr(upload_queue, "UPLOAD_SECONDS", 0.5 if isinstance(fault, Hang) else 60.0)
    original_create, release = upload_queue._create, threading.Event()

    def create_later(to: Bucket, name: str, content: bytes, media_type: str, _: float) -> str:
        release.wait(60)
        return original_create(to, name, content, media_type, time.monotonic() + upload_queue.UPLOAD_SECONDS)

    monkeypatch.setattr(upload_queue, "_create", create_later)
    client = function("predict_digit")
    monkeypatch.setattr(sys.modules["main.image_store"], "UPLOAD_TIMEOUT", 600.0)
    for _ in range(3):
        send_drawing(client)
    assert gcs.asked("POST") == 0  # three responses before the first upload
    release.set()
    lines: list[dict[str, Any]] = []

    def all_reported() -> bool:
        lines.extend(reports(capfd))
        return len(lines) == 3

    until(all_reported)
    names = [line["payload"]["image"]["saved"] for line in log_lines()]
    assert [line["severity"] for line in lines] == ["ERROR"] * 3
    for name, line in zip(names, lines, strict=True):
        assert line["message"].startswith(f"gs://augure-test has not kept p/{name}: {reason}")


def test_the_queue_is_bounded_in_bytes(gcs: FakeGcs) -> None:
    gcs.fail(Hang(), times=1)
    queue = UploadQueue(lambda: open_bucket(gcs.bucket, gcs.address, "", {}), max_bytes=100)
    assert [queue.put(f"p{i}", b"x" * 40, "image/png") for i in range(4)] == [True, True, False, False]
    gcs.heal()
    queue.flush(5)
    assert gcs.names() == ["p0", "p1"]
    assert queue.put("p4", b"x" * 100, "image/png")
    queue.flush(5)
    assert gcs.read("p4") == b"x" * 100


def test_put_is_refused_when_no_thread_can_start(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = UploadQueue(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))

    def fail(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        assert not queue.put("p0", b"x", "image/png")
    assert queue.put("p1", b"x", "image/png")
    queue.flush(5)
    assert gcs.names() == ["p1"]


def test_an_existing_object_is_not_overwritten(gcs: FakeGcs, capfd: pytest.CaptureFixture[str]) -> None:
    gcs.put("p0", b"first")
    queue = UploadQueue(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))
    queue.put("p0", b"second", "image/png")
    queue.flush(5)
    assert gcs.read("p0") == b"first"
    [line] = reports(capfd)
    assert line["message"].startswith("gs://augure-test has not kept p0: 412, this name is taken")


def test_flush_waits_for_the_queue_up_to_its_timeout(
    gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    monkeypatch.setattr(upload_queue, "UPLOAD_SECONDS", 60.0)
    queue = UploadQueue(lambda: open_bucket(gcs.bucket, gcs.address, "", {}))
    gcs.fail(Delay(0.3), times=1)
    for i in range(3):
        queue.put(f"p{i}", b"x", "image/png")
    queue.flush(60)
    assert gcs.names() == ["p0", "p1", "p2"]
    gcs.fail(Hang())
    queue.put("p3", b"x", "image/png")
    until(lambda: gcs.asked("POST", "p3"))
    start = time.monotonic()
    queue.flush(0.3)
    assert 0.25 < time.monotonic() - start < 1
    [line] = reports(capfd)
    assert line["message"] == "p3 not kept: the process ends"  # and no timeout
    gcs.heal()
    queue.flush(5)


def test_an_upload_abandoned_by_flush_is_reported_once(gcs: FakeGcs, capfd: pytest.CaptureFixture[str]) -> None:
    """The upload in progress fails after `flush` has reported it; its thread reports nothing more."""
    bucket_client, ended, tried = open_bucket(gcs.bucket, gcs.address, "", {}), threading.Event(), threading.Event()

    def create(name: str, *_: object) -> None:
        if name == "p0":
            ended.wait(5)
            raise BucketError(("p0 : trop tard", "p0: too late"))
        tried.set()

    bucket_client.create = create  # type: ignore[method-assign, assignment]
    queue = UploadQueue(lambda: bucket_client)
    queue.put("p0", b"x", "image/png")
    queue.put("p1", b"x", "image/png")
    queue.flush(0.1)
    ended.set()
    assert queue.put("p2", b"x", "image/png")
    queue.flush(5)
    assert tried.is_set()
    assert [line["message"] for line in reports(capfd)] == [
        f"{name} not kept: the process ends" for name in ("p0", "p1")
    ]


@pytest.mark.parametrize(("service", "saved"), [("augure-predict-digit", 1), ("", 0)])
def test_on_cloud_run_a_response_waits_for_the_upload(
    service: str, saved: int, gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud Run takes the processor away after the response, so the thread would not go on."""
    for name, value in {"SAVED_IMAGES_URI": f"gs://{gcs.bucket}", "STORAGE_EMULATOR_HOST": gcs.address}.items():
        monkeypatch.setenv(name, value)
    client = function("predict_digit")
    monkeypatch.setattr(sys.modules["main.image_store"], "UPLOAD_TIMEOUT", 60.0)
    release = threading.Event()
    if service:
        monkeypatch.setenv("K_SERVICE", service)
        gcs.fail(Delay(0.2), times=1)
    else:
        gcs.fail(Meanwhile(lambda: release.wait(60)), times=1)
    send_drawing(client)
    assert len(gcs.names()) == saved
    release.set()
    until(gcs.names)


def test_on_cloud_run_a_bucket_that_hangs_delays_a_response_by_one_second(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SAVED_IMAGES_URI": f"gs://{gcs.bucket}", "STORAGE_EMULATOR_HOST": gcs.address}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("K_SERVICE", "augure-predict-digit")
    monkeypatch.setenv("REQUEST_LOG", "off")
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    monkeypatch.setattr(upload_queue, "UPLOAD_SECONDS", 60.0)
    client = function("predict_digit")
    gcs.fail(Hang())
    start = time.monotonic()
    send_drawing(client)
    assert 0.9 < time.monotonic() - start < 4
    assert (gcs.names(), capfd.readouterr().err) == ([], "")  # the upload is still in progress
    gcs.heal()
    until(gcs.names)  # else its thread reports into the stderr of another test
