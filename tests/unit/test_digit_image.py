"""Normalisation of a drawing: MNIST's framing, whatever its position, size and colours."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from functions.predict_digit.preprocessing import extract_ink, normalise


def seven(side: int = 280, scale: float = 1.0, shift: tuple[int, int] = (0, 0), width: int = 18) -> NDArray[np.uint8]:
    """A drawn 7 as ink: 0 is paper, 255 full ink."""
    picture = Image.new("L", (side, side), 0)
    points = [(60 + 140 * scale * x + shift[0], 40 + 180 * scale * y + shift[1]) for x, y in ((0, 0), (1, 0), (0.4, 1))]
    ImageDraw.Draw(picture).line(points, fill=255, width=width, joint="curve")
    return np.asarray(picture)


def frame(ink: NDArray[np.uint8]) -> NDArray[np.float32]:
    pixels = normalise(ink)
    assert pixels is not None
    return pixels.reshape(28, 28)


def test_ink_fits_twenty_pixels_and_its_mass_is_centred() -> None:
    digit = frame(seven())
    rows, columns = (np.flatnonzero(digit.max(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    total = digit.sum()
    assert digit.sum(axis=1) @ np.arange(28) / total == pytest.approx(14, abs=0.5)
    assert digit.sum(axis=0) @ np.arange(28) / total == pytest.approx(14, abs=0.5)
    assert np.max(digit) == 1.0
    assert digit.dtype == np.float32


@pytest.mark.parametrize("shift", [(0, 0), (40, 0), (-50, 30), (7, -20)])
def test_position_does_not_change_the_result(shift: tuple[int, int]) -> None:
    assert np.array_equal(frame(seven(shift=shift)), frame(seven()))


@pytest.mark.parametrize("scale", [0.5, 0.75])
def test_size_barely_changes_the_result(scale: float) -> None:
    small = frame(seven(scale=scale, width=round(18 * scale)))
    assert np.abs(small - frame(seven())).mean() < 0.03


def test_a_flat_stroke_keeps_its_proportions() -> None:
    ink = np.zeros((100, 100), dtype=np.uint8)
    ink[50:55, 10:90] = 255
    digit = frame(ink)
    assert np.count_nonzero(digit.max(axis=0)) == 20
    assert np.count_nonzero(digit.max(axis=1)) == 1


@pytest.mark.parametrize("level", [0, 31])
def test_an_image_without_clear_ink_is_blank(level: int) -> None:
    assert normalise(np.full((28, 28), level, dtype=np.uint8)) is None


@pytest.mark.parametrize(("length", "drawn"), [(1, False), (39, False), (40, True), (280, True)])
def test_a_stroke_of_fewer_than_40_pixels_is_blank(length: int, *, drawn: bool) -> None:
    ink = np.zeros((280, 280), dtype=np.uint8)
    ink[140, :length] = 200
    assert (normalise(ink) is not None) == drawn
    assert (normalise(ink.T) is not None) == drawn


def test_a_single_pixel_of_a_tiny_image_is_ink() -> None:
    ink = np.zeros((5, 5), dtype=np.uint8)
    ink[4, 4] = 200
    assert np.max(frame(ink)) == 1.0


def test_grey_pen_on_grey_paper_becomes_full_ink() -> None:
    picture = Image.new("L", (50, 50), 180)
    ImageDraw.Draw(picture).line([(25, 10), (25, 40)], fill=80, width=4)
    ink = extract_ink(picture)
    levels = np.unique(ink).tolist()
    assert (levels[0], levels[-1]) == (0, 255)
    assert ink[0, 0] == 0


def test_transparent_pixels_are_paper_whatever_their_colour() -> None:
    picture = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line([(25, 10), (25, 40)], fill=(0, 0, 0, 255), width=4)
    ink = extract_ink(picture)
    assert (ink[0, 0], ink[25, 25]) == (0, 255)
