from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from training.plots import confusion, drawn, png, reliability


def _tenths(axes: Axes) -> None:
    axes.plot([0, 0.5, 1], [0, 0.5, 1])
    axes.set_yticks([0.5], ["v1.5"])


def test_axes_have_decimal_commas_and_keep_given_labels() -> None:
    [axes] = drawn(_tenths).axes
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert "0,4" in labels
    assert not any("." in label for label in labels)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["v1.5"]


def test_a_picture_is_reproducible_and_small() -> None:
    random = np.random.default_rng(0)
    probability = random.random(500)
    happened = random.random(500) < probability
    first, second = (png(drawn(reliability, {"essai": (happened, probability)})) for _ in range(2))
    assert first == second
    assert Image.open(BytesIO(first)).size == (550, 440)
    assert len(first) < 60_000


def test_a_confusion_matrix_counts_the_true_class_in_its_row() -> None:
    labels, read = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    [axes] = drawn(confusion, labels, read, ("a", "b")).axes
    assert {text.get_position(): text.get_text() for text in axes.texts} == {
        (0, 0): "2",
        (1, 0): "1",
        (0, 1): "·",
        (1, 1): "1",
    }
