"""From a picture of one digit to what the model reads: 28x28 grey levels, framed as MNIST frames its digits.

Method: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11),
1998: the ink is scaled to fit 20x20 pixels, its proportions kept, and its centre of mass is put at the centre of 28x28.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from shared.errors import Invalid, Text, TooLarge
from shared.i18n import fill

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NOT_PNG = ("attendu : une image PNG, reçu : {got}", "expected: a PNG picture, got: {got}")
DAMAGED = ("image PNG abîmée ou tronquée", "damaged or truncated PNG picture")
TOO_MANY_PIXELS = (
    "attendu : {limit} pixels au plus, reçu : {width} x {height}",
    "expected: at most {limit} pixels, got: {width} x {height}",
)

SIDE = 28
INNER = 20
INK = 32
"""A pixel counts as ink from this difference to the paper on (of 255)."""
SMALLEST = 1 / 7
"""Ink that reaches over less of the picture's shorter side is a dot or a slip of the pen, no drawing."""


def decode(content: bytes, max_pixels: int) -> Image.Image:
    """Decode a PNG whole, after its header says that it is small enough.

    Args:
        content: the bytes of a PNG file.
        max_pixels: width times height at most.

    Raises:
        TooLarge: the header announces more pixels, which are never decoded.
        Invalid: not a PNG, or a damaged one.
    """
    if not content.startswith(SIGNATURE):
        start = content[:4].hex(" ")
        got = (f"{len(content)} octets : {start or 'rien'}", f"{len(content)} bytes: {start or 'nothing'}")
        raise _refusal(fill(NOT_PNG, got=got))
    try:
        picture = PngImageFile(BytesIO(content))  # Image.open would load the decoders of four other formats
        width, height = picture.size  # as Pillow will decode it: a file may have several headers
        if width * height <= max_pixels:
            picture.load()
            return _simple(picture)
    except Exception as error:  # Pillow has no class of its own for these, and asserts where a palette is missing
        raise _refusal(DAMAGED) from error
    text = fill(TOO_MANY_PIXELS, limit=max_pixels, width=width, height=height)
    raise TooLarge(text, (("/image", text),), code="image_too_large")


def _simple(picture: Image.Image) -> Image.Image:
    """The picture as grey levels, or as RGBA where some of it may be transparent; eight bits each."""
    if picture.mode.startswith("I"):  # 16 bits, which `convert` would clip
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    return picture.convert("RGBA" if picture.has_transparency_data else "L")


def _refusal(text: Text) -> Invalid:
    return Invalid(text, (("/image", text),), code="invalid_image")


def grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Ink as a (height, width) uint8 array, 0 where there is none, whatever the colours of pen and paper.

    Args:
        picture: as `decode` gives it, in mode L or RGBA.

    A transparent pixel is paper. The paper is the lighter or the darker side, whichever the border is made of.
    """
    if picture.mode == "RGBA":
        alpha = np.asarray(picture.getchannel("A"))
        if alpha.min() < 255:
            return _on_transparent(np.asarray(picture.convert("L")), alpha)
    return _from_paper(np.asarray(picture.convert("L")))


def _on_transparent(level: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    if np.median(border) < 128:
        return alpha
    return _from_paper(level)


def _from_paper(level: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([level[0], level[-1], level[:, 0], level[:, -1]])
    paper = int(np.median(border))
    ink = np.abs(level.astype(np.int16) - paper).astype(np.uint8)
    peak = int(np.max(ink))
    return ink if peak < INK else (ink.astype(np.float32) * (255.0 / peak)).astype(np.uint8)


def normalise(ink: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Frame the ink as MNIST does.

    Args:
        ink: (height, width) uint8, 0 is paper.

    Returns:
        (784,) float32 in [0, 1], row by row; None where there is no ink, or next to none.
    """
    rows = np.flatnonzero(ink.max(axis=1) >= INK)
    columns = np.flatnonzero(ink.max(axis=0) >= INK)
    if rows.size == 0 or max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 < SMALLEST * min(ink.shape):
        return None
    box = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = INNER / max(box.size)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    small = np.asarray(box.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR))
    return _centred(small.astype(np.float32) / np.max(small)).reshape(-1)


def as_seen(digit: NDArray[np.float32]) -> bytes:
    """A PNG of what the model reads: 28x28 grey levels, ink dark on white as one draws it.

    Args:
        digit: as `normalise` gives it.
    """
    buffer = BytesIO()
    level = 255 - np.rint(digit * 255).astype(np.uint8)
    Image.fromarray(level.reshape(SIDE, SIDE)).save(buffer, "PNG")
    return buffer.getvalue()


def _centred(small: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = small.shape
    total = float(small.sum())
    down = float(small.sum(axis=1) @ np.arange(height)) / total
    across = float(small.sum(axis=0) @ np.arange(width)) / total
    top = min(max(round(SIDE / 2 - down), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - across), 0), SIDE - width)
    frame = np.zeros((SIDE, SIDE), dtype=np.float32)
    frame[top : top + height, left : left + width] = small
    return frame
