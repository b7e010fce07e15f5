"""Promotion and rollback, on the fake Cloud Storage of the tests and on fake-gcs-server."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import msgspec
import pytest

from shared.model.bundle import CURRENT, Pointer
from tests.gcs import FakeGcs, Meanwhile
from tests.models.registry import NAME, Registry, seconds
from tests.replay import ROOT
from training.registry.inspection import RegistryError, sha256
from training.registry.pointer import Move, promote
from training.registry.store import Store


def test_the_pointer_has_the_documented_fields(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    registry("promote", published[1])
    said = json.loads(registry.read(f"{NAME}/{CURRENT}"))
    manifest = registry.read(f"{NAME}/{published[1]}/manifest.json")
    assert {key: said[key] for key in ("version", "manifest_sha256", "previous")} == {
        "version": published[1],
        "manifest_sha256": sha256(manifest),
        "previous": published[0],
    }
    assert set(said) == set(Pointer.__struct_fields__)
    assert abs(time.time() - seconds(said["when"])) < 60


def test_the_pointer_is_not_cacheable(ours: Registry, gcs: FakeGcs, folders: list[Path]) -> None:
    """By default, caches keep a public object of Cloud Storage for an hour."""
    ours("publish", "--bundle", folders[0], "--promote")
    said = {name: gcs.objects.get(gcs.bucket, name).cache_control for name in gcs.names()}
    assert {name for name, control in said.items() if control == "no-store"} == {f"{NAME}/{CURRENT}"}


def test_promoting_the_current_version_does_nothing(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    generation = registry.store.read(f"{NAME}/{CURRENT}")
    assert "est déjà courante" in registry("promote", published[0]).output
    assert registry.json("promote", published[0])["changed"] is False
    assert registry.store.read(f"{NAME}/{CURRENT}") == generation


def test_an_unknown_version_is_not_promoted(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    said = registry("promote", "0123456789ab", code=1).output
    assert f"gs://{registry.bucket}/{NAME}/0123456789ab n'est pas publiée" in said
    assert registry.current.version == published[0]


def test_an_altered_version_is_not_promoted(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    registry.overwrite(f"{NAME}/{published[1]}/CARD.md", b"other")
    said = registry("promote", published[1], code=1).output
    assert "CARD.md" in said
    assert sha256(b"other") in said
    assert sha256((ROOT / "models" / NAME / "bundle/CARD.md").read_bytes()) in said
    assert registry.current.version == published[0]


def test_a_version_with_another_versions_name_is_not_promoted(registry: Registry, published: list[str]) -> None:
    for entry in registry.store.entries(f"{NAME}/{published[0]}/"):
        content = registry.read(entry.name)
        assert registry.store.write(entry.name.replace(published[0], "0123456789ab"), content, 0)
    said = registry("promote", "0123456789ab", code=1).output
    assert "0123456789ab" in said
    assert published[0] in said


def test_of_two_concurrent_promotions_one_wins_and_one_fails(
    registry: Registry, published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry("promote", published[2])
    write, both = Store.write, Barrier(2, timeout=30)

    def together(store: Store, *words: Any, **more: Any) -> bool:
        both.wait()  # both have read the same pointer
        return write(store, *words, **more)

    monkeypatch.setattr(Store, "write", together)

    def act(version: str) -> Move | RegistryError:
        try:
            return promote(Store(registry.bucket), NAME, version)
        except RegistryError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, published[:2]))
    [winner] = [move for move in done if isinstance(move, Move)]
    [told] = [error.message for error in done if isinstance(error, RegistryError)]
    [loser] = set(published[:2]) - {winner.version}
    assert f"{winner.version} est courante depuis {winner.when}" in told
    assert f"{loser} n'a pas été promue" in told
    current = registry.current
    assert (current.version, current.previous) == (winner.version, published[2])


def test_the_command_fails_after_a_concurrent_promotion(
    ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str]
) -> None:
    for folder in folders:
        ours("publish", "--bundle", folder)
    other = Pointer(versions[2], "0" * 64, None, "2026-01-01T00:00:00.000000Z")
    act = Meanwhile(lambda: gcs.put(f"{NAME}/{CURRENT}", msgspec.json.encode(other)))
    gcs.fail(act, "POST .*current.json", times=1)
    said = ours("promote", versions[0], code=1).output
    assert f"{versions[2]} est courante depuis {other.when}" in said
    assert ours.current == other


def test_concurrent_promotions_of_one_version_both_succeed(
    ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str]
) -> None:
    ours("publish", "--bundle", folders[0])
    manifest = gcs.read(f"{NAME}/{versions[0]}/manifest.json")
    other = Pointer(versions[0], sha256(manifest), None, "2026-01-01T00:00:00.000000Z")
    act = Meanwhile(lambda: gcs.put(f"{NAME}/{CURRENT}", msgspec.json.encode(other)))
    gcs.fail(act, "POST .*current.json", times=1)
    assert ours.json("promote", versions[0])["changed"] is False
    assert ours.current == other


def test_a_rollback_restores_the_previous_version_only_once(registry: Registry, published: list[str]) -> None:
    for version in published:
        registry("promote", version)
    move = registry.json("rollback")
    assert (move["version"], move["before"], move["previous"]) == (published[1], published[2], None)
    assert "pas de version précédente" in registry("rollback", code=1).output
    assert registry.current.version == published[1]
    registry("promote", published[0])
    assert registry.current.previous == published[1]


def test_a_rollback_to_a_named_version_is_idempotent(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    registry("promote", published[1])
    assert registry.json("rollback", "--to", published[0])["changed"] is True
    assert registry.json("rollback", "--to", published[0])["changed"] is False
    said = registry("rollback", "--to", published[2], code=1).output
    assert "pas de version précédente" in said
    assert registry.current.version == published[0]


def test_a_rollback_to_a_version_that_is_not_the_previous_one_is_refused(
    registry: Registry, published: list[str]
) -> None:
    registry("promote", published[0])
    registry("promote", published[1])
    said = registry("rollback", "--to", published[2], code=1).output
    assert f"la version précédente est {published[0]}, pas {published[2]}" in said
    assert registry.current.version == published[1]


def test_a_rollback_to_a_broken_version_is_refused(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    registry("promote", published[1])
    registry.overwrite(f"{NAME}/{published[0]}/model.onnx", b"other")
    assert sha256(b"other") in registry("rollback", code=1).output
    assert registry.current.version == published[1]


def test_a_rollback_needs_a_pointer(registry: Registry, published: list[str]) -> None:
    assert "aucune version n’est courante" in registry("rollback", code=1).output
    assert f"{NAME}/{CURRENT}" not in registry.names
    assert len(published) == 3


def test_an_invalid_pointer_is_reported_and_replaced_by_a_promotion(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    registry.overwrite(f"{NAME}/{CURRENT}", b'{"version": "')
    for verb in ("rollback", "verify"):
        assert f"{NAME}/{CURRENT} : illisible" in registry(verb, code=1).output
    assert "current.json : illisible" in registry("list").output
    registry("promote", published[1])
    assert (registry.current.version, registry.current.previous) == (published[1], None)
