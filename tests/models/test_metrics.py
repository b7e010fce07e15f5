from collections.abc import Callable

import numpy as np
import pytest

from models.predire import abstention
from training import metrics
from training.contract import Check
from training.export import ParityError, parity

PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.55, 0.45], [0.2, 0.8]], dtype=np.float32)
LABELS = np.array([0, 1, 1, 1])


def test_calibration_error_weighs_the_gap_of_each_bin_by_its_rows() -> None:
    probability = np.array([0.9, 0.9, 0.9, 0.9, 0.1])
    outcome = np.array([True, True, True, False, False])
    assert metrics.calibration_error(probability, outcome) == pytest.approx(0.8 * 0.15 + 0.2 * 0.1)
    assert metrics.calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_metrics_of_two_classes() -> None:
    figures = metrics.binary(LABELS == 1, PROBABILITIES[:, 1].astype(np.float64))
    assert figures == {
        "auc": 1.0,
        "brier": pytest.approx((0.01 + 0.16 + 0.3025 + 0.04) / 4, abs=1e-6),
        "ece": pytest.approx((0.1 + 0.4 + 0.55 + 0.2) / 4, abs=1e-6),
        "accuracy": 0.75,
    }


def test_metrics_of_several_classes() -> None:
    figures = metrics.multiclass(LABELS, PROBABILITIES)
    assert figures["accuracy"] == 0.75
    assert figures["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.45, 0.8]).mean(), abs=1e-6)


def test_a_certainty_threshold_gives_the_refusal_and_error_rates() -> None:
    assert metrics.selective(LABELS, PROBABILITIES, 0.5) == {"refused": 0.0, "error_when_answered": 0.25}
    assert metrics.selective(LABELS, PROBABILITIES, 0.7) == {"refused": 0.5, "error_when_answered": 0.0}


def test_the_band_is_the_narrowest_that_leaves_five_percent_of_errors_outside() -> None:
    probability = np.array([0.01] * 19 + [0.6, 0.66, 0.3])
    failed = np.array([False] * 19 + [False, False, True])
    assert abstention.narrowest(failed, probability) == 0.34
    assert abstention.measure(failed, probability, 0.34) == {
        "abstention_share": pytest.approx(2 / 22, abs=1e-6),
        "abstention_error_outside": 0.05,
    }


def test_the_band_is_absent_if_errors_cannot_be_bounded() -> None:
    with pytest.raises(ValueError, match="no abstention band"):
        abstention.narrowest(np.array([True, False]), np.array([0.001, 0.999]))


def test_parity_is_measured_and_recorded() -> None:
    near = PROBABILITIES + np.float32(5e-6)
    assert parity(near, PROBABILITIES) == {
        "rows": 4,
        "max_abs_difference": pytest.approx(5e-6, rel=0.02),
        "label_mismatches": 0,
    }


@pytest.mark.parametrize("reference", [PROBABILITIES + 2e-5, PROBABILITIES[:, ::-1], PROBABILITIES * np.nan])
def test_a_graph_that_differs_from_scikit_learn_stops_the_training(reference: np.ndarray) -> None:
    with pytest.raises(ParityError, match=r"le graphe ONNX s'écarte de scikit-learn"):
        parity(PROBABILITIES, reference)


@pytest.mark.parametrize(("measured", "agrees"), [(0.951, True), (0.949, True), (0.952, False), (float("nan"), False)])
def test_a_check_passes_within_its_tolerance(measured: float, agrees: bool) -> None:  # noqa: FBT001
    assert Check("auc", 0.95, measured, 0.0015).agrees is agrees


def _mean(values: np.ndarray) -> Callable[[np.ndarray], dict[str, float]]:
    return lambda places: {"mean": float(values[places].mean()), "double": float(2 * values[places].mean())}


def test_a_bootstrap_interval_has_the_width_of_the_sampling_error() -> None:
    values = np.random.default_rng(1).normal(size=400)
    found = metrics.intervals(_mean(values), np.arange(400))
    margin = 1.96 * values.std() / 20
    assert found["mean"] == pytest.approx((values.mean() - margin, values.mean() + margin), abs=0.01)
    assert found["double"] == pytest.approx((2 * found["mean"][0], 2 * found["mean"][1]))
    assert found == metrics.intervals(_mean(values), np.arange(400))
    assert found != metrics.intervals(_mean(values), np.arange(400), seed=1)


def test_rows_of_one_unit_are_resampled_together() -> None:
    values = np.random.default_rng(1).normal(size=400)
    alone = metrics.intervals(_mean(values), np.arange(400))["mean"]
    five_times = metrics.intervals(_mean(np.tile(values, 5)), np.tile(np.arange(400), 5))["mean"]
    assert five_times == pytest.approx(alone, abs=1e-12)  # repeated predictions add no information


def test_the_interval_of_a_proportion_is_wilsons() -> None:
    assert metrics.share_interval(0, 100) == pytest.approx((0, 0.0370), abs=1e-4)
    assert metrics.share_interval(45, 10000) == pytest.approx((0.003365, 0.006016), abs=1e-5)
