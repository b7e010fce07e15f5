"""The parts of the digit network: features, views, epochs, calibration and graph."""

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from models.predict_digit import epochs, strokes, views
from models.predict_digit.features import FEATURES, GRID, PATCH, FeatureExtractor, fit_extractor
from models.predict_digit.negatives import training_rows
from models.predict_digit.network import Network
from training.export import PROBABILITIES, run
from training.metrics import calibration_error, log_loss

pytestmark = pytest.mark.untraced  # other tests cover the same lines of training/

PLAN = epochs.Plan(digits=100, drawings=40, copies=2, negatives=30, seed=1)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return training_rows(300, np.random.default_rng(0))


@pytest.fixture(scope="module")
def extractor(rows: np.ndarray) -> FeatureExtractor:
    return fit_extractor(rows, seed=0)


@pytest.fixture
def network(extractor: FeatureExtractor, rows: np.ndarray) -> Network:
    """A small network of eleven classes, fitted on arbitrary labels."""
    labels = np.arange(len(rows)) % 11
    return Network(
        extractor, MLPClassifier((16,), random_state=0, early_stopping=True).fit(extractor.transform(rows), labels)
    )


def test_patterns_have_zero_mean_and_equal_norms(extractor: FeatureExtractor) -> None:
    flat = extractor.filters.reshape(32, PATCH * PATCH)
    assert flat.mean(axis=1) == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(flat, axis=1) == pytest.approx(1, abs=1e-5)
    assert len({pattern.tobytes() for pattern in flat}) == 32


def test_features_are_centred_and_match_the_graph(extractor: FeatureExtractor, rows: np.ndarray) -> None:
    found = extractor.transform(rows)
    assert found.shape == (300, 2 * 32 * GRID * GRID)
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert found.reshape(300, 2, -1).std(axis=(0, 2)) == pytest.approx(0.25, abs=1e-3)
    assert np.abs(run(extractor.graph().SerializeToString(), rows)[FEATURES] - found).max() < 1e-5


def test_a_pattern_activates_its_own_region(extractor: FeatureExtractor) -> None:
    plain = replace(extractor, shift=np.zeros_like(extractor.shift), gain=np.ones_like(extractor.gain))
    picture = np.zeros((28, 28), dtype=np.float32)
    picture[2:9, 18:25] = np.maximum(extractor.filters[5], 0)
    highest, average = plain.transform(picture.reshape(1, -1)).reshape(2, 32, GRID, GRID)
    assert np.unravel_index(highest[5].argmax(), (GRID, GRID)) == (1, 5)
    assert np.max(highest[5]) == np.max(highest)
    assert np.unravel_index(average[5].argmax(), (GRID, GRID)) == (1, 5)
    assert (average <= highest).all()


def test_the_views_are_the_picture_shifted_and_reduced() -> None:
    picture = np.zeros((28, 28), dtype=np.float32)
    picture[10, 20] = 1
    found = views.views_of(np.stack([np.zeros(784, dtype=np.float32), picture.ravel()])).reshape(
        2, len(views.VIEWS), 28, 28
    )
    assert not found[0].any()
    assert np.array_equal(found[1, 0], picture)
    for place, half in enumerate(([10, 11], [9, 10]), 1):
        assert found[1, place, half, 20] == pytest.approx(0.5)
    for place, half in enumerate(([20, 21], [19, 20]), 3):
        assert found[1, place, 10, half] == pytest.approx(0.5)
    row, column = np.indices((28, 28)) - 13.5
    smaller = found[1, 5] / found[1, 5].sum()
    assert ((smaller * row).sum(), (smaller * column).sum()) == pytest.approx((-3.5 * 0.95, 6.5 * 0.95), abs=0.1)


def test_the_graph_matches_numpy_and_scikit_learn(network: Network, rows: np.ndarray) -> None:
    graph = network.graph()
    found = run(graph.SerializeToString(), rows)[PROBABILITIES]
    assert found.shape == (300, 10)
    assert np.abs(found - network.probabilities(rows)).max() <= 1e-5
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert len({entry.domain for entry in graph.opset_import}) == len(graph.opset_import)


def test_the_negative_class_is_shared_equally_between_the_digits(network: Network, rows: np.ndarray) -> None:
    eleven = network.perceptron.predict_proba(network.extractor.transform(views.views_of(rows)))
    expected = eleven[:, :10] + eleven[:, 10:] / 10
    assert network.probabilities(rows) == pytest.approx(expected.reshape(300, -1, 10).mean(axis=1), abs=1e-6)


def test_calibration_changes_probabilities_but_not_confident_classes(network: Network, rows: np.ndarray) -> None:
    labels = (np.arange(len(rows)) * 7 + 3) % 10  # other labels than in training: the network is overconfident
    before = network.probabilities(rows)
    calibrated = network.calibrated(rows, labels).probabilities(rows)
    assert log_loss(labels, calibrated) < log_loss(labels, before)
    assert _ece(labels, calibrated) < _ece(labels, before)
    sure = before.max(axis=1) > 0.5
    assert (calibrated.argmax(axis=1) == before.argmax(axis=1))[sure].all()


def _ece(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def test_about_half_of_the_pictures_are_shifted_by_one_pixel() -> None:
    picture = np.zeros((28, 28), dtype=np.uint8)
    picture[10:13, 20:22] = 200
    moved = epochs.shifted(np.tile(picture.reshape(1, -1), (900, 1)), np.random.default_rng(0)).reshape(-1, 28, 28)
    corners = [divmod(int(np.argmax(image)), 28) for image in moved]
    assert set(corners) == {(row, column) for row in (9, 10, 11) for column in (19, 20, 21)}
    assert 0.4 < np.mean([corner != (10, 20) for corner in corners]) < 0.5  # one of the nine shifts is zero
    assert (moved.sum(axis=(1, 2)) == 6 * 200).all()


@pytest.mark.usefixtures("digits")
def test_prefetched_epochs_equal_epochs_made_here() -> None:
    digits, written = epochs.training_digits().slice(0, 100), strokes.training().sample(40)
    with epochs.prefetched(PLAN, 2) as prefetched:
        first, second = prefetched
    for number, epoch in enumerate((first, second)):
        expected = epochs.make_epoch(PLAN, digits, written, number)
        assert np.array_equal(epoch.rows, expected.rows)
        assert np.array_equal(epoch.labels, expected.labels)
    assert not np.array_equal(first.rows, second.rows)
    assert np.bincount(first.labels, minlength=11)[10] == 30
    assert len(first.labels) == 100 + 2 * len(written.labels) + 30
    assert first.rows.dtype == np.uint8
    assert np.max(first.rows) == 255


@pytest.mark.usefixtures("digits")
def test_the_prefetching_process_ends_with_the_block() -> None:
    before = _children()
    with contextlib.suppress(KeyboardInterrupt), epochs.prefetched(PLAN, 1000) as prefetched:
        next(prefetched)
        assert len(_children()) > len(before)
        raise KeyboardInterrupt
    assert len(_children() - before) <= 1  # multiprocessing's resource tracker may remain


def _children() -> set[int]:
    psutil = pytest.importorskip("psutil")
    return {child.pid for child in psutil.Process(os.getpid()).children(recursive=True)}


def test_a_killed_prefetching_process_stops_the_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refused = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"  # a missing file would be downloaded
    refused.parent.mkdir()
    refused.write_bytes(b"no digits")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with pytest.raises(EOFError), epochs.prefetched(PLAN, 1) as prefetched:
        next(prefetched)
