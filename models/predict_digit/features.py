"""What the network reads instead of pixels: where on the picture 32 small patterns of strokes are found.

Coates, Ng, Lee, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011: patterns are the
centres of k-means over whitened patches of training digits. Each is laid over every place of the picture (a
convolution), what exceeds a threshold is kept, and around each of 7x7 places each pattern's highest answer and its
average answer are taken.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper
from sklearn.cluster import MiniBatchKMeans

from functions.predict_digit.preprocessing import SIDE
from training.export import INPUT, graph_of

from .data import PIXELS, Rows

Floats = NDArray[np.floating]
Filters = NDArray[np.float32]
"""(patterns, patch, patch): mean 0, Euclidean norm 1."""

PATTERNS = 32
PATCH = 7
THRESHOLD = 0.3
STEP = 4
AROUND = 6
BORDER = (AROUND - STEP) // 2
GRID = SIDE // STEP
"""Places along each side: every 4 pixels, each answering for the 6x6 pixels around it."""
WINDOWS: dict[str, Any] = {"kernel_shape": [AROUND] * 2, "strides": [STEP] * 2, "pads": [BORDER] * 4}
PATCHES = 100_000
FLAT = 0.1
"""A patch whose standard deviation is less holds no stroke."""
RIDGE = 0.05
"""Added to the variance of each direction before whitening."""
FEATURES = "features"
CHUNK = 500
MEASURED = 5000
SPREAD = 0.25
"""The standard deviation that the highest answers are brought to, and the average ones."""


def learn(rows: Rows, seed: int) -> Filters:
    """Find the patterns of these framed digits (n, 784)."""
    random = np.random.default_rng(seed)
    patches = _patches(rows.reshape(-1, SIDE, SIDE), random)
    variances, axes = np.linalg.eigh(np.cov(patches.T))
    whiten = axes @ np.diag(1 / np.sqrt(variances + RIDGE)) @ axes.T
    groups = MiniBatchKMeans(PATTERNS, n_init=1, batch_size=4096, max_iter=30, random_state=seed)
    centres = _unit(groups.fit(_unit(patches @ whiten)).cluster_centers_) @ whiten
    return _unit(centres - centres.mean(axis=1, keepdims=True)).reshape(-1, PATCH, PATCH).astype(np.float32)


def _patches(images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    places = (random.integers(0, size, PATCHES) for size in (len(images), *2 * [SIDE - PATCH + 1]))
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    found = windows[tuple(places)].reshape(PATCHES, -1)
    found = found[found.std(axis=1) > FLAT]
    centred: NDArray[np.float32] = found - found.mean(axis=1, keepdims=True)
    return centred


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@dataclass(frozen=True, slots=True)
class Front:
    """The patterns, and what brings every feature to mean 0, the highest answers and the averages to a common spread.

    Attributes:
        filters: the patterns.
        shift: (2 * patterns * 49,), taken off.
        gain: (2 * patterns * 49,), then multiplied.
    """

    filters: Filters
    shift: NDArray[np.float32]
    gain: NDArray[np.float32]

    def reference(self, rows: Rows) -> Rows:
        """The features (n, 2 * patterns * 49) float32 of framed digits, in numpy: what the graph is compared with."""
        chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
        return np.concatenate([(self._pooled(chunk) - self.shift) * self.gain for chunk in chunks])

    def _pooled(self, rows: Rows) -> Rows:
        margin = PATCH // 2
        images = np.pad(rows.reshape(-1, SIDE, SIDE), ((0, 0), (margin, margin), (margin, margin)))
        windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
        found = np.maximum(np.tensordot(windows, self.filters, axes=((3, 4), (1, 2))) - THRESHOLD, 0)
        found = np.pad(found.astype(np.float32), ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
        around = np.lib.stride_tricks.sliding_window_view(found, (AROUND, AROUND), axis=(1, 2))[:, ::STEP, ::STEP]
        both = np.stack([around.max(axis=(4, 5)), around.mean(axis=(4, 5))], axis=1)  # (n, 2, 7, 7, patterns)
        pooled: Rows = both.transpose(0, 1, 4, 2, 3).reshape(len(rows), -1)
        return pooled

    def graph(self) -> onnx.ModelProto:
        """The same, as an ONNX graph from `rows` to `features`."""
        return graph_of(self._nodes(), self._constants(), (INPUT, PIXELS), (FEATURES, len(self.shift)))

    def _constants(self) -> dict[str, NDArray[np.generic]]:
        return {
            "square": np.array([-1, 1, SIDE, SIDE]),
            "filters": self.filters[:, np.newaxis],
            "threshold": np.full(len(self.filters), -THRESHOLD, dtype=np.float32),
            "flat": np.array([-1, len(self.shift)]),
            "shift": self.shift,
            "gain": self.gain,
        }

    def _nodes(self) -> list[onnx.NodeProto]:
        return [
            helper.make_node("Reshape", [INPUT, "square"], ["image"]),
            helper.make_node("Conv", ["image", "filters", "threshold"], ["answers"], pads=4 * [PATCH // 2]),
            helper.make_node("Relu", ["answers"], ["found"]),
            helper.make_node("MaxPool", ["found"], ["highest"], **WINDOWS),
            helper.make_node("AveragePool", ["found"], ["average"], **WINDOWS, count_include_pad=1),
            helper.make_node("Concat", ["highest", "average"], ["pooled"], axis=1),
            helper.make_node("Reshape", ["pooled", "flat"], ["flattened"]),
            helper.make_node("Sub", ["flattened", "shift"], ["centred"]),
            helper.make_node("Mul", ["centred", "gain"], [FEATURES]),
        ]


def front_of(rows: Rows, seed: int) -> Front:
    """The patterns of these framed digits (n, 784), and the scale that their features have."""
    filters = learn(rows, seed)
    columns = 2 * len(filters) * GRID**2
    plain = Front(filters, np.zeros(columns, dtype=np.float32), np.ones(columns, dtype=np.float32))
    raw = plain.reference(rows[:MEASURED])
    shift = raw.mean(axis=0)
    spreads = (raw - shift).reshape(len(raw), 2, -1).std(axis=(0, 2))
    return Front(filters, shift, np.repeat(SPREAD / spreads, columns // 2).astype(np.float32))
