"""The committed bundles: minimum metrics, and reproducible metrics."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import Result
from threadpoolctl import threadpool_limits

from functions.predict_species.schema import FEATURES
from functions.predire.student import STAGES
from models.predict_digit import data as mnist_data
from models.predict_digit.measure import Predictions, in_batches, metrics_of
from models.predict_species.data import load as load_flowers
from models.predire.data import load as load_students
from models.predire.evaluate import unexplained
from models.predire.recipe import FOLDS, out_of_fold, stratified
from models.predire.study import scores
from shared.model.bundle import Bundle, read_folder
from shared.model.predictor import Predictor
from shared.model.table import ROLE
from training.bundle_writer import from_parent

MODELS = Path(__file__).resolve().parents[2] / "models"


def _bundle(name: str) -> Bundle:
    return read_folder(MODELS / name / "bundle", name)


def test_every_graph_is_recorded_as_close_to_scikit_learn(committed: Bundle) -> None:
    least = {"predict_digit": 10000, "predict_species": 150, "predire": 3630}[committed.manifest.name]
    for graph in committed.manifest.graphs.values():
        assert graph.parity["rows"] == least
        assert graph.parity["label_mismatches"] == 0
        assert 0 <= graph.parity["max_abs_difference"] <= 1e-5


def test_a_bundle_has_exactly_the_files_of_its_manifest(committed: Bundle) -> None:
    name = committed.manifest.name
    files = {file.name for file in (MODELS / name / "bundle").iterdir()}
    graphs = {graph.file for graph in committed.manifest.graphs.values()}
    others = {file for file in files if not file.endswith(".png")}
    assert others == {"manifest.json", "CARD.md", "reference.json", *graphs}
    assert files == {"manifest.json", *committed.files}
    assert committed.manifest.command == f"python -m models train {name} --seed 0"


def test_the_card_and_its_pictures_match_the_bundle(committed: Bundle) -> None:
    card = MODELS / committed.manifest.name / "CARD.md"
    text = card.read_text(encoding="utf-8")
    assert text == from_parent(committed.files["CARD.md"].decode(), "bundle")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert all((card.parent / picture).is_file() for picture in pictures)
    assert {Path(picture).name for picture in pictures} == {file for file in committed.files if file.endswith(".png")}
    assert "## À quoi il sert, à quoi il ne sert pas" in text
    assert "$" not in text


def test_the_three_bundles_weigh_less_than_12_megabytes() -> None:
    sizes = {folder.parent.name: sum(file.stat().st_size for file in folder.iterdir()) for folder in _folders()}
    assert sum(sizes.values()) < 12e6
    assert sizes["predict_digit"] <= 8e6


def _folders() -> list[Path]:
    return sorted(MODELS.glob("*/bundle"))


def test_recorded_metrics_reach_their_minimum() -> None:
    assert _bundle("predict_species").manifest.graphs["model"].metrics["accuracy"] >= 0.975
    students = {stage: graph.metrics for stage, graph in _bundle("predire").manifest.graphs.items()}
    for auc, brier, ece in (("auc", "brier", "ece"), ("auc_worst_shuffle", "brier_worst_shuffle", "ece_worst_shuffle")):
        assert students["semestre_2"][auc] >= 0.952
        assert students["semestre_2"][brier] <= 0.069
        assert students["semestre_2"][ece] <= 0.02
        assert students["semestre_1"][auc] >= 0.935
        assert students["inscription"][auc] >= 0.84
    digits = _bundle("predict_digit").manifest.graphs["digit"].metrics
    assert digits["error"] <= 0.0045
    assert digits["pen_error"] <= 0.01
    assert digits["pen_error_worst"] <= digits["pen_error_usual"] + 0.01
    for kind in ("", "pen_"):
        assert digits[f"{kind}ece"] <= 0.02
        assert digits[f"{kind}refused"] <= 0.01
    assert digits["not_digit_refused"] >= 0.9


def test_evaluation_reproduces_the_recorded_metrics(run: Callable[..., Result]) -> None:
    """The other two models take minutes: test_training evaluates reduced bundles, the tests below the main metrics."""
    result = run("evaluate", "predict_species")
    assert result.exit_code == 0, result.output
    assert _bundle("predict_species").manifest.version in result.output
    assert "NON" not in result.output


@pytest.mark.usefixtures("uci697")
def test_student_metrics_match_the_manifest() -> None:
    recorded = _bundle("predire").manifest.graphs["semestre_2"].metrics
    students = load_students("semestre_2")
    with threadpool_limits(1):  # several threads wait for each other and are ten times slower
        again = scores(students, out_of_fold(students, stratified(students, 0, FOLDS)))
    assert again == pytest.approx({name: recorded[name] for name in again}, abs=1e-4)


@pytest.mark.usefixtures("digits")
def test_digit_metrics_of_the_served_graph_match_the_manifest() -> None:
    bundle, digits = _bundle("predict_digit"), mnist_data.test()
    predictor = Predictor(bundle)
    found = in_batches(lambda rows: predictor.predict("digit", rows)["probabilities"], mnist_data.rows(digits.images))
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    again, recorded = metrics_of(Predictions(digits.labels, found, found)), bundle.manifest.graphs["digit"].metrics
    assert again == pytest.approx({name: recorded[name] for name in again}, abs=1e-3)


def test_the_served_graph_recognises_the_flowers() -> None:
    bundle, flowers = _bundle("predict_species"), load_flowers()
    assert bundle.manifest.classes == ("setosa", "versicolor", "virginica")
    columns = bundle.manifest.table.columns if bundle.manifest.table else ()
    assert [(one.name, one.minimum, one.maximum) for one in columns] == [
        (name, *ends) for name, *ends in zip(FEATURES, flowers.rows.min(axis=0), flowers.rows.max(axis=0), strict=True)
    ]
    outputs = Predictor(bundle).predict(ROLE, dict(zip(FEATURES, flowers.rows.T[:, :, None], strict=True)))
    assert (outputs["label"][:, 0] == flowers.labels).mean() == 0.98
    assert (outputs["probabilities"].argmax(axis=1) == outputs["label"][:, 0]).all()


def test_the_graph_of_the_flowers_is_exact_and_of_standard_operators() -> None:
    bundle = _bundle("predict_species")
    graph = bundle.manifest.graphs[ROLE]
    model = onnx.load_from_string(bundle.files[graph.file])
    assert (graph.opset, model.ir_version) == (17, 8)
    assert {value.type.tensor_type.elem_type for value in model.graph.input} == {onnx.TensorProto.DOUBLE}
    assert graph.parity["max_abs_difference"] < 1e-12


@pytest.mark.usefixtures("uci697")
@pytest.mark.parametrize("stage", STAGES)
def test_contributions_add_up_to_the_log_odds_of_every_student(stage: str) -> None:
    bundle, students = _bundle("predire"), load_students(stage)
    outputs = Predictor(bundle).predict(stage, students.rows)
    assert bundle.manifest.graphs[stage].inputs == students.inputs
    assert unexplained(bundle.manifest.graphs[stage], outputs) <= 1e-4
    assert outputs["contributions"].mean(axis=0) == pytest.approx(0, abs=1e-5)


@pytest.mark.usefixtures("uci697")
def test_a_contribution_depends_only_on_its_column() -> None:
    predictor, rows = Predictor(_bundle("predire")), load_students("semestre_2").rows[:50].copy()
    column = STAGES["semestre_2"].index("curricular_units_2nd_sem_approved")
    before = predictor.predict("semestre_2", rows)
    rows[:, column] += 1
    after = predictor.predict("semestre_2", rows)
    moved = (after["contributions"] - before["contributions"]).mean(axis=0)
    assert np.flatnonzero(moved).tolist() == [column]
    assert (after["probabilities"][:, 1] < before["probabilities"][:, 1]).all()


def test_an_unknown_code_contributes_nothing() -> None:
    bundle = _bundle("predire")
    course = STAGES["inscription"].index("course")
    rows = np.zeros((2, len(STAGES["inscription"])), dtype=np.float32)
    rows[:, course] = (123456, 1)
    unknown, other = Predictor(bundle).predict("inscription", rows)["contributions"][:, course]
    assert unknown == other


def test_the_abstention_band_is_symmetric_and_bounds_the_errors_outside() -> None:
    manifest = _bundle("predire").manifest
    low, high = manifest.thresholds["abstention_low"], manifest.thresholds["abstention_high"]
    assert 0 < low < 0.5
    assert low + high == pytest.approx(1)
    assert manifest.graphs["semestre_2"].metrics["abstention_error_outside"] <= 0.05
