"""A function that follows a bucket: when another model is served, and what requests notice of it: nothing."""

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


def test_a_promotion_is_followed_and_rolled_back(
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


def test_without_the_setting_the_bucket_is_asked_once(
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


def test_on_cloud_run_the_request_waits_for_the_look(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes on there between requests."""
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


def test_on_cloud_run_a_look_that_takes_long_is_waited_for_a_second(
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
    begun = time.monotonic()
    assert version_answered(client) == version
    assert 0.9 < time.monotonic() - begun < 4
    assert "stale" not in ready(client)  # as it is once the look is over
    gcs.heal()


def test_a_function_without_a_model_looks_for_one_by_itself(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "RETRY_SECONDS", 0.02)
    publish(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_FALLBACK="none")
    client = function(NAME)
    assert client.get("/health/ready").status_code == 503
    promote(gcs, bundle(NAME))
    until(lambda: client.get("/health/ready").status_code == 200)


def test_what_was_refused_is_not_held(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception holds its frames, and they the bytes that were read."""
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME), manifest_sha256="0" * 64)
    point_to(monkeypatch, gcs, NAME)
    held = holder.load(NAME, parse(os.environ), ModelSignature({}, ()))
    assert held.served.error is not None
    assert held.served.error.__traceback__ is None


def test_a_pinned_version_that_is_served_is_not_looked_at_again(
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


def test_a_refresh_is_off_the_path_of_requests_and_one_at_a_time(
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
    answered = Event()
    gcs.fail(Meanwhile(lambda: answered.wait(30)), "GET .*current.json", times=1)
    until(lambda: version_answered(client) == first_version and gcs.asked("GET", "current.json"))
    assert {version_answered(client) for _ in range(50)} == {first_version}
    assert gcs.asked("GET", "current.json") == 1
    answered.set()
    until(lambda: version_answered(client) != first_version)


def test_a_request_in_flight_finishes_on_the_old_model(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    """It stands still between its model and its answer while the other model is swapped in."""
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    second_version = promote(gcs, second)
    true_predict = Predictor.predict
    stopped = Event()
    monkeypatch.setattr("shared.model.routes.INLINE_BYTES", 0)  # in a thread, beside which others are answered

    def stand_still(self: Predictor, role: str, rows: Matrix) -> dict[str, Matrix]:
        if not stopped.is_set() and self.manifest.version == first_version:
            stopped.set()
            until(lambda: ready(client)["model"] == {"nom": NAME, "version": second_version})
        return true_predict(self, role, rows)

    monkeypatch.setattr(Predictor, "predict", stand_still)
    assert version_answered(client) == first_version
    assert stopped.is_set()
    assert [line["model"]["version"] for line in log_lines()] == [first_version]
    assert version_answered(client) == second_version


def test_a_promotion_in_the_middle_of_a_refresh(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The version that was being read is read whole; the next refresh finds the newer one."""
    third = variant(NAME, tmp_path / "versions", "third")
    versions = [publish(gcs, folder) for folder in (bundle(NAME), second, third)]
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.02")
    client = function(NAME)
    gcs.fail(Meanwhile(lambda: promote(gcs, third)), f"{versions[1]}/manifest.json", times=1)
    promote(gcs, second)
    seen = [version_answered(client)]
    while seen[-1] != versions[2]:
        time.sleep(0.001)
        now = version_answered(client)
        seen += [now] if now != seen[-1] else []
    assert seen == versions


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_clock_that_jumps_changes_nothing(
    step: float, gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of day goes back an hour, or on by one; the age of what is served is counted on another clock."""
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="60")
    passed, true_time = [0.0], time.time
    clocks = SimpleNamespace(monotonic=lambda: passed[0], time=lambda: true_time() + step)
    monkeypatch.setattr(holder, "time", clocks)
    client = function(NAME)
    monkeypatch.setattr(time, "time", clocks.time)
    gcs.requests.clear()
    passed[0] = 59.0
    assert version_answered(client) == first_version
    time.sleep(0.05)
    assert gcs.requests == []
    publish(gcs, second)
    second_version = promote(gcs, second)
    passed[0] = 61.0
    until(lambda: version_answered(client) == second_version)


def test_the_same_version_promoted_again_is_not_read_again(
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


def test_a_request_is_answered_where_no_thread_is_to_be_had(
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

    def refuse(**_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(holder, "Thread", refuse)
        assert version_answered(client) == first_version
    assert json.loads(capfd.readouterr().err)["message"].endswith("can't start new thread")
    until(lambda: version_answered(client) == second_version)


def test_a_refresh_survives_a_fault_of_ours(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.05")
    client = function(NAME)
    second_version = promote(gcs, second)
    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(holder, "Predictor", lambda _: 1 / 0)
        time.sleep(0.06)
        assert version_answered(client) == first_version

        def heard() -> bool:
            said.extend(capfd.readouterr().err.splitlines())
            return bool(said)

        until(heard)
        assert version_answered(client) == first_version
    assert json.loads(said[0])["severity"] == "ERROR"
    assert "ZeroDivisionError" in said[0]
    until(lambda: version_answered(client) == second_version)
