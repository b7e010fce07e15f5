"""The registry's commands with a failing bucket, or killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shared.model.bundle import CURRENT
from tests.gcs import Emulator, FakeGcs, Flip, Hang, Lost, Meanwhile, Status
from tests.models.registry import NAME, Registry, files_of
from tests.replay import ROOT
from training.registry import store as stores
from training.registry.inspection import sha256
from training.registry.store import StorageError, Store

Run = Callable[..., Result]


def test_rerunning_after_a_kill_completes_the_publication(ours: Registry, gcs: FakeGcs, folders: list[Path]) -> None:
    gcs.fail(Hang(), "POST .*model.onnx")
    command = [sys.executable, "-m", "models", "publish", NAME, "--bundle", str(folders[0]), "--bucket", gcs.bucket]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 30
    while not gcs.asked("POST", "model.onnx") and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    gcs.heal()
    assert 0 < len(gcs.names()) < len(files_of(folders[0]))
    there = len(gcs.names())
    assert len(ours.json("publish", "--bundle", folders[0])["present"]) == there
    assert len(gcs.names()) == len(files_of(folders[0]))


def test_a_concurrent_publication_of_other_bytes_is_refused(
    ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str]
) -> None:
    name = f"{NAME}/{versions[0]}/model.onnx"
    gcs.fail(Meanwhile(lambda: gcs.put(name, b"other")), "POST .*model.onnx", times=1)
    said = ours("publish", "--bundle", folders[0], code=1).output
    assert sha256(b"other") in said
    assert gcs.read(name) == b"other"
    assert f"{NAME}/{versions[0]}/manifest.json" not in gcs.names()


@pytest.mark.parametrize("lost", ["model.onnx", "manifest.json", CURRENT])
def test_a_lost_response_to_a_completed_write_is_retried_successfully(
    ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str], lost: str
) -> None:
    gcs.fail(Lost(), f"POST .*{lost}", times=1)
    done = ours.json("publish", "--bundle", folders[0], "--promote")
    assert done["promotion"]["changed"] is True
    assert gcs.asked("POST", lost) == 2
    assert ours.current.version == versions[0]


@pytest.mark.parametrize("verb", ["publish", "promote", "rollback", "list", "verify"])
def test_an_unknown_bucket_is_named(registry: Registry, verb: str) -> None:
    words = ["0123456789ab"] if verb == "promote" else []
    result = registry.run(verb, NAME, *words, "--bucket", "no-such-bucket")
    assert result.exit_code == 1
    assert "Error: gs://no-such-bucket n'existe pas." in result.output


@pytest.mark.parametrize("where", ["GET .*model.onnx", "POST .*model.onnx", "POST .*current.json", "GET .*/o $"])
def test_a_request_that_fails_twice_is_retried(
    ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str], where: str
) -> None:
    gcs.fail(Status(503), where, times=2)
    ours("publish", "--bundle", folders[0], "--promote")
    assert ours.current.version == versions[0]


def test_retries_stop_if_the_bucket_keeps_failing(
    ours: Registry, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "DEADLINE_SECONDS", 1)
    gcs.fail(Status(503))
    said = ours("list", code=1).output
    assert f"gs://{gcs.bucket} ne répond pas comme il faut, même après 1 s d'essais au plus : 503.\n" in said


def test_a_hanging_bucket_is_a_timeout(ours: Registry, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "DEADLINE_SECONDS", 1)
    monkeypatch.setattr(stores, "TIMEOUT_SECONDS", 0.3)
    gcs.fail(Hang())
    started = time.monotonic()
    said = ours("list", code=1).output
    assert f"gs://{gcs.bucket} ne répond pas" in said
    assert time.monotonic() - started < 5
    assert "read timeout=0.3" in said


def test_an_unreachable_server_is_reported(ours: Registry, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "DEADLINE_SECONDS", 1)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    assert f"gs://{gcs.bucket} ne répond pas" in ours("list", code=1).output


@pytest.mark.parametrize("form", ["{host}", "{host}/", "http://{host}/"])
def test_the_emulator_address_may_omit_the_scheme_or_end_with_a_slash(
    ours: Registry, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The functions accept the same formats."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", form.format(host=gcs.address.removeprefix("http://")))
    assert "aucune version n'est publiée" in ours("list").output


def test_a_refused_access_is_reported(ours: Registry, gcs: FakeGcs, folders: list[Path]) -> None:
    gcs.fail(Status(403), "POST")
    said = ours("publish", "--bundle", folders[0], code=1).output
    assert f"Error: gs://{gcs.bucket} : accès refusé à ces identifiants : 403" in said
    assert said.endswith("ifGenerationMatch=0: injected.\n")  # the bucket's message only
    assert len(said.splitlines()[-1]) < 450
    assert gcs.asked("POST", "") == 1


def test_missing_credentials_are_reported(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    result = run("list", NAME, "--bucket", "augure-test")
    assert result.exit_code == 1
    assert "gcloud auth application-default login" in result.output


def test_a_flipped_bit_is_detected(ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str]) -> None:
    ours("publish", "--bundle", folders[0])
    gcs.fail(Flip(), "GET .*model.onnx")
    assert "model.onnx" in ours("promote", versions[0], code=1).output
    assert f"{NAME}/{CURRENT}" not in gcs.names()


def test_reading_needs_only_read_and_list_permissions(ours: Registry, gcs: FakeGcs, folders: list[Path]) -> None:
    """Readers lack the permission to read the bucket's metadata."""
    ours("publish", "--bundle", folders[0], "--promote")
    time.sleep(0.2)
    assert {request.path for request in gcs.requests if not request.name} == {f"/storage/v1/b/{gcs.bucket}/o"}


def test_a_missing_bucket_is_named_by_the_store(storage: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.address)
    with pytest.raises(StorageError, match="gs://no-such-bucket n'existe pas"):
        Store("no-such-bucket").read("x")
