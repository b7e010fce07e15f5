"""Draws strokes on the page's canvas with a round pen, at any width, scale and place."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from functions.predict_digit.preprocessing import SIDE, normalise

from .data import PIXELS, Rows
from .strokes import Drawing

CANVAS = 280
"""Side of the page's canvas, in pixels."""
WIDTHS = (6.0, 38.0)
"""Range of pen widths, in pixels of the canvas."""
SCALES = (0.28, 1.0)
"""Range of scales, as in `Pen`."""
THICKEST = 0.28
"""Width of the widest pen that leaves a digit readable, as a share of its longer side."""
ROTATION = 0.2
"""Largest rotation, in radians."""
SHEAR = 0.25
"""Largest shear, as a slope."""
STRETCH = 0.2
"""Largest logarithm of a scale factor."""
WAVER = 0.04
"""Standard deviation of the height of a wave, as a share of the longer side."""
WAVES = 3
"""Sine waves that a drawing wavers along."""


@dataclass(frozen=True, slots=True)
class Pen:
    """The pen of a drawing, and its place on the canvas.

    Attributes:
        width: of the line, in pixels of the canvas.
        scale: longer side of the ink, as a share of the canvas.
        place: across and down in the free space: 0 is the left or the top, 1 the right or the bottom.
    """

    width: float = 18.0
    scale: float = 0.7
    place: tuple[float, float] = (0.5, 0.5)


def any_pen(random: np.random.Generator) -> Pen:
    """A random pen, thin enough for the digit to be read."""
    scale = random.uniform(*SCALES)
    width = min(random.uniform(*WIDTHS), THICKEST * scale * CANVAS)
    return Pen(width, scale, (random.uniform(), random.uniform()))


def draw(drawing: Drawing, pen: Pen, side: int = CANVAS) -> NDArray[np.uint8]:
    """The ink of a drawing, (side, side) uint8: 0 is paper, 255 ink.

    Args:
        drawing: its strokes, in any unit.
        pen: its width, scale and place.
        side: of the picture, in pixels.
    """
    points = np.concatenate(drawing)
    low = points.min(axis=0)
    extent = points.max(axis=0) - low
    width = pen.width * side / CANVAS
    length = max(pen.scale * side - width, 1.0)
    scale = length / max(float(np.max(extent)), 1e-9)
    start = width / 2 + np.maximum(side - width - extent * scale, 0) * pen.place
    paper = Image.new("L", (side, side))
    for stroke in drawing:
        _line(ImageDraw.Draw(paper), ((stroke - low) * scale + start).tolist(), width)
    return np.asarray(paper)


def _line(paper: ImageDraw.ImageDraw, points: list[list[float]], width: float) -> None:
    flat = [(x, y) for x, y in points]
    if len(flat) > 1:
        paper.line(flat, fill=255, width=max(1, round(width)))
    radius = width / 2
    for x, y in flat:
        paper.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def framed(drawings: list[Drawing], pens: list[Pen], side: int = CANVAS) -> Rows:
    """Draw, then frame as the model reads: (n, 784) float32 in [0, 1].

    Args:
        drawings: n drawings.
        pens: the pen of each.
        side: of the pictures before framing, in pixels.

    Raises:
        ValueError: a drawing has no ink left.
    """
    rows = np.empty((len(drawings), PIXELS), dtype=np.float32)
    for place, (drawing, pen) in enumerate(zip(drawings, pens, strict=True)):
        row = normalise(draw(drawing, pen, side))
        if row is None:
            raise ValueError(f"drawing {place} leaves no ink of a {pen.width:g} pixel pen in {SIDE}x{SIDE}")
        rows[place] = row
    return rows


def rewritten(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Rotate, shear, stretch and waver a drawing, as if written by another hand."""
    points = np.concatenate(drawing)
    low, high = points.min(axis=0), points.max(axis=0)
    turn = _affine(random)
    waves, phases = random.normal(0, 2.5, (2, WAVES)), random.uniform(0, 2 * math.pi, WAVES)
    heights = random.normal(0, WAVER, (WAVES, 2))
    strokes = ((stroke - (low + high) / 2) / max(float(np.max(high - low)), 1e-9) for stroke in drawing)
    return tuple((stroke + np.sin(stroke @ waves + phases) @ heights) @ turn for stroke in strokes)


def _affine(random: np.random.Generator) -> NDArray[np.float64]:
    angle, slant = random.uniform(-ROTATION, ROTATION), random.uniform(-SHEAR, SHEAR)
    wide, high = np.exp(random.uniform(-STRETCH, STRETCH, 2))
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    stretch = np.array([[wide, 0], [slant, high]])
    affine: NDArray[np.float64] = stretch @ turn
    return affine
