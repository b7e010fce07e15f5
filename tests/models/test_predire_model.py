"""The parts of the student model: curves, graph, groups, French values, evaluation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.predire import fairness, tables, waterfall
from models.predire.additive import NEUTRAL, RARE, Additive
from models.predire.evaluate import evaluate
from models.predire.graph import additive_graph
from shared.model.bundle import Bundle, Feature
from training.export import parity
from training.export import run as run_graph
from training.metrics import Share

INPUTS = (
    Feature("application_mode", categories=(1, 15, 17, 43)),
    Feature("admission_grade", minimum=0, maximum=200),
    Feature("age_at_enrollment", minimum=17, maximum=70),
)
MODE, GRADE, AGE = range(3)


@pytest.fixture
def rows() -> NDArray[np.float32]:
    chance = np.random.default_rng(0)
    modes = np.array([1] * 180 + [17] * 180 + [15] * 35 + [43] * (RARE - 1))
    drawn = [modes, chance.uniform(90, 190, len(modes)), chance.integers(17, 60, len(modes))]
    return np.stack(drawn, axis=1).astype(np.float32)


@pytest.fixture
def failed(rows: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Failures whose probability rises with the age, and with the grade, which the model must not learn."""
    odds = (rows[:, GRADE] - 140) / 15 + (rows[:, AGE] - 38) / 8 + 2 * (rows[:, MODE] == 15)
    drawn: NDArray[np.bool_] = np.random.default_rng(1).random(len(rows)) < 1 / (1 + np.exp(-odds))
    return drawn


def _curve(model: Additive, column: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-odds of a student for these values of one column."""
    rows = np.tile(np.array([[1.0, 140.0, 30.0]]), (len(values), 1))
    rows[:, column] = values
    found: NDArray[np.float64] = model.decision_function(rows)
    return found


def test_a_decreasing_curve_is_level_where_the_data_rise(rows: NDArray[np.float32], failed: NDArray[np.bool_]) -> None:
    grades = np.linspace(0, 200, 401)
    bound, free = Additive(INPUTS).fit(rows, failed), Additive(INPUTS, falling=frozenset()).fit(rows, failed)
    assert np.ptp(_curve(bound, GRADE, grades)) == pytest.approx(0, abs=1e-12)
    assert np.ptp(_curve(free, GRADE, grades)) > 3
    youngest, oldest = _curve(bound, AGE, np.array([17.0, 59.0]))
    assert oldest - youngest > 1.5


def test_a_curve_is_level_outside_the_training_range(rows: NDArray[np.float32], failed: NDArray[np.bool_]) -> None:
    model = Additive(INPUTS).fit(rows, failed)
    oldest = float(np.max(rows[:, AGE]))
    assert np.ptp(_curve(model, AGE, np.array([oldest, oldest + 1, 100]))) == 0


def test_rare_neutral_and_unknown_codes_contribute_the_same(
    rows: NDArray[np.float32], failed: NDArray[np.bool_]
) -> None:
    model = Additive(INPUTS).fit(rows, failed)
    assert model.codes_.tolist() == [1, 17]
    assert 15 in NEUTRAL["application_mode"]
    assert np.ptp(_curve(model, MODE, np.array([15.0, 43.0, 99.0]))) == 0
    assert Additive(INPUTS, neutral={}).fit(rows, failed).codes_.tolist() == [1, 15, 17]


def test_the_graph_matches_the_model_and_its_contributions(
    rows: NDArray[np.float32], failed: NDArray[np.bool_]
) -> None:
    model = Additive(INPUTS).fit(rows, failed)
    outputs = run_graph(additive_graph(model).SerializeToString(), rows)
    assert parity(outputs["probabilities"], model.predict_proba(rows))["label_mismatches"] == 0
    assert outputs["contributions"] == pytest.approx(model.contributions(rows), abs=1e-5)
    total = model.baseline + model.contributions(rows).sum(axis=1)
    assert total == pytest.approx(model.decision_function(rows), abs=1e-12)


@pytest.mark.usefixtures("uci697")
def test_each_criterion_counts_every_student_once() -> None:
    failed = np.arange(3630) % 3 == 0
    found = fairness.groups(failed, np.where(np.arange(3630) % 2 == 0, 0.9, 0.1))
    for criterion, groups in {
        name: [group for group in found if group.criterion == name]
        for name in ("Genre", "Bourse", "Âge", "Nationalité", "Formation")
    }.items():
        assert sum(group.failing.total for group in groups) == 3630, criterion
        assert sum(group.failing.count for group in groups) == 1210
        assert sum(group.missed.count for group in groups) == 605
        assert sum(group.false_alarms.count for group in groups) == 1210
        assert sum(group.errors.count for group in groups) == 1815
        assert sum(group.false_alarms.total for group in groups) == 2420


def test_rates_of_small_groups_are_marked_and_empty_groups_reported() -> None:
    def group(failures: int) -> fairness.Group:
        rate = Share(1, 200)
        return fairness.Group("Âge", "x", 0.5, rate, rate, rate, Share(failures and 1, failures))

    few, none, many = (tables.group_table([group(failures)]) for failures in (20, 0, 100))
    assert "5,0 % (1 à 24) †" in few.replace("\u00a0", " ")
    assert none.endswith("| personne |")
    assert "†" not in many


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("tuition_fees_up_to_date", 1, "Frais d'inscription à jour : oui"),
        ("course", 9500, "Formation : Soins infirmiers"),
        ("daytime_evening_attendance", 0, "Cours : du soir"),
        ("admission_grade", 127.3, "Note d'admission : 127,3"),
        ("application_mode", 39, "Voie d'admission : 39"),
    ],
)
def test_values_are_described_in_french(name: str, value: float, words: str) -> None:
    assert waterfall.described(name, float(value)) == words


@pytest.mark.usefixtures("uci697", "train_once")
def test_evaluation_measures_every_metric_of_the_manifest(train: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = train("predire", tmp_path / "bundle", "--quick")
    checked = {check.what for check in evaluate(bundle)}
    for stage, graph in bundle.manifest.graphs.items():
        assert {f"{stage} {name}" for name in graph.metrics} <= checked
    assert {f"seuil {name}" for name in bundle.manifest.thresholds} <= checked
