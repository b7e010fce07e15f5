"""A model in a bucket: requests to the bucket, files read, version served."""

import builtins
import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from shared.model import holder, source
from shared.storage.bucket import open_bucket
from tests.buckets import bundle, point_to, promote, publish, ready, upload, variant, version_answered
from tests.client import Client
from tests.conftest import Lines
from tests.gcs import Emulator, FakeGcs

Load = Callable[[str], Client]
NAME = "predire"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return variant(NAME, tmp_path / "versions", "second")


def test_the_promoted_version_is_served(
    storage: Emulator, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    publish(storage, bundle(NAME))
    publish(storage, second)
    version = promote(storage, second)
    point_to(monkeypatch, storage, NAME)
    client = function(NAME)
    assert ready(client) == {"status": "ready", "model": {"nom": NAME, "version": version}, "source": "bucket"}
    assert version_answered(client) == version
    assert [line["model"] for line in log_lines()] == [{"nom": NAME, "version": version}]


def test_a_pinned_version_needs_no_pointer(
    storage: Emulator, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(storage, second)
    point_to(monkeypatch, storage, NAME, MODEL_URI=f"gs://{storage.bucket}/{NAME}/{version}")
    assert version_answered(function(NAME)) == version


def test_a_start_reads_only_manifest_and_graphs_and_writes_nothing(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No card, no pictures, no embedded bundle; no file written but the request log."""
    version = publish(gcs, second)
    promote(gcs, second)
    gcs.requests.clear()
    point_to(monkeypatch, gcs, NAME)
    opened: list[object] = []
    original_open, before = builtins.open, set(tmp_path.rglob("*"))
    monkeypatch.setattr(holder, "read_folder", lambda *_: pytest.fail("the embedded bundle was read"))

    def record(file: Any, *rest: Any, **more: Any) -> Any:
        opened.append(file)
        return original_open(file, *rest, **more)

    monkeypatch.setattr(builtins, "open", record)
    assert version_answered(function(NAME)) == version
    assert [request.name for request in gcs.requests] == [
        f"{NAME}/current.json",
        f"{NAME}/{version}/manifest.json",
        *(f"{NAME}/{version}/{stage}.onnx" for stage in ("inscription", "semestre_1", "semestre_2")),
    ]
    assert [file for file in opened if "bundle" in str(file)] == []
    assert {file.name for file in set(tmp_path.rglob("*")) - before} == {"log.jsonl"}


def test_the_cache_saves_downloads_and_is_verified(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = publish(gcs, second)
    promote(gcs, second)
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path / "cache"))
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


def test_an_unwritable_cache_is_a_warning(
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
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path / "file"))
    assert version_answered(function(NAME)) == version
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {line["severity"] for line in lines} == {"WARNING"}
    assert lines[0]["message"].endswith(f"{version}/manifest.json: Not a directory")


def test_the_function_starts_the_only_pull(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the function's own `start_pull` sends requests; `load` waits for it."""
    publish(gcs, second)
    version = promote(gcs, second)
    point_to(monkeypatch, gcs, NAME)
    started: list[str] = []
    original_start = source.start_pull

    def record(name: str) -> source.Pull | None:
        started.append(name)
        return original_start(name)

    monkeypatch.setattr(source, "start_pull", record)
    gcs.requests.clear()
    assert version_answered(function(NAME)) == version
    assert started == [NAME]
    assert gcs.asked("GET", "current.json") == 1


def test_an_object_name_is_percent_encoded(gcs: FakeGcs) -> None:
    name = "dossier/é d'été+100%?#.json"
    upload(gcs, name, b"{}")
    assert gcs.read(name) == b"{}"
    client = open_bucket(gcs.bucket, gcs.address, "", {})
    assert client.read(name, 10, time.monotonic() + 5, bytes) == b"{}"


@pytest.mark.parametrize(
    ("hangs", "reason"),
    [(False, "internal error (division by zero)"), (True, "the bucket did not answer in time")],
    ids=["internal error", "endless DNS lookup"],
)
def test_a_start_survives_a_pull_that_fails_or_hangs(
    hangs: bool,  # noqa: FBT001
    reason: str,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    point_to(monkeypatch, gcs, NAME, MODEL_PULL_SECONDS="0.1")
    monkeypatch.setattr(source, "JOIN_GRACE_SECONDS", 0.1)
    release, finished = Event(), []

    def fail(*_: object) -> None:
        if hangs:
            finished.append(release.wait(60))
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(source, "open_bucket", fail)
    start = time.monotonic()
    client = function(NAME)
    assert time.monotonic() - start < 0.9
    assert finished == []
    release.set()
    assert ready(client)["source"] == "embedded"
    assert json.loads(capfd.readouterr().err)["message"].endswith(f"refused: {reason}")


def test_an_invalid_setting_or_a_folder_starts_no_pull() -> None:
    assert source.start_pull(NAME, {"MODEL_URI": "gs://seau/predire", "MAX_ROWS": "0"}) is None
    assert source.start_pull(NAME, {"MODEL_URI": "folder"}) is None


@pytest.mark.parametrize("version", ["../secret", "", "0123456789AB", "0123456789ab/.."])
def test_an_invalid_version_in_the_pointer_is_refused(
    version: str, gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    promote(gcs, bundle(NAME), version=version)
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path / "cache"))
    assert ready(function(NAME))["fallback"] == "current.json : version refusée"
    assert gcs.asked("GET") == 1
