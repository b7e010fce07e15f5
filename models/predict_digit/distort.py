"""Data augmentation: the same digits written thicker, slanted, stretched or wavering.

Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document analysis",
ICDAR 2003: new distortions at each epoch improve a network more than its architecture does.
"""

import numpy as np
from numpy.typing import NDArray

from functions.predict_digit.preprocessing import SIDE

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]

ROTATION = np.deg2rad(15)
"""Largest rotation, in radians."""
SHEAR = 0.25
"""Largest shear, as a slope."""
STRETCH = 0.2
"""Largest logarithm of a scale factor."""
THICKNESS = (-0.5, 1.2)
"""Range of steps of a 3x3 erosion (negative) or dilation, each half a pixel on each side of a stroke."""
WAVER = 1.4
"""Standard deviation of the elastic displacement at each knot, in pixels."""
KNOTS = 5
"""Knots along each side."""
SHARPER = (-0.15, 0.8)
"""Range of the logarithm of the contrast factor: it compensates the blur of bilinear sampling."""
PLAIN = 0.3
"""Share of copies with unchanged contrast."""
CHUNK = 5000
"""Images distorted at once."""
MARGIN = 6
"""Paper around an image, in pixels."""


def distort(images: Images, random: np.random.Generator) -> Images:
    """Distorted copies: (n, 28, 28) uint8 in and out, the darkest ink of each at 255.

    Each copy draws a strength between 0 and 1 that scales the constants above: the model must read plain digits too.
    """
    chunks = (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    return np.concatenate([_distorted(chunk.astype(np.float32), random) for chunk in chunks])


def _distorted(ink: Floats, random: np.random.Generator) -> Images:
    strength = random.uniform(0, 1, (len(ink), 1, 1)).astype(np.float32)
    thick = _thickened(ink, strength * random.uniform(*THICKNESS, size=strength.shape).astype(np.float32))
    moved = _sharpened(_darkest(_sampled(thick, *_coordinates(strength, random))), random)
    return _darkest(moved).astype(np.uint8)


def _darkest(ink: Floats) -> Floats:
    """Scale the ink of each image to a maximum of 255."""
    return (ink * (255 / np.maximum(ink.max(axis=(1, 2), keepdims=True), 1))).astype(np.float32)


def _sharpened(ink: Floats, random: np.random.Generator) -> Floats:
    gain = np.exp(random.uniform(*SHARPER, (len(ink), 1, 1))).astype(np.float32)
    gain[random.uniform(size=len(ink)) < PLAIN] = 1
    return np.where(ink > 2, np.clip((ink - 127) * gain + 127, 0, 255), 0).astype(np.float32)


def _thickened(ink: Floats, steps: Floats) -> Floats:
    wide = _extreme(ink, np.maximum)
    levels = (_extreme(ink, np.minimum), ink, wide, _extreme(wide, np.maximum))
    weights = (np.maximum(0, 1 - np.abs(steps - level)) for level in range(-1, 3))
    total: Floats = sum((weight * level for weight, level in zip(weights, levels, strict=True)), np.zeros_like(ink))
    return total


def _extreme(ink: Floats, choose: np.ufunc) -> Floats:
    """The minimum or maximum of each pixel and its four neighbours."""
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    across = choose(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:])
    down = choose(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1])
    darkest: Floats = choose(choose(across, down), ink)
    return darkest


def _coordinates(strength: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """The coordinates in the originals of each pixel of the copies: row and column, (n, 28, 28), in pixels."""
    count = len(strength)
    middle = (SIDE - 1) / 2
    row, column = np.meshgrid(*2 * [np.arange(SIDE, dtype=np.float32) - middle], indexing="ij")
    grid = np.stack([row.ravel(), column.ravel()])
    turned = (_affine(strength.ravel(), random) @ grid).reshape(count, 2, SIDE, SIDE) + middle
    down, across = (strength * _waver(count, random) for _ in range(2))
    return turned[:, 0] + down, turned[:, 1] + across


def _affine(strength: Floats, random: np.random.Generator) -> Floats:
    count = len(strength)
    angle, shear = (strength * random.uniform(-limit, limit, count) for limit in (ROTATION, SHEAR))
    high, wide = np.exp(strength * random.uniform(-STRETCH, STRETCH, (2, count)))
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.stack([cosine, -sine, sine, cosine], axis=1).reshape(count, 2, 2)
    slant = np.stack([high, np.zeros(count), shear, wide], axis=1).reshape(count, 2, 2)
    both: Floats = (turn @ slant).astype(np.float32)
    return both


def _waver(count: int, random: np.random.Generator) -> Floats:
    """A smooth displacement (count, 28, 28), in pixels: random at 5x5 knots, blended between them."""
    knots = random.normal(0, WAVER, (count, KNOTS, KNOTS)).astype(np.float32)
    distance = np.linspace(0, KNOTS - 1, SIDE)[:, None] - np.arange(KNOTS)
    blend = np.exp(-(distance**2) / 0.8)
    blend = (blend / blend.sum(axis=1, keepdims=True)).astype(np.float32)
    smooth: Floats = blend @ knots @ blend.T
    return smooth


def _sampled(ink: Floats, row: Floats, column: Floats) -> Floats:
    """Sample `ink` at these coordinates by bilinear interpolation; paper outside."""
    side = SIDE + 2 * MARGIN
    padded = np.pad(ink, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN))).ravel()
    row, column = (np.clip(axis + MARGIN, 0, side - 1.001) for axis in (row, column))
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, across = row - top, column - left
    first = np.arange(len(ink), dtype=np.int32)[:, None, None] * side**2 + top * side + left
    above = padded[first] * (1 - across) + padded[first + 1] * across
    below = padded[first + side] * (1 - across) + padded[first + side + 1] * across
    value: Floats = above * (1 - down) + below * down
    return value
