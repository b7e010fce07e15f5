"""Pictures of no digit: what the model learns to refuse, and another lot that measures whether it does."""

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


def _scrawl(random: np.random.Generator, kinds: tuple[scribbles.Draw, ...]) -> Picture:
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
    """A full disc or a full rectangle, nearly as wide as high."""
    row, column = np.mgrid[-1:1:56j, -1:1:56j]
    high, wide = random.uniform(0.5, 0.9, 2)
    power = 2 if random.uniform() < 0.5 else 20
    return np.where(np.abs(row / high) ** power + np.abs(column / wide) ** power < 1, 255, 0).astype(np.uint8)


LEARNT: dict[str, Make] = {
    "gribouillis": lambda random: _scrawl(random, scribbles.LEARNT["gribouillis"]),
    "formes": lambda random: blot(random) if random.uniform() < 0.1 else _scrawl(random, scribbles.LEARNT["formes"]),
    "lettres": lambda random: _letter(random, letters.LEARNT, letters.STROKES_LEARNT, letters.OUTLINES_LEARNT),
    "bruit": grain,
}
SHARES = (0.3, 0.25, 0.35, 0.1)
"""Of the kinds of LEARNT, in their order."""
UNSEEN: dict[str, Make] = {
    "gribouillis": lambda random: _scrawl(random, scribbles.UNSEEN["gribouillis"]),
    "formes": lambda random: _scrawl(random, scribbles.UNSEEN["formes"]),
    "lettres": lambda random: _letter(random, letters.UNLIKE, letters.STROKES_UNSEEN, letters.OUTLINES_UNSEEN),
    "bruit": specks,
}


def learnt(count: int, random: np.random.Generator) -> Rows:
    """Pictures to learn from, of every kind, framed: (count, 784) float32."""
    kinds = random.choice(list(LEARNT), count, p=SHARES)
    return framed([LEARNT[kind] for kind in kinds], random)


def unseen(each: int, random: np.random.Generator) -> dict[str, Rows]:
    """`each` pictures of each kind that the model never learnt from, framed, by kind."""
    return {kind: framed([make] * each, random) for kind, make in UNSEEN.items()}


def framed(makers: list[Make], random: np.random.Generator) -> Rows:
    """One framed picture a maker: (n, 784) float32; one without ink is made again."""
    rows = np.empty((len(makers), PIXELS), dtype=np.float32)
    for place, make in enumerate(makers):
        while (row := normalise(make(random))) is None:
            pass
        rows[place] = row
    return rows
