"""Trainings recorded in MLflow and read back, and the errors when they cannot be recorded."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

from models.predict_species.candidates import CHOSEN, candidates
from shared.model.bundle import Bundle, read_folder
from training.tracking import tracker

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

pytestmark = pytest.mark.usefixtures("train_once")
ROOT = Path(__file__).resolve().parents[2]
CommandLine = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary project root, for the default store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in (*tracker.QUIET, *tracker.TIMEOUTS):
        monkeypatch.setenv(name, os.environ.get(name) or (tracker.QUIET | tracker.TIMEOUTS)[name])
    monkeypatch.setattr(tracker, "ROOT", tmp_path)
    return tmp_path


def _train(run: CommandLine, folder: Path) -> Result:
    return run("train", "predict_species", "--quick", "--seed", "1", "--output", folder, "--mlflow")


def _client(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient  # noqa: PLC0415  # slow, so not at collection

    return MlflowClient(uri)


def _recorded(uri: str, bundle: Bundle) -> "tuple[MlflowClient, Run, list[Run]]":
    client = _client(uri)
    experiment = client.get_experiment_by_name("predict_species")
    assert experiment is not None
    runs = list(client.search_runs([experiment.experiment_id]))
    [parent] = [run for run in runs if run.data.tags.get("version") == bundle.manifest.version]
    return client, parent, [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]


def test_a_run_has_the_parameters_metrics_data_and_bundle_of_its_training(run: CommandLine, project: Path) -> None:
    said = _train(run, project / "bundle")
    assert said.exit_code == 0, said.output
    bundle = read_folder(project / "bundle", "predict_species")
    client, recorded, candidate_runs = _recorded(f"sqlite:///{project}/mlflow.db", bundle)
    assert recorded.info.status == "FINISHED"
    assert recorded.data.params.items() >= {"seed": "1", "quick": "True"}.items()
    assert recorded.data.params["lineardiscriminantanalysis__solver"] == "svd"
    graph = bundle.manifest.graphs["model"]
    assert recorded.data.metrics.items() >= {f"model/{key}": value for key, value in graph.metrics.items()}.items()
    assert recorded.data.metrics["model/parity.label_mismatches"] == 0
    digest = bundle.manifest.data.sha256["iris.csv"]
    assert recorded.data.tags["data.sha256.iris.csv"] == digest
    assert recorded.data.tags["library.scikit-learn"] == bundle.manifest.libraries["scikit-learn"]
    assert recorded.data.tags["command"] == bundle.manifest.command
    assert recorded.inputs is not None
    [data] = recorded.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("iris.csv", digest[:36])
    assert str(recorded.info.artifact_uri).startswith((project / "mlartifacts" / "predict_species").as_uri())
    place = Path(client.download_artifacts(recorded.info.run_id, "bundle"))
    expected = {file.name: file.read_bytes() for file in (project / "bundle").iterdir()}
    assert {file.name: file.read_bytes() for file in place.iterdir()} == expected
    compared = {candidate.info.run_name: candidate.data.metrics for candidate in candidate_runs}
    assert compared.keys() == candidates(1).keys()
    assert compared[CHOSEN] == graph.metrics
    assert {candidate.info.status for candidate in candidate_runs} == {"FINISHED"}
    assert f"exécution {recorded.info.run_id}" in said.output
    assert "mlflow ui --backend-store-uri sqlite:///mlflow.db" in said.output


def test_two_trainings_are_two_runs_in_the_configured_store(
    run: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/elsewhere.db")
    for _ in range(2):
        assert _train(run, project / "bundle").exit_code == 0
    client = _client(f"sqlite:///{project}/elsewhere.db")
    version = read_folder(project / "bundle", "predict_species").manifest.version
    experiments = [found.experiment_id for found in client.search_experiments() if found.name == "predict_species"]
    assert len(experiments) == 1
    assert len(client.search_runs(experiments, f"tags.version = '{version}'")) == 2
    assert not (project / "mlflow.db").exists()


def test_an_unreachable_server_stops_before_training_without_showing_its_password(
    run: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://moi:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    said = _train(run, project / "bundle")
    assert said.exit_code == 1
    assert "MLflow ne répond pas à http://127.0.0.1:9" in said.output
    assert "rien n'a été entraîné" in said.output
    assert "secret" not in said.output
    assert not (project / "bundle").exists()


def test_a_missing_mlflow_is_reported_before_the_training(
    run: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    said = _train(run, project / "bundle")
    assert said.exit_code == 1
    assert "MLflow, qui n'est pas installé" in said.output
    assert "make install" in said.output
    assert not (project / "bundle").exists()


def test_a_failed_recording_is_reported_and_keeps_the_new_bundle(run: CommandLine, project: Path) -> None:
    (project / "mlartifacts").write_text("not a folder")
    said = _train(run, project / "bundle")
    assert said.exit_code == 1
    bundle = read_folder(project / "bundle", "predict_species")
    version = bundle.manifest.version
    assert _recorded(f"sqlite:///{project}/mlflow.db", bundle)[1].info.status == "FAILED"
    assert f"le paquet {version} est installé dans {project}/bundle, mais MLflow" in said.output
    assert "Traceback" not in said.output


def test_mlflow_is_imported_only_on_demand_and_without_telemetry(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "PYTEST", "CI"))}
    environ = kept | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db"}
    done = subprocess.run(
        [sys.executable, "-c", SILENT], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True False None\n"


SILENT = """
import sys
import training.contract, training.tracking.tracker
before = "mlflow" not in sys.modules
training.tracking.tracker.connect()
from mlflow.telemetry import client, utils
print(before, utils._IS_IN_CI_ENV_OR_TESTING, client.get_telemetry_client())
"""
