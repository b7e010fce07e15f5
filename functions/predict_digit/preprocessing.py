"""Image of one digit to model input: 28x28 grey levels, framed as in MNIST.

Method: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11),
1998: the ink is scaled to fit 20x20 pixels, proportions kept, and its centre of mass is put at the centre of 28x28.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from shared.errors import Invalid, Text, TooLarge
from shared.i18n import fill

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
NOT_PNG = ("attendu : une image PNG, reçu : {got}", "expected: a PNG picture, got: {got}")
DAMAGED = ("image PNG abîmée ou tronquée", "damaged or truncated PNG picture")
TOO_MANY_PIXELS = (
    "attendu : {limit} pixels au plus, reçu : {width} x {height}",
    "expected: at most {limit} pixels, got: {width} x {height}",
)

SIDE = 28
"""Side of the model input, in pixels."""

INNER_SIDE = 20
"""Side of the square that the ink is scaled to fit, in pixels."""

INK_THRESHOLD = 32
"""Minimum difference between ink and paper, in grey levels (0 to 255)."""

MIN_EXTENT = 1 / 7
"""Minimum extent of the ink, as a fraction of the image's shorter side; less is a dot, not a digit."""


def decode_png(content: bytes, max_pixels: int) -> Image.Image:
    """Decode a whole PNG, once its header shows that it is small enough.

    Args:
        content: the bytes of a PNG file.
        max_pixels: maximum width times height.

    Returns:
        An image in mode L or RGBA.

    Raises:
        TooLarge: the header announces more pixels; they are not decoded.
        Invalid: not a PNG, or a damaged one.
    """
    if not content.startswith(PNG_SIGNATURE):
        start = content[:4].hex(" ")
        got = (f"{len(content)} octets : {start or 'rien'}", f"{len(content)} bytes: {start or 'nothing'}")
        raise _invalid(fill(NOT_PNG, got=got))
    try:
        image = PngImageFile(BytesIO(content))  # Image.open would load the decoders of four other formats
        width, height = image.size  # the size that Pillow will decode: a file may have several headers
        if width * height <= max_pixels:
            image.load()
            return _to_eight_bits(image)
    except Exception as error:  # Pillow raises many classes here, and AssertionError for a missing palette
        raise _invalid(DAMAGED) from error
    text = fill(TOO_MANY_PIXELS, limit=max_pixels, width=width, height=height)
    raise TooLarge(text, (("/image", text),), code="image_too_large")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """The image in grey levels (L), or in RGBA if it has transparency; eight bits per channel."""
    if image.mode.startswith("I"):  # 16 bits, which `convert` would clip
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("RGBA" if image.has_transparency_data else "L")


def _invalid(text: Text) -> Invalid:
    return Invalid(text, (("/image", text),), code="invalid_image")


def extract_ink(image: Image.Image) -> NDArray[np.uint8]:
    """Ink as a (height, width) uint8 array, 0 for paper, whatever the colours of ink and paper.

    Args:
        image: in mode L or RGBA, as `decode_png` returns it.

    A transparent pixel is paper. The paper may be lighter or darker than the ink; its level is that of the border.
    """
    if image.mode == "RGBA":
        alpha = np.asarray(image.getchannel("A"))
        if alpha.min() < 255:
            return _ink_on_transparent(np.asarray(image.convert("L")), alpha)
    return _ink_on_paper(np.asarray(image.convert("L")))


def _ink_on_transparent(level: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    if np.median(border) < 128:
        return alpha
    return _ink_on_paper(level)


def _ink_on_paper(level: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([level[0], level[-1], level[:, 0], level[:, -1]])
    paper = int(np.median(border))
    ink = np.abs(level.astype(np.int16) - paper).astype(np.uint8)
    peak = int(np.max(ink))
    return ink if peak < INK_THRESHOLD else (ink.astype(np.float32) * (255.0 / peak)).astype(np.uint8)


def normalise(ink: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Frame the ink as in MNIST.

    Args:
        ink: (height, width) uint8, 0 is paper.

    Returns:
        (784,) float32 in [0, 1], row by row; None if there is too little ink.
    """
    rows = np.flatnonzero(ink.max(axis=1) >= INK_THRESHOLD)
    columns = np.flatnonzero(ink.max(axis=0) >= INK_THRESHOLD)
    if rows.size == 0 or max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 < MIN_EXTENT * min(ink.shape):
        return None
    box = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = INNER_SIDE / max(box.size)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    small = np.asarray(box.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR))
    return _centred(small.astype(np.float32) / np.max(small)).reshape(-1)


def encode_png(digit: NDArray[np.float32]) -> bytes:
    """The model input as a PNG of 28x28 grey levels, dark ink on white.

    Args:
        digit: (784,) float32, as `normalise` returns it.
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
