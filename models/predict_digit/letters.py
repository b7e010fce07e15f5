"""Letters and signs that do not look like digits: Hershey's single strokes, and outlines of matplotlib's fonts.

Sources: A. V. Hershey, "Calligraphy for Computers", U.S. Naval Weapons Laboratory, 1967 (package `Hershey-Fonts`);
DejaVu and STIX, distributed with matplotlib.
"""

from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from HersheyFonts import HersheyFonts
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .strokes import Drawing

UNLIKE = "ACEFHJKLMNPRTUVWXYadefhkmnprtuvwx"
"""Letters that cannot be read as a digit."""
TRAINING = UNLIKE + "DGQcjy#&%@?!+=<>*"
"""Training characters: also letters that are seldom read as a digit, and signs."""
TRAINING_STROKES = ("futural", "futuram", "rowmans", "rowmand", "cursive", "timesi")
TEST_STROKES = ("scripts", "timesr")
TRAINING_OUTLINES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono-Oblique", "DejaVuSerif-Italic")
TEST_OUTLINES = ("STIXGeneral", "STIXGeneralBolIta")
SIZE = 100
"""Height of an outline's font, in pixels."""


@cache
def strokes(font: str, letter: str) -> Drawing:
    """The pen strokes of a letter in one of Hershey's fonts."""
    return tuple(np.array(list(stroke), dtype=np.float64) for stroke in _font(font).strokes_for_text(letter))


@cache
def _font(name: str) -> HersheyFonts:
    fonts = HersheyFonts()
    fonts.load_default_font(name)
    return fonts


@cache
def outline(font: str, letter: str) -> NDArray[np.uint8]:
    """The ink of a letter in one of matplotlib's fonts: (height, width) uint8, with a margin around the letter."""
    file = Path(mpl.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    paper = Image.new("L", (2 * SIZE, 2 * SIZE))
    ImageDraw.Draw(paper).text((SIZE, SIZE), letter, fill=255, font=ImageFont.truetype(str(file), SIZE), anchor="mm")
    return np.asarray(paper)
