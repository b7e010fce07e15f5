"""Refresh of a model in a bucket: when a new version is served, without effect on requests."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from shared.model import holder
from shared.model.codec import Matrix, ModelSignature
from shared.model.predictor import Predictor
from shared.settings import parse
from shared.storage import bucket
from tests.buckets import bundle, point_to, promote, publish, ready, until, variant, version_answered
from tests.client import Client
from tests.conftest import Lines
from tests.gcs import Delay, Emulator, FakeGcs, Hang, Meanwhile

Load = Callable[[str], Client]
NAME = "predire"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return variant(NAME, tmp_path / "versions", "second")


def test_a_promotion_and_a_rollback_are_followed(
    storage: Emulator,
    function: Load,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    first_version, second_version = publish(storage, bundle(NAME)), publish(storage, second)
    promote(storage, bundle(NAME))
    point_to(monkeypatch, storage, NAME, MODEL_REFRESH_SECONDS="0.02")
    client = function(NAME)
    assert version_answered(client) == first_version
    promote(storage, second)
    until(lambda: version_answered(client) == second_version)
    promote(storage, bundle(NAME))
    until(lambda: version_answered(client) == first_version)
    messages = [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()]
    assert [message.rpartition(": ")[2] for message in messages] == [
        f"version {second_version} is served",
        f"version {first_version} is served",
    ]


def test_without_refresh_seconds_the_bucket_is_read_at_the_start_only(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, second)
    version = promote(gcs, second)
    point_to(monkeypatch, gcs, NAME)
    client = function(NAME)
    gcs.requests.clear()
    assert {version_answered(client) for _ in range(20)} == {version}
    time.sleep(0.05)
    assert gcs.requests == []


def test_on_cloud_run_a_request_waits_for_the_refresh(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud Run gives no processor time between requests."""
    monkeypatch.setattr(holder, "REFRESH_WAIT_SECONDS", 10.0)
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.02", K_SERVICE="augure-predire", REQUEST_LOG="off")
    client = function(NAME)
    publish(gcs, second)
    version = promote(gcs, second)
    time.sleep(0.03)
    gcs.fail(Delay(0.1))
    assert version_answered(client) == version
    gcs.heal()


def test_on_cloud_run_a_request_waits_one_second_for_a_slow_refresh(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, bundle(NAME))
    version = promote(gcs, bundle(NAME))
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    settings = {"MODEL_REFRESH_SECONDS": "0.02", "MODEL_PULL_SECONDS": "60", "REQUEST_LOG": "off"}
    point_to(monkeypatch, gcs, NAME, K_SERVICE="augure-predire", **settings)
    client = function(NAME)
    time.sleep(0.03)
    gcs.fail(Hang())
    start = time.monotonic()
    assert version_answered(client) == version
    assert 0.9 < time.monotonic() - start < 4
    assert "stale" not in ready(client)  # the refresh has not failed yet
    gcs.heal()


def test_a_function_without_a_model_retries_by_itself(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "RETRY_SECONDS", 0.02)
    publish(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_FALLBACK="none")
    client = function(NAME)
    assert client.get("/health/ready").status_code == 503
    promote(gcs, bundle(NAME))
    until(lambda: client.get("/health/ready").status_code == 200)


def test_a_refused_bundle_is_released(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback keeps its frames alive, and with them the bytes that were read."""
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME), manifest_sha256="0" * 64)
    point_to(monkeypatch, gcs, NAME)
    loaded = holder.load(NAME, parse(os.environ), ModelSignature({}, ()))
    assert loaded.served.error is not None
    assert loaded.served.error.__traceback__ is None


def test_a_pinned_version_is_not_refreshed(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_URI=f"gs://{gcs.bucket}/{NAME}/{version}", MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    gcs.requests.clear()
    time.sleep(0.03)
    assert version_answered(client) == version
    time.sleep(0.05)
    assert gcs.requests == []


def test_one_refresh_at_a_time_runs_beside_the_requests(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    monkeypatch.setattr(bucket, "READ_SECONDS", 60.0)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01", MODEL_PULL_SECONDS="60")
    client = function(NAME)
    promote(gcs, second)
    gcs.requests.clear()
    release = Event()
    gcs.fail(Meanwhile(lambda: release.wait(30)), "GET .*current.json", times=1)
    until(lambda: version_answered(client) == first_version and gcs.asked("GET", "current.json"))
    assert {version_answered(client) for _ in range(50)} == {first_version}
    assert gcs.asked("GET", "current.json") == 1
    release.set()
    until(lambda: version_answered(client) != first_version)


def test_a_request_in_flight_finishes_on_the_old_model(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    """The request pauses inside `predict` while the new model is swapped in."""
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    second_version = promote(gcs, second)
    original_predict = Predictor.predict
    paused = Event()
    monkeypatch.setattr("shared.model.routes.INLINE_BYTES", 0)  # predict in a thread, so that other requests are served

    def wait_for_the_swap(self: Predictor, role: str, rows: Matrix) -> dict[str, Matrix]:
        if not paused.is_set() and self.manifest.version == first_version:
            paused.set()
            until(lambda: ready(client)["model"] == {"nom": NAME, "version": second_version})
        return original_predict(self, role, rows)

    monkeypatch.setattr(Predictor, "predict", wait_for_the_swap)
    assert version_answered(client) == first_version
    assert paused.is_set()
    assert [line["model"]["version"] for line in log_lines()] == [first_version]
    assert version_answered(client) == second_version


def test_a_promotion_during_a_refresh_is_served_by_the_next_one(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The refresh finishes with its version; the next one finds the newer version."""
    third = variant(NAME, tmp_path / "versions", "third")
    versions = [publish(gcs, folder) for folder in (bundle(NAME), second, third)]
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.02")
    client = function(NAME)
    gcs.fail(Meanwhile(lambda: promote(gcs, third)), f"{versions[1]}/manifest.json", times=1)
    promote(gcs, second)
    served = [version_answered(client)]
    while served[-1] != versions[2]:
        time.sleep(0.001)
        version = version_answered(client)
        served += [version] if version != served[-1] else []
    assert served == versions


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_jump_of_the_wall_clock_does_not_affect_the_refresh(
    step: float, gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall clock jumps by an hour; the age of the model is measured on the monotonic clock."""
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="60")
    elapsed, original_time = [0.0], time.time
    clocks = SimpleNamespace(monotonic=lambda: elapsed[0], time=lambda: original_time() + step)
    monkeypatch.setattr(holder, "time", clocks)
    client = function(NAME)
    monkeypatch.setattr(time, "time", clocks.time)
    gcs.requests.clear()
    elapsed[0] = 59.0
    assert version_answered(client) == first_version
    time.sleep(0.05)
    assert gcs.requests == []
    publish(gcs, second)
    second_version = promote(gcs, second)
    elapsed[0] = 61.0
    until(lambda: version_answered(client) == second_version)


def test_promoting_the_served_version_downloads_nothing(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, second)
    version = promote(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    promote(gcs, second, when="2026-11-22T12:00:00Z")
    gcs.requests.clear()
    until(lambda: version_answered(client) == version and gcs.asked("GET", "current.json") >= 3)
    assert gcs.asked("GET", version) == 0


def test_a_request_is_answered_when_no_thread_can_start(
    gcs: FakeGcs,
    function: Load,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    second_version = promote(gcs, second)
    time.sleep(0.02)

    def fail(**_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(holder, "Thread", fail)
        assert version_answered(client) == first_version
    assert json.loads(capfd.readouterr().err)["message"].endswith("can't start new thread")
    until(lambda: version_answered(client) == second_version)


def test_an_internal_error_in_a_refresh_is_reported_and_retried(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.05")
    client = function(NAME)
    second_version = promote(gcs, second)
    lines: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(holder, "Predictor", lambda _: 1 / 0)
        time.sleep(0.06)
        assert version_answered(client) == first_version

        def reported() -> bool:
            lines.extend(capfd.readouterr().err.splitlines())
            return bool(lines)

        until(reported)
        assert version_answered(client) == first_version
    assert json.loads(lines[0])["severity"] == "ERROR"
    assert "ZeroDivisionError" in lines[0]
    until(lambda: version_answered(client) == second_version)
