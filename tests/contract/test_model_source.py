"""A function whose model is in a bucket: what is asked, what is read, what is served."""

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


def test_only_what_serves_is_read_and_nothing_is_written(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not the card, not the pictures; not the embedded bundle; no file but the request log."""
    version = publish(gcs, second)
    promote(gcs, second)
    gcs.requests.clear()
    point_to(monkeypatch, gcs, NAME)
    read: list[object] = []
    true_open, before = builtins.open, set(tmp_path.rglob("*"))
    monkeypatch.setattr(holder, "read_folder", lambda *_: pytest.fail("the embedded bundle was read"))

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
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path / "file"))
    assert version_answered(function(NAME)) == version
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {line["severity"] for line in lines} == {"WARNING"}
    assert lines[0]["message"].endswith(f"{version}/manifest.json: Not a directory")


def test_the_pull_begins_before_the_slow_imports(
    gcs: FakeGcs, function: Load, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function's own `start_pull` is the only one that asks: `load` waits for it."""
    publish(gcs, second)
    version = promote(gcs, second)
    point_to(monkeypatch, gcs, NAME)
    begun: list[str] = []
    true_start = source.start_pull

    def listen(name: str) -> source.Pull | None:
        begun.append(name)
        return true_start(name)

    monkeypatch.setattr(source, "start_pull", listen)
    gcs.requests.clear()
    assert version_answered(function(NAME)) == version
    assert begun == [NAME]
    assert gcs.asked("GET", "current.json") == 1


def test_a_name_is_written_into_the_address_as_it_must_be(gcs: FakeGcs) -> None:
    name = "dossier/é d'été+100%?#.json"
    upload(gcs, name, b"{}")
    assert gcs.read(name) == b"{}"
    source = open_bucket(gcs.bucket, gcs.address, "", {})
    assert source.read(name, 10, time.monotonic() + 5, bytes) == b"{}"


@pytest.mark.parametrize(
    ("endless", "reason"),
    [(False, "internal error (division by zero)"), (True, "the bucket did not answer in time")],
    ids=["a fault of ours", "a name that is looked up for ever"],
)
def test_a_start_survives_its_pull(
    endless: bool,  # noqa: FBT001
    reason: str,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    point_to(monkeypatch, gcs, NAME, MODEL_PULL_SECONDS="0.1")
    monkeypatch.setattr(source, "GRACE", 0.1)
    started, over = Event(), []

    def broken(*_: object) -> None:
        if endless:
            over.append(started.wait(60))
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(source, "open_bucket", broken)
    begun = time.monotonic()
    client = function(NAME)
    assert time.monotonic() - begun < 0.9
    assert over == []
    started.set()
    assert ready(client)["source"] == "embedded"
    assert json.loads(capfd.readouterr().err)["message"].endswith(f"refused: {reason}")


def test_a_wrong_setting_is_left_for_the_function_to_say() -> None:
    assert source.start_pull(NAME, {"MODEL_URI": "gs://seau/predire", "MAX_ROWS": "0"}) is None
    assert source.start_pull(NAME, {"MODEL_URI": "folder"}) is None


@pytest.mark.parametrize("version", ["../secret", "", "0123456789AB", "0123456789ab/.."])
def test_a_pointer_leads_nowhere_else(
    version: str, gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    promote(gcs, bundle(NAME), version=version)
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path / "cache"))
    assert ready(function(NAME))["fallback"] == "current.json : version refusée"
    assert gcs.asked("GET") == 1
