import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from threadpoolctl import threadpool_info, threadpool_limits

from models.predire import data as students
from shared.model.bundle import Bundle, Manifest, read_folder, version_of
from tests.unit.bundles import change_manifest, copy_bundle
from training.contract import Check

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]


def test_help_names_the_commands_and_the_models(run: Run) -> None:
    said = " ".join(run("--help").output.split())
    for word in ("train", "evaluate", "drift", "predict_digit, predict_species, predire"):
        assert word in said
    for option in ("--output", "--seed", "--quick", "--mlflow"):
        assert option in run("train", "--help").output
    assert "--bundle" in run("evaluate", "--help").output
    for option in ("--log", "--bundle", "--threshold", "--json", "--plot", "Code 1", "Code 2"):
        assert option in run("drift", "--help").output


def test_help_does_not_import_scikit_learn() -> None:
    code = "import sys, models.__main__; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("verb", ["train", "evaluate", "drift"])
def test_an_unknown_model_error_lists_the_models(run: Run, verb: str) -> None:
    result = run(verb, "predict_digits")
    assert result.exit_code == 2
    assert "'predict_digits'" in result.output
    assert "predict_digit, predict_species, predire" in result.output


def test_a_negative_seed_is_refused(run: Run) -> None:
    assert run("train", "predict_species", "--seed", "-1").exit_code == 2


def test_missing_data_stops_with_one_sentence_and_no_traceback(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(students, "SOURCE", replace(students.SOURCE, url="http://127.0.0.1:9/uci697.zip"))
    result = run("train", "predire", "--output", tmp_path / "bundle")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    for part in ("http://127.0.0.1:9/uci697.zip", students.SOURCE.sha256, f"{tmp_path}/data/uci697"):
        assert part in result.output
    assert not (tmp_path / "bundle").exists()


def test_training_never_replaces_what_is_not_a_bundle(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    for place in (tmp_path, tmp_path / "letter.txt"):
        result = run("train", "predict_species", "--output", place)
        assert result.exit_code == 1
        assert f"{place} existe et n'est pas un paquet" in result.output
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_an_unwritable_output_stops_before_the_training(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    monkeypatch.setattr("models.predict_species.train.train", None)
    result = run("train", "predict_species", "--output", tmp_path / "letter.txt" / "bundle")
    assert result.exit_code == 1
    assert f"{tmp_path}/letter.txt/bundle : impossible d'y écrire (" in result.output
    assert "rien n'est fait" in result.output
    assert (tmp_path / "letter.txt").read_text() == "dear"


@pytest.mark.usefixtures("train_once")
def test_the_current_folder_can_be_the_output(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bundle").mkdir()
    monkeypatch.chdir(tmp_path / "bundle")
    assert run("train", "predict_species", "--quick", "--output", ".").exit_code == 0
    assert read_folder(tmp_path / "bundle", "predict_species").manifest.name == "predict_species"


@pytest.mark.usefixtures("train_once")
def test_training_prints_the_table_of_metrics(run: Run, tmp_path: Path) -> None:
    said = run("train", "predict_species", "--quick", "--output", tmp_path / "bundle").output
    assert "predict_species" in said
    assert "0.98" in said
    assert "label_mismatches" in said


@pytest.mark.usefixtures("train_once")
def test_evaluation_refuses_an_altered_bundle(run: Run, train: Callable[..., Bundle], tmp_path: Path) -> None:
    train("predict_species", tmp_path / "bundle", "--quick")
    graph = tmp_path / "bundle" / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"!")
    result = run("evaluate", "predict_species", "--bundle", tmp_path / "bundle")
    assert result.exit_code == 1
    assert "sha256 model.onnx : attendu" in result.output


@pytest.mark.usefixtures("train_once")
def test_evaluation_fails_if_a_metric_differs(run: Run, train: Callable[..., Bundle], tmp_path: Path) -> None:
    manifest = train("predict_species", tmp_path / "bundle", "--quick").manifest
    graph = manifest.graphs["model"]
    boast = msgspec.structs.replace(graph, metrics=graph.metrics | {"accuracy": 0.995})
    _sealed(msgspec.structs.replace(manifest, graphs={"model": boast}), tmp_path / "bundle")
    result = run("evaluate", "predict_species", "--bundle", tmp_path / "bundle")
    assert result.exit_code == 1
    assert "le paquet s'écarte de son manifeste : model accuracy." in result.output


def test_evaluation_fails_if_a_recorded_metric_is_not_measured(run: Run, tmp_path: Path) -> None:
    folder = copy_bundle("predict_species", tmp_path)
    graph = msgspec.to_builtins(read_folder(folder, "predict_species").manifest.graphs["model"])
    graph["metrics"]["f1"] = 0.999
    change_manifest(folder, {"graphs": {"model": graph}}, sealed=True)
    result = run("evaluate", "predict_species", "--bundle", folder)
    assert result.exit_code == 1
    assert "le paquet s'écarte de son manifeste : model f1." in result.output


@pytest.mark.parametrize("name", ["predict_digit", "predict_species", "predire"])
def test_evaluation_refuses_a_bundle_of_other_graphs(run: Run, tmp_path: Path, name: str) -> None:
    folder = copy_bundle(name, tmp_path)
    graphs = read_folder(folder, name).manifest.graphs
    change_manifest(folder, {"graphs": {f"old_{role}": graph for role, graph in graphs.items()}}, sealed=True)
    result = run("evaluate", name, "--bundle", folder)
    assert result.exit_code == 1
    others = ", ".join(f"old_{role}" for role in graphs)
    assert f"graphs : attendu {', '.join(graphs)}, reçu {others}" in " ".join(result.output.split())


def test_evaluation_uses_one_thread(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()

    def measured(_: Bundle) -> list[Check]:
        threads.update(pool["num_threads"] for pool in threadpool_info())
        return []

    monkeypatch.setattr("models.predict_species.evaluate.evaluate", measured)
    with threadpool_limits(2):
        assert run("evaluate", "predict_species").exit_code == 0
    assert threads == {1}


def _sealed(manifest: Manifest, folder: Path) -> None:
    manifest = msgspec.structs.replace(manifest, version=version_of(manifest))
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def test_evaluation_without_a_bundle_is_reported(run: Run, tmp_path: Path) -> None:
    result = run("evaluate", "predict_species", "--bundle", tmp_path)
    assert result.exit_code == 1
    assert "manifest.json illisible" in result.output
