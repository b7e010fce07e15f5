"""The network's input features: where on the picture 32 small patterns of strokes occur.

Coates, Ng, Lee, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011: the patterns
are k-means centres of whitened patches of training digits. The picture is convolved with each pattern, a threshold is
subtracted, a ReLU applied, and the responses are max-pooled and average-pooled on a 7x7 grid.
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
"""Side of a pattern, in pixels."""
THRESHOLD = 0.3
"""Response below which a pattern is absent."""
STEP = 4
"""Stride of the pooling windows, in pixels."""
AROUND = 6
"""Side of a pooling window, in pixels."""
BORDER = (AROUND - STEP) // 2
GRID = SIDE // STEP
"""Pooling windows along each side."""
WINDOWS: dict[str, Any] = {"kernel_shape": [AROUND] * 2, "strides": [STEP] * 2, "pads": [BORDER] * 4}
PATCHES = 100_000
"""Random patches that the patterns are learnt from."""
FLAT = 0.1
"""Standard deviation below which a patch holds no stroke."""
RIDGE = 0.05
"""Variance added to each direction before whitening."""
FEATURES = "features"
CHUNK = 500
"""Rows transformed at once."""
SCALING_ROWS = 5000
"""Digits that the scaling of the features is learnt from."""
SPREAD = 0.25
"""Standard deviation of the scaled features."""


def learn(rows: Rows, seed: int) -> Filters:
    """Learn the patterns of these framed digits (n, 784)."""
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
    patches = windows[tuple(places)].reshape(PATCHES, -1)
    patches = patches[patches.std(axis=1) > FLAT]
    centred: NDArray[np.float32] = patches - patches.mean(axis=1, keepdims=True)
    return centred


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@dataclass(frozen=True, slots=True)
class FeatureExtractor:
    """The patterns, and the scaling of the features: mean 0, and one spread for maxima and averages.

    Attributes:
        filters: the patterns.
        shift: (2 * patterns * 49,), subtracted from the features.
        gain: (2 * patterns * 49,), multiplied with them afterwards.
    """

    filters: Filters
    shift: NDArray[np.float32]
    gain: NDArray[np.float32]

    def transform(self, rows: Rows) -> Rows:
        """The features (n, 2 * patterns * 49) float32 of framed digits, in numpy: the reference of the graph."""
        chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
        return np.concatenate([(self._pooled(chunk) - self.shift) * self.gain for chunk in chunks])

    def _pooled(self, rows: Rows) -> Rows:
        margin = PATCH // 2
        images = np.pad(rows.reshape(-1, SIDE, SIDE), ((0, 0), (margin, margin), (margin, margin)))
        windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
        response = np.maximum(np.tensordot(windows, self.filters, axes=((3, 4), (1, 2))) - THRESHOLD, 0)
        response = np.pad(response.astype(np.float32), ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
        around = np.lib.stride_tricks.sliding_window_view(response, (AROUND, AROUND), axis=(1, 2))[:, ::STEP, ::STEP]
        both = np.stack([around.max(axis=(4, 5)), around.mean(axis=(4, 5))], axis=1)  # (n, 2, 7, 7, patterns)
        pooled: Rows = both.transpose(0, 1, 4, 2, 3).reshape(len(rows), -1)
        return pooled

    def graph(self) -> onnx.ModelProto:
        """`transform` as an ONNX graph, from `rows` to `features`."""
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


def fit_extractor(rows: Rows, seed: int) -> FeatureExtractor:
    """Learn the patterns of these framed digits (n, 784), then the scaling of their features."""
    filters = learn(rows, seed)
    columns = 2 * len(filters) * GRID**2
    plain = FeatureExtractor(filters, np.zeros(columns, dtype=np.float32), np.ones(columns, dtype=np.float32))
    raw = plain.transform(rows[:SCALING_ROWS])
    shift = raw.mean(axis=0)
    spreads = (raw - shift).reshape(len(raw), 2, -1).std(axis=(0, 2))
    return FeatureExtractor(filters, shift, np.repeat(SPREAD / spreads, columns // 2).astype(np.float32))
