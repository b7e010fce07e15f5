"""A function whose model is in a bucket: what is asked, what is read, what is served, and when another is."""

import builtins
import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import model_bucket, model_holder
from shared.bucket import open_bucket
from shared.inference import Predictor
from shared.operation import Matrix
from tests.buckets import bundle, environment, promote, publish, upload, variant
from tests.conftest import Lines
from tests.gcs import Delay, Emulator, FakeGcs, Meanwhile
from tests.replay import ROOT

Load = Callable[[str], FlaskClient]
NAME = "predire"
STUDENT = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))


def set_up(monkeypatch: pytest.MonkeyPatch, store: Emulator | FakeGcs, **more: str) -> None:
    for variable, value in environment(store, NAME, **more).items():
        monkeypatch.setenv(variable, value)


def ready(client: FlaskClient) -> dict[str, object]:
    body: dict[str, object] = client.get("/health/ready").get_json()
    return body


def version_answered(client: FlaskClient) -> str:
    answer = client.post("/predire", json=STUDENT)
    assert answer.status_code == 200
    body = answer.get_json()
    version: str = (body[0] if isinstance(body, list) else body)["modele"]["version"]
    return version


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return variant(NAME, tmp_path / "versions", "second")


def test_the_promoted_version_is_served(
    storage: Emulator, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    publish(storage, bundle(NAME))
    publish(storage, second)
    version = promote(storage, second)
    set_up(monkeypatch, storage)
    client = function(NAME)
    assert ready(client) == {"status": "ready", "model": {"nom": NAME, "version": version}, "source": "bucket"}
    assert version_answered(client) == version
    assert [line["model"] for line in log_lines()] == [{"nom": NAME, "version": version}]


def test_a_pinned_version_needs_no_pointer(
    storage: Emulator, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(storage, second)
    set_up(monkeypatch, storage, MODEL_URI=f"gs://{storage.bucket}/{NAME}/{version}")
    assert version_answered(function(NAME)) == version


def test_only_what_serves_is_read_and_nothing_is_written(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not the card, not the pictures; not the embedded bundle; no file but the request log."""
    version = publish(gcs, second)
    promote(gcs, second)
    gcs.requests.clear()
    set_up(monkeypatch, gcs)
    read: list[object] = []
    true_open, before = builtins.open, set(tmp_path.rglob("*"))
    monkeypatch.setattr(model_holder, "read_folder", lambda *_: pytest.fail("the embedded bundle was read"))

    def listen(file: Any, *rest: Any, **more: Any) -> Any:
        read.append(file)
        return true_open(file, *rest, **more)

    monkeypatch.setattr(builtins, "open", listen)
    assert version_answered(function(NAME)) == version
    assert [request.name for request in gcs.requests] == [
        f"{NAME}/current.json",
        f"{NAME}/{version}/manifest.json",
        *(f"{NAME}/{version}/{stage}.onnx" for stage in ("inscription", "semestre_1", "semestre_2")),
    ]
    assert [file for file in read if "bundle" in str(file)] == []
    assert {file.name for file in set(tmp_path.rglob("*")) - before} == {"log.jsonl"}


def test_the_cache_spares_the_bucket_and_is_not_believed(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = publish(gcs, second)
    promote(gcs, second)
    set_up(monkeypatch, gcs, MODEL_CACHE=str(tmp_path / "cache"))
    assert version_answered(function(NAME)) == version
    folder = tmp_path / "cache" / gcs.bucket / NAME / version
    assert sorted(file.name for file in folder.iterdir()) == [
        "inscription.onnx",
        "manifest.json",
        "semestre_1.onnx",
        "semestre_2.onnx",
    ]
    gcs.requests.clear()
    assert version_answered(function(NAME)) == version
    assert [request.name for request in gcs.requests] == [f"{NAME}/current.json"]
    (folder / "semestre_1.onnx").write_bytes(b"altered")
    gcs.requests.clear()
    assert version_answered(function(NAME)) == version
    assert [request.name for request in gcs.requests] == [
        f"{NAME}/current.json",
        f"{NAME}/{version}/semestre_1.onnx",
    ]
    assert (folder / "semestre_1.onnx").read_bytes() == (second / "semestre_1.onnx").read_bytes()


def test_a_cache_that_cannot_be_written_costs_a_line(
    gcs: FakeGcs,
    function: Load,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    version = publish(gcs, second)
    promote(gcs, second)
    (tmp_path / "file").write_text("")
    set_up(monkeypatch, gcs, MODEL_CACHE=str(tmp_path / "file"))
    assert version_answered(function(NAME)) == version
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {line["severity"] for line in lines} == {"WARNING"}
    assert lines[0]["message"].endswith(f"{version}/manifest.json: Not a directory")


def test_a_promotion_is_followed_and_rolled_back(
    storage: Emulator,
    function: Load,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    first_version, second_version = publish(storage, bundle(NAME)), publish(storage, second)
    promote(storage, bundle(NAME))
    set_up(monkeypatch, storage, MODEL_REFRESH_SECONDS="0.02")
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
    set_up(monkeypatch, gcs)
    client = function(NAME)
    gcs.requests.clear()
    assert {version_answered(client) for _ in range(20)} == {version}
    time.sleep(0.05)
    assert gcs.requests == []


def test_a_pinned_version_that_is_served_is_not_looked_at_again(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(gcs, second)
    set_up(monkeypatch, gcs, MODEL_URI=f"gs://{gcs.bucket}/{NAME}/{version}", MODEL_REFRESH_SECONDS="0.01")
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
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    promote(gcs, second)
    gcs.requests.clear()
    gcs.fail(Delay(1.0), "current.json", times=1)
    time.sleep(0.02)
    begun = time.monotonic()
    assert {version_answered(client) for _ in range(50)} == {first_version}
    assert time.monotonic() - begun < 0.9
    assert gcs.asked("GET", "current.json") <= 1
    until(lambda: version_answered(client) != first_version)


def test_a_request_in_flight_finishes_on_the_old_model(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    """It stands still between its model and its answer while the other model is swapped in."""
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    second_version = promote(gcs, second)
    true_predict = Predictor.predict
    stopped = Event()

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
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.02")
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
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.4", MODEL_PULL_SECONDS="5")
    client = function(NAME)
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + step)
    gcs.requests.clear()
    assert version_answered(client) == first_version
    time.sleep(0.05)
    assert gcs.requests == []
    publish(gcs, second)
    second_version = promote(gcs, second)
    until(lambda: version_answered(client) == second_version)


def test_the_pull_begins_before_the_slow_imports(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function's own `begin` is the only one that asks: `load` waits for it."""
    publish(gcs, second)
    version = promote(gcs, second)
    set_up(monkeypatch, gcs)
    begun: list[str] = []
    true_begin = model_bucket.begin

    def listen(name: str) -> model_bucket.Pull | None:
        begun.append(name)
        return true_begin(name)

    monkeypatch.setattr(model_bucket, "begin", listen)
    gcs.requests.clear()
    assert version_answered(function(NAME)) == version
    assert begun == [NAME]
    assert gcs.asked("GET", "current.json") == 1


def test_the_same_version_promoted_again_is_not_read_again(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, second)
    version = promote(gcs, second)
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.01")
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
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.01")
    client = function(NAME)
    second_version = promote(gcs, second)
    time.sleep(0.02)

    def refuse(**_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(model_holder, "Thread", refuse)
        assert version_answered(client) == first_version
    assert json.loads(capfd.readouterr().err)["message"].endswith("can't start new thread")
    until(lambda: version_answered(client) == second_version)


def test_a_name_is_written_into_the_address_as_it_must_be(gcs: FakeGcs) -> None:
    name = "dossier/é d'été+100%?#.json"
    upload(gcs, name, b"{}")
    assert gcs.read(name) == b"{}"
    source = open_bucket(gcs.bucket, gcs.address, "", {})
    assert source.read(name, 10, time.monotonic() + 5, bytes) == b"{}"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda *_: 1 / 0, "internal error (division by zero)"),
        (lambda *_: time.sleep(1), "the bucket did not answer in time"),
    ],
    ids=["a fault of ours", "a name that is looked up for ever"],
)
def test_a_start_survives_its_pull(
    broken: Callable[..., object],
    reason: str,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    set_up(monkeypatch, gcs, MODEL_PULL_SECONDS="0.1")
    monkeypatch.setattr(model_bucket, "GRACE", 0.1)
    monkeypatch.setattr(model_bucket, "open_bucket", broken)
    begun = time.monotonic()
    client = function(NAME)
    assert time.monotonic() - begun < 0.9
    assert ready(client)["source"] == "embedded"
    assert json.loads(capfd.readouterr().err)["message"].endswith(f"refused: {reason}")


def test_a_refresh_survives_a_fault_of_ours(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(gcs, bundle(NAME))
    first_version = promote(gcs, bundle(NAME))
    publish(gcs, second)
    set_up(monkeypatch, gcs, MODEL_REFRESH_SECONDS="0.05")
    client = function(NAME)
    second_version = promote(gcs, second)
    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(model_holder, "Predictor", lambda _: 1 / 0)
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


def test_a_wrong_setting_is_left_for_the_function_to_say() -> None:
    assert model_bucket.begin(NAME, {"MODEL_URI": "gs://seau/predire", "MAX_ROWS": "0"}) is None
    assert model_bucket.begin(NAME, {"MODEL_URI": "folder"}) is None


@pytest.mark.parametrize("version", ["../secret", "", "0123456789AB", "0123456789ab/.."])
def test_a_pointer_leads_nowhere_else(
    version: str, gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    promote(gcs, bundle(NAME), version=version)
    set_up(monkeypatch, gcs, MODEL_CACHE=str(tmp_path / "cache"))
    assert ready(function(NAME))["fallback"] == "current.json : version refusée"
    assert gcs.asked("GET") == 1
