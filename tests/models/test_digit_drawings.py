"""The digit model's other training data: pen strokes as the page draws them, and negatives."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.predict_digit import letters, negatives, scribbles, strokes
from models.predict_digit.pen import CANVAS, THICKEST, Pen, any_pen, draw, framed, rewritten
from training.datasets import DataError, Source

pytestmark = pytest.mark.untraced  # other tests cover the same lines of training/

EIGHT = """.SEGMENT DIGIT 0-1 ? "8"
.COMMENT 8 12  224
.PEN_DOWN
 10  20
 10  40
.PEN_UP
.DT 100
.PEN_DOWN
 30  40
.PEN_UP
"""
SQUARE = (np.array([[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]], dtype=np.float64),)


def _extent(ink: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, width, height of the ink."""
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    return int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(tmp_path, monkeypatch, EIGHT)


def _publish(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    content = gzip.compress(f".LEXICON\n\n{text}".encode())
    (folder / "a.gz").write_bytes(content)
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setattr(strokes, "SOURCE", Source("a.gz", "", hashlib.sha256(content).hexdigest()))


@pytest.mark.usefixtures("published")
def test_a_segment_has_its_label_its_writer_and_y_pointing_down() -> None:
    written = strokes.load()
    assert (written.labels.tolist(), written.writers.tolist()) == ([8], [12])
    assert [stroke.tolist() for stroke in written.drawings[0]] == [[[10, -20], [10, -40]], [[30, -40]]]


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (EIGHT.partition(".PEN_DOWN")[0], "un chiffre sans trait"),
        (EIGHT.replace(" 10  40\n", " 10\n"), "attendu des couples de coordonnées, reçu 3 nombres"),
        (EIGHT.replace(" 30  40\n", ""), "reçu 0 nombres"),
    ],
)
def test_a_damaged_stroke_file_is_refused_with_the_reason(
    damaged: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(tmp_path, monkeypatch, damaged)
    with pytest.raises(DataError, match=said):
        strokes.load()


@pytest.mark.usefixtures("digits")
def test_training_and_test_writers_are_disjoint() -> None:
    written, learnt = strokes.load(), strokes.training()
    assert len(written.labels) == 7494
    assert min(np.bincount(written.labels).tolist()) > 700
    sets = [
        set(digits.writers.tolist())
        for digits in (learnt, written.by(strokes.VALIDATION_WRITERS), written.by(strokes.TEST_WRITERS))
    ]
    assert [len(writers) for writers in sets] == [20, 4, 6]
    assert set.union(*sets) == set(range(1, 31))
    assert len(learnt.labels) == 4995


def test_a_sample_is_spread_over_the_writers() -> None:
    written = strokes.PenDigits(10 * (SQUARE,), np.arange(10, dtype=np.uint8), np.arange(10))
    assert written.sample(5).writers.tolist() == [0, 2, 4, 6, 8]
    assert len(written.sample(None).labels) == 10


@pytest.mark.parametrize("width", [8, 18, 36])
@pytest.mark.parametrize("scale", [0.3, 0.7, 1.0])
def test_a_drawing_has_the_requested_size_including_the_pen(width: int, scale: float) -> None:
    _, _, wide, high = _extent(draw(SQUARE, Pen(width, scale)))
    assert wide == pytest.approx(scale * CANVAS, abs=2)
    assert high == pytest.approx((scale * CANVAS - width) / 2 + width, abs=2)


def test_a_drawing_is_at_the_requested_position() -> None:
    places = {corner: _extent(draw(SQUARE, Pen(10, 0.5, corner))) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))}
    assert places[0, 0][:2] == (0, 0)
    assert places[1, 1][0] + places[1, 1][2] == pytest.approx(CANVAS, abs=1)
    assert places[0, 1][1] + places[0, 1][3] == pytest.approx(CANVAS, abs=1)
    assert places[1, 0][1] == 0


def test_any_pen_leaves_a_digit_readable() -> None:
    random = np.random.default_rng(0)
    pens = [any_pen(random) for _ in range(500)]
    assert all(pen.width <= THICKEST * pen.scale * CANVAS + 1e-9 for pen in pens)
    assert min(pen.width for pen in pens) < 10
    assert max(pen.width for pen in pens) > 34
    assert min(pen.scale for pen in pens) < 0.32
    assert max(pen.scale for pen in pens) > 0.98


def test_distorted_strokes_differ_slightly() -> None:
    random = np.random.default_rng(0)
    copies = [rewritten(SQUARE, random) for _ in range(20)]
    assert {len(copy) for copy in copies} == {1}
    assert {copy[0].shape for copy in copies} == {(5, 2)}
    rows = framed([SQUARE, *copies], [Pen()] * 21)
    assert len({row.tobytes() for row in rows}) == 21
    assert np.abs(rows[1:] - rows[0]).mean(axis=1).max() < 0.25


def test_training_and_test_negatives_are_disjoint() -> None:
    for kind, made in negatives.TEST.items():
        assert made is not negatives.TRAINING[kind]
    assert not {*sum(scribbles.TRAINING.values(), ())} & {*sum(scribbles.TEST.values(), ())}
    assert not {*letters.TRAINING_STROKES} & {*letters.TEST_STROKES}
    assert not {*letters.TRAINING_OUTLINES} & {*letters.TEST_OUTLINES}
    assert not set("OIlZSBgq") & {*letters.UNLIKE, *letters.TRAINING}


def test_negatives_are_numerous_and_normalised() -> None:
    random = np.random.default_rng(0)
    sets = [negatives.training_rows(200, random), *negatives.test_rows(20, random).values()]
    for rows in sets:
        assert rows.dtype == np.float32
        assert rows.max(axis=1).tolist() == [1.0] * len(rows)
        assert len({row.tobytes() for row in rows}) > 0.9 * len(rows)
    again = negatives.training_rows(200, np.random.default_rng(0))
    assert np.array_equal(again, sets[0])
