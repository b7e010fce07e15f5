"""From a table and an estimator to a bundle that a function serves, and its evaluation."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.model.bundle import Bundle
from shared.model.table import CLASSES, ROLE
from shared.model.tabular.records import TableModel
from training.bundle_writer import install
from training.contract import Options, Trained
from training.new.building import evaluator, trainer
from training.new.evaluation import tolerance_of
from training.new.outline import outline
from training.new.project import Project
from training.new.report import figures_of, show_trained

OPTIONS = Options(quick=True)


def table(rows: int = 150) -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"taille": random.normal(170, 8, rows), "poids": random.normal(65, 9, rows).round(1)})
    frame["sexe"] = np.where(random.random(rows) < 0.5, "femme", "homme")
    frame["sportif"] = np.where(frame["poids"] + random.normal(0, 5, rows) < 65, "oui", "non")
    return frame


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder, frame = tmp_path_factory.mktemp("sport"), table()
    frame.to_csv(folder / "data.csv", index=False)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[["taille", "poids"]], frame["sportif"])
    joblib.dump(model, folder / "estimator.joblib")
    return Project("sport", folder, "data.csv", ("sportif",), sensitive=("sexe",), estimator="estimator.joblib")


@pytest.fixture(scope="module")
def trained(project: Project) -> Trained:
    return trainer(project)(OPTIONS)


@pytest.fixture(scope="module")
def bundle(project: Project, trained: Trained) -> Bundle:
    return install("sport", trained, OPTIONS, project.folder / "bundle")


def test_the_bundle_answers_as_the_estimator_does(project: Project, bundle: Bundle) -> None:
    model: Any = joblib.load(project.path("estimator.joblib"))
    rows = table()[["taille", "poids"]]
    records: Any = rows.to_dict("records")
    body = TableModel(bundle.manifest, bundle.files).predict(records)
    assert body["result"] == model.predict(rows).tolist()
    assert np.abs(np.array(body["probabilities"]) - model.predict_proba(rows)).max() < 1e-9
    assert {len(one) for one in body["sets"]} <= {0, 1, 2}


def test_the_manifest_describes_the_table(bundle: Bundle, trained: Trained) -> None:
    described = bundle.manifest.table
    assert described is not None
    assert described == trained.table
    assert described.kind == CLASSES
    assert [column.name for column in described.columns] == ["taille", "poids"]
    assert described.ignored == ("sexe", "sportif")
    assert described.targets[0].labels == ("non", "oui")
    assert 0 < (described.targets[0].set_limit or 0) < 1
    assert bundle.manifest.classes == ("non", "oui")
    metrics = bundle.manifest.graphs[ROLE].metrics
    assert metrics["folds"] == 2
    assert metrics["accuracy"] > metrics["baseline_accuracy"]
    assert bundle.manifest.graphs[ROLE].parity["rows"] == 150
    assert set(bundle.manifest.data.sha256) == {"data.csv", "estimator.joblib"}


def test_the_same_files_and_options_give_the_same_version(project: Project, bundle: Bundle, tmp_path: Path) -> None:
    again = install("sport", trainer(project)(OPTIONS), OPTIONS, tmp_path / "bundle")
    assert again.manifest.version == bundle.manifest.version


def test_every_figure_is_measured_again(project: Project, bundle: Bundle) -> None:
    checks = evaluator(project)(bundle)
    assert all(check.agrees for check in checks), [check for check in checks if not check.agrees]
    assert {check.what for check in checks} > set(bundle.manifest.graphs[ROLE].metrics)


def test_another_table_no_longer_agrees(project: Project, bundle: Bundle, tmp_path: Path) -> None:
    for file in ("data.csv", "estimator.joblib"):
        (tmp_path / file).write_bytes(project.path(file).read_bytes())
    frame = table().assign(sportif=table()["sportif"].to_numpy()[::-1])
    frame.to_csv(tmp_path / "data.csv", index=False)
    other = Project("sport", tmp_path, "data.csv", ("sportif",), estimator="estimator.joblib")
    wrong = {check.what for check in evaluator(other)(bundle) if not check.agrees}
    assert {"accuracy", "log_loss"} <= wrong


def test_a_number_of_the_target_has_a_relative_tolerance() -> None:
    recorded = {"rmse": 2000.0, "y: baseline_mae_low": 10.0, "accuracy": 0.5}
    assert tolerance_of("rmse", recorded) == 2
    assert tolerance_of("y: baseline_mae_low", recorded) == pytest.approx(0.01)
    assert tolerance_of("accuracy", recorded) == 1e-3


def test_the_terminal_shows_columns_and_figures(
    trained: Trained, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    show_trained(trained, table())
    printed = capsys.readouterr().out
    assert "taille" in printed
    assert "accuracy" in printed
    names = [name[0] for name, *_ in figures_of(bundle.manifest)]
    assert names[:2] == ["exactitude", "perte logarithmique (nats)"]


def test_an_estimator_is_outlined_by_its_steps() -> None:
    assert outline(make_pipeline(StandardScaler(), LogisticRegression())) == "StandardScaler > LogisticRegression"
