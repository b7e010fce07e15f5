"""A bundle is verified before it is served; a broken one is refused with the reason."""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from functions.predict_species.schema import FEATURES, SIGNATURE
from shared.errors import BundleError, NotReady
from shared.model.bundle import MANIFEST, describe, read_folder
from shared.model.codec import Feeds, ModelSignature
from shared.model.holder import load
from shared.model.predictor import Predictor, open_graph
from shared.model.table import ROLE
from shared.settings import Settings
from tests.replay import ROOT
from tests.unit.bundles import change_manifest, copy_bundle

NAME = "predict_species"


def feeds(rows: Any) -> Feeds:
    """The inputs of the graph for rows of four lengths."""
    return dict(zip(FEATURES, np.asarray(rows, dtype=np.float64).T[:, :, None], strict=True))


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)


def shorten(folder: Path) -> None:
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:-10])


def replace_graph(folder: Path) -> None:
    """A file that is not a graph, with the right hash in the manifest."""
    (folder / "model.onnx").write_bytes(b"not a graph")
    files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    description = msgspec.to_builtins(describe(b"not a graph"))
    change_manifest(folder, {"files": {**files, "model.onnx": description}}, sealed=True)


def declare_wrong_outputs(folder: Path) -> None:
    graphs = json.loads((folder / MANIFEST).read_text("utf-8"))["graphs"]
    graphs[ROLE]["outputs"] = {"probabilities": 4}
    change_manifest(folder, {"graphs": graphs}, sealed=True)


def declare_wrong_inputs(folder: Path) -> None:
    table = json.loads((folder / MANIFEST).read_text("utf-8"))["table"]
    change_manifest(folder, {"table": table | {"feeds": table["feeds"][:3]}}, sealed=True)


def rename_a_column(folder: Path) -> None:
    table = json.loads((folder / MANIFEST).read_text("utf-8"))["table"]
    table["columns"][0]["name"] = "sepal colour"
    change_manifest(folder, {"table": table}, sealed=True)


BROKEN: list[tuple[Callable[[Path], Any], str]] = [
    (lambda folder: (folder / MANIFEST).unlink(), "manifest.json cannot be read: No such file or directory"),
    (lambda folder: (folder / "model.onnx").unlink(), "model.onnx cannot be read: No such file or directory"),
    (flip_a_byte, "sha256 model.onnx: expected "),
    (lambda folder: (folder / "model.onnx").write_bytes(b"short"), "bytes model.onnx: expected "),
    (shorten, "manifest.json cannot be read: Input data was truncated"),
    (lambda folder: (folder / MANIFEST).write_bytes(b"\xff"), "manifest.json cannot be read: "),
    (lambda folder: change_manifest(folder, {"format": 2}, sealed=True), "format: expected 1, got 2"),
    (lambda folder: change_manifest(folder, {"name": "autre"}, sealed=True), f"name: expected {NAME}, got autre"),
    (lambda folder: change_manifest(folder, {"classes": ["a", "b", "c"]}, sealed=False), "version: expected "),
    (lambda folder: change_manifest(folder, {"files": {}}, sealed=True), "model.onnx is not in `files`"),
    (
        lambda folder: change_manifest(folder, {"files": {"../x": {"bytes": 1, "sha256": ""}}}, sealed=True),
        "model.onnx is not in `files`",
    ),
    (replace_graph, "model.onnx refused: load"),
    (declare_wrong_outputs, "model.onnx refused: shapes "),
    (declare_wrong_inputs, "model.onnx refused: inputs ['petal length (cm)', "),
    (rename_a_column, "the model is not the function's: columns"),
    (
        lambda folder: change_manifest(folder, {"classes": ["virginica", "versicolor", "setosa"]}, sealed=True),
        "the model is not the function's: classes",
    ),
]


@pytest.mark.parametrize(("damage", "reason"), BROKEN)
def test_a_broken_bundle_is_refused_and_reported(
    damage: Callable[[Path], object], reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = copy_bundle(NAME, tmp_path)
    assert load(NAME, Settings(model_uri=str(folder)), SIGNATURE).served.source == "folder"
    damage(folder)
    served = load(NAME, Settings(model_uri=str(folder), model_fallback="none"), SIGNATURE).served
    assert served.predictor is None
    with pytest.raises(NotReady):
        served.ready()
    report = json.loads(capfd.readouterr().err)
    assert report["severity"] == "WARNING"
    assert report["message"].startswith(f"model {NAME} from {folder} refused: {reason}")


def test_fallback_serves_the_embedded_bundle_and_gives_the_reason(tmp_path: Path) -> None:
    folder = copy_bundle(NAME, tmp_path)
    flip_a_byte(folder)
    served = load(NAME, Settings(model_uri=str(folder)), SIGNATURE).served
    embedded = load(NAME, Settings(), SIGNATURE).served
    assert served.ready().manifest == embedded.ready().manifest
    assert (served.source, embedded.source) == ("embedded", "embedded")
    assert embedded.error is None
    assert served.error is not None
    assert served.error.detail[0].startswith("sha256 model.onnx : attendu ")


@pytest.mark.parametrize(
    ("signature", "missing"),
    [
        (msgspec.structs.replace(SIGNATURE, outputs=("probabilities", "contributions")), "outputs"),
        (msgspec.structs.replace(SIGNATURE, thresholds=("abstention_low",)), "thresholds"),
        (msgspec.structs.replace(SIGNATURE, constants=("baseline",), table=None), "inputs, constants"),
    ],
)
def test_a_bundle_that_does_not_fit_the_signature_is_refused(signature: ModelSignature, missing: str) -> None:
    served = load(NAME, Settings(), signature).served
    assert served.predictor is None
    assert served.error is not None
    assert served.error.detail[1] == f"the model is not the function's: {missing}"


@pytest.mark.parametrize("name", ["../secret", "a/b", ".hidden"])
def test_a_manifest_that_names_a_file_outside_the_bundle_is_refused(name: str, tmp_path: Path) -> None:
    folder = copy_bundle(NAME, tmp_path)
    files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    change_manifest(folder, {"files": {**files, name: {"bytes": 1, "sha256": ""}}}, sealed=True)
    with pytest.raises(BundleError, match="file name refused"):
        read_folder(folder, NAME)


def test_the_predictor_gives_known_probabilities() -> None:
    predictor = Predictor(read_folder(ROOT / "models" / NAME / "bundle", NAME))
    rows = [[5.1, 3.5, 1.4, 0.2], [5.9, 3.0, 4.2, 1.5], [6.3, 3.3, 6.0, 2.5]]
    outputs = predictor.predict(ROLE, feeds(rows))
    assert list(outputs) == ["label", "probabilities", "scores"]
    assert outputs["probabilities"].dtype == np.float64
    assert outputs["label"].tolist() == [[0], [1], [2]]
    assert outputs["probabilities"][1, 1] == pytest.approx(0.999334, abs=1e-5)


def test_an_open_graph_keeps_no_reference_to_its_bytes() -> None:
    content = (ROOT / "models" / NAME / "bundle/model.onnx").read_bytes()
    before = sys.getrefcount(content)
    session = open_graph(content)
    assert sys.getrefcount(content) == before
    assert [value.name for value in session.get_inputs()] == list(FEATURES)


def test_a_predictor_is_thread_safe() -> None:
    predictor = Predictor(read_folder(ROOT / "models" / NAME / "bundle", NAME))
    rows = np.random.default_rng(0).uniform(0.1, 8, (64, 4))
    expected = predictor.predict(ROLE, feeds(rows))["probabilities"]
    wrong: list[int] = []

    def is_right(row: int) -> bool:
        probabilities = predictor.predict(ROLE, feeds(rows[row : row + 1]))["probabilities"][0]
        return np.allclose(probabilities, expected[row], atol=1e-12)

    def work(row: int) -> None:
        wrong.extend(row for _ in range(200) if not is_right(row))

    threads = [threading.Thread(target=work, args=(row,)) for row in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
