"""Negatives: pictures without a digit, which the model learns to refuse, and a separate set to measure refusals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from functions.predict_digit.preprocessing import normalise

from . import letters, scribbles
from .data import PIXELS, Rows
from .pen import CANVAS, any_pen, draw, rewritten
from .strokes import Drawing

Picture = NDArray[np.uint8]
Make = Callable[[np.random.Generator], Picture]


def _drawn(drawing: Drawing, random: np.random.Generator) -> Picture:
    return draw(rewritten(drawing, random), any_pen(random), CANVAS // 2)


def _scribble(random: np.random.Generator, kinds: tuple[scribbles.Draw, ...]) -> Picture:
    return _drawn(kinds[random.integers(len(kinds))](random), random)


def _letter(random: np.random.Generator, characters: str, fonts: tuple[str, ...], outlines: tuple[str, ...]) -> Picture:
    letter = characters[random.integers(len(characters))]
    if random.uniform() < 0.7:
        return _drawn(letters.strokes(fonts[random.integers(len(fonts))], letter), random)
    return letters.outline(outlines[random.integers(len(outlines))], letter)


def grain(random: np.random.Generator) -> Picture:
    """Clouds and checks: random grey levels on a coarse grid, blended or not, in black and white or not."""
    cells = int(random.integers(3, 25))
    levels = random.uniform(0, 255, (cells, cells)) * (random.uniform(size=(cells, cells)) < random.uniform(0.2, 1))
    how = Image.Resampling.NEAREST if random.uniform() < 0.5 else Image.Resampling.BICUBIC
    picture = np.asarray(Image.fromarray(levels.astype(np.uint8)).resize((56, 56), how))
    return np.where(picture > 127, 255, 0).astype(np.uint8) if random.uniform() < 0.5 else picture


def specks(random: np.random.Generator) -> Picture:
    """Each pixel of the canvas is ink or not, at random."""
    ink = random.uniform(size=(CANVAS, CANVAS)) < random.uniform(0.02, 0.5)
    return ink.astype(np.uint8) * 255


def blot(random: np.random.Generator) -> Picture:
    """A filled disc or rectangle, nearly as wide as high."""
    row, column = np.mgrid[-1:1:56j, -1:1:56j]
    high, wide = random.uniform(0.5, 0.9, 2)
    power = 2 if random.uniform() < 0.5 else 20
    return np.where(np.abs(row / high) ** power + np.abs(column / wide) ** power < 1, 255, 0).astype(np.uint8)


TRAINING: dict[str, Make] = {
    "gribouillis": lambda random: _scribble(random, scribbles.TRAINING["gribouillis"]),
    "formes": lambda random: (
        blot(random) if random.uniform() < 0.1 else _scribble(random, scribbles.TRAINING["formes"])
    ),
    "lettres": lambda random: _letter(random, letters.TRAINING, letters.TRAINING_STROKES, letters.TRAINING_OUTLINES),
    "bruit": grain,
}
SHARES = (0.3, 0.25, 0.35, 0.1)
"""Share of each kind of TRAINING, in order."""
TEST: dict[str, Make] = {
    "gribouillis": lambda random: _scribble(random, scribbles.TEST["gribouillis"]),
    "formes": lambda random: _scribble(random, scribbles.TEST["formes"]),
    "lettres": lambda random: _letter(random, letters.UNLIKE, letters.TEST_STROKES, letters.TEST_OUTLINES),
    "bruit": specks,
}


def training_rows(count: int, random: np.random.Generator) -> Rows:
    """Framed training pictures of every kind: (count, 784) float32."""
    kinds = random.choice(list(TRAINING), count, p=SHARES)
    return framed([TRAINING[kind] for kind in kinds], random)


def test_rows(each: int, random: np.random.Generator) -> dict[str, Rows]:
    """Framed test pictures, `each` of every kind, by kind."""
    return {kind: framed([make] * each, random) for kind, make in TEST.items()}


def framed(makers: list[Make], random: np.random.Generator) -> Rows:
    """One framed picture per maker: (n, 784) float32; a picture without ink is drawn again."""
    rows = np.empty((len(makers), PIXELS), dtype=np.float32)
    for place, make in enumerate(makers):
        while (row := normalise(make(random))) is None:
            pass
        rows[place] = row
    return rows
