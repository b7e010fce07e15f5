"""Versions of models: discovery, loading, cards, differences."""

import shutil
from pathlib import Path

import pytest

from functions.explorer.bundles import card_blocks, differences, discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import ExplorerError
from functions.explorer.settings import Settings
from shared.model.bundle import Manifest
from tests.buckets import bundle, promote, publish, upload, variant
from tests.gcs import FakeGcs
from tests.replay import ROOT

NAME = "predict_species"


def manifest(name: str = NAME) -> Manifest:
    return discovery.load_bundle(discovery.local_origins(name, Settings())[0]).manifest


def test_every_model_of_the_repository_is_listed() -> None:
    assert discovery.model_names() == sorted(folder.parent.name for folder in ROOT.glob("models/*/bundle"))
    assert {"predict_digit", "predict_species", "predire"} <= set(discovery.model_names())


def test_versions_of_a_folder_are_listed_after_the_embedded_one(tmp_path: Path) -> None:
    other = variant(NAME, tmp_path, "other", thresholds={"certainty": 0.5})
    shutil.copytree(bundle(NAME), tmp_path / "again")
    shutil.copytree(bundle("predire"), tmp_path / "predire")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/manifest.json").write_text("{")
    embedded, second = discovery.local_origins(NAME, Settings(bundles=str(tmp_path)))
    assert (embedded.place, second.place, second.location) == ("embedded", "folder", str(other))
    assert discovery.load_bundle(second).manifest.thresholds == {"certainty": 0.5}
    assert second.label == (f"{second.version} (dossier)", f"{second.version} (folder)")
    assert [origin.place for origin in discovery.local_origins(NAME, Settings(bundles=str(tmp_path / "nothing")))] == [
        "embedded"
    ]


def test_an_altered_bundle_is_refused(tmp_path: Path) -> None:
    other = variant(NAME, tmp_path, "other")
    (other / "model.onnx").write_bytes(b"altered")
    _, origin = discovery.local_origins(NAME, Settings(bundles=str(tmp_path)))
    with pytest.raises(
        ExplorerError, match=f"version {origin.version} is refused: bytes model.onnx: expected 1291, got 7"
    ):
        discovery.load_bundle(origin)


def test_versions_of_a_bucket(gcs: FakeGcs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    first, second = bundle(NAME), variant(NAME, tmp_path, "other")
    for folder in (first, second):
        publish(gcs, folder)
    current = promote(gcs, second)
    listing = discovery.list_bucket(NAME, f"gs://{gcs.bucket}")
    assert listing.current is not None
    assert listing.current.version == current
    origins = {origin.version: origin for origin in discovery.published_origins(listing)}
    assert origins.keys() == {current, manifest().version}
    loaded = discovery.load_bundle(origins[manifest().version])
    assert loaded == discovery.load_bundle(discovery.local_origins(NAME, Settings())[0])
    assert "CARD.md" in loaded.files


def test_an_altered_object_of_a_bucket_is_refused(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    version = publish(gcs, bundle(NAME))
    upload(gcs, f"{NAME}/{version}/CARD.md", b"altered")
    with pytest.raises(ExplorerError, match=rf"version {version} is refused: bytes CARD.md: expected \d+, got 7"):
        discovery.load_bundle(Origin(NAME, version, "bucket", f"gs://{gcs.bucket}/{NAME}"))


def test_missing_objects_of_a_bucket_are_named(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    origin = Origin(NAME, "0123456789ab", "bucket", f"gs://{gcs.bucket}/{NAME}")
    with pytest.raises(ExplorerError, match=r"manifest.json is not in the bucket"):
        discovery.load_bundle(origin)
    with pytest.raises(ExplorerError) as raised:
        discovery.list_bucket(NAME, "gs://elsewhere-entirely")
    assert raised.value.detail[0] == "Le bucket : gs://elsewhere-entirely n'existe pas."


@pytest.mark.parametrize("name", ["predict_digit", "predict_species", "predire"])
def test_a_card_is_split_at_its_pictures(name: str) -> None:
    loaded = discovery.load_bundle(discovery.local_origins(name, Settings())[0])
    blocks = card_blocks.card_blocks(loaded)
    pictures = [block for block in blocks if isinstance(block, card_blocks.Picture)]
    texts = [block for block in blocks if isinstance(block, str)]
    assert texts[0].startswith("# Fiche du modèle")
    assert not any("](" in text and ".png" in text for text in texts)
    assert {one.content for one in pictures} == set(card_blocks.pictures(loaded).values())
    assert all(one.alt for one in pictures)


def test_compared_metrics_say_which_is_better() -> None:
    one = manifest("predire")
    [graph, *_] = one.graphs.values()
    assert differences.Metric("g", "auc", 0.9, 0.95).better is True
    assert differences.Metric("g", "pen_error", 0.1, 0.2).better is False
    assert differences.Metric("g", "brier_low", 0.2, 0.1).better is True
    assert differences.Metric("g", "abstention_share", 0.2, 0.1).better is None
    assert differences.Metric("g", "auc", 0.9, 0.9).better is None
    assert differences.Metric("g", "auc", 0.9, None).difference is None
    metrics = {(metric.graph, metric.name): metric for metric in differences.metrics(one, one)}
    assert metrics["inscription", "auc"].first == graph.metrics["auc"]
    assert metrics["", "abstention_low"].second == one.thresholds["abstention_low"]
    assert len(metrics) == sum(len(graph.metrics) for graph in one.graphs.values()) + 2


def test_changed_facts_are_listed(tmp_path: Path) -> None:
    other = variant(NAME, tmp_path, "other")
    second = discovery.load_bundle(
        Origin(NAME, discovery.local_origins(NAME, Settings(bundles=str(tmp_path)))[1].version, "folder", str(other))
    )
    first, now = differences.facts(manifest()), differences.facts(second.manifest)
    assert differences.changed(first, now) == {"command": (manifest().command, f"make train NAME={NAME} # other")}
    assert first["model.inputs"].startswith("sepal length (cm), ")
