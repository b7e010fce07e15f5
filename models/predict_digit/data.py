"""MNIST: 60,000 training and 10,000 test digits, scanned, 28x28 grey levels, framed as the function frames a drawing.

Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11),
1998; usually stated as CC BY-SA 3.0. Format: IDX, a big-endian header (magic, sizes) and one byte per value.
"""

import gzip
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.predict_digit.preprocessing import SIDE, normalise
from shared.model.bundle import Data
from training.datasets import DataError, Source, read

from .strokes import SOURCE as STROKES

Images = NDArray[np.uint8]
Rows = NDArray[np.float32]
Labels = NDArray[np.uint8]

PIXELS = SIDE * SIDE
_ADDRESS = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
NOT_IDX = (
    "{file} : attendu un fichier IDX à {dimensions} dimensions, reçu le type {magic:#x}.",
    "{file}: expected an IDX file of {dimensions} dimensions, got type {magic:#x}.",
)
SOURCES = {file: Source(f"mnist/{file}", _ADDRESS + file, sha256) for file, sha256 in _SHA256.items()}


@dataclass(frozen=True, slots=True)
class Digits:
    """`images` (n, 28, 28) uint8, 0 is paper; `labels` (n,) uint8, 0 to 9."""

    images: Images
    labels: Labels

    def slice(self, start: int, stop: int | None = None) -> "Digits":
        """The digits from `start` to `stop`."""
        return Digits(self.images[start:stop], self.labels[start:stop])


def training() -> Digits:
    """The 60,000 training digits."""
    return _digits("train")


def test() -> Digits:
    """The 10,000 test digits, for the reported metrics alone."""
    return _digits("t10k")


def _digits(subset: str) -> Digits:
    images = _idx(f"{subset}-images-idx3-ubyte.gz", dimensions=3)
    return Digits(images, _idx(f"{subset}-labels-idx1-ubyte.gz", dimensions=1))


def _idx(file: str, dimensions: int) -> NDArray[np.uint8]:
    content = gzip.decompress(read(SOURCES[file]))
    magic, *shape = (int(size) for size in np.frombuffer(content, dtype=">i4", count=1 + dimensions))
    if magic != 0x800 + dimensions:
        raise DataError(NOT_IDX, file=file, dimensions=dimensions, magic=magic)
    return np.frombuffer(content, dtype=np.uint8, offset=4 * (1 + dimensions)).reshape(shape)


def rows(images: Images) -> Rows:
    """Frame images as the model reads them: (n, 784) float32 in [0, 1].

    Raises:
        ValueError: an image has no ink.
    """
    framed = np.empty((len(images), PIXELS), dtype=np.float32)
    for index, image in enumerate(images):
        row = normalise(image)
        if row is None:
            raise ValueError(f"image {index} has no ink")
        framed[index] = row
    return framed


def describe() -> Data:
    """The manifest's description of both training sets."""
    return Data(
        title="MNIST, chiffres numérisés (55 000 pour apprendre), et pendigits, chiffres tracés au stylet (4 995)",
        source='LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", '
        'Proc. IEEE 86(11), 1998 ; Alpaydin, Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI 81, '
        "doi:10.24432/C5MG6K",
        licence="MNIST : CC BY-SA 3.0 ; pendigits : CC BY 4.0",
        rows=59995,
        sha256={source.path: source.sha256 for source in (*SOURCES.values(), STROKES)},
    )
