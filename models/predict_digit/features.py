"""What the network reads instead of pixels: where on the picture 32 small patterns of strokes are found.

Coates, Ng, Lee, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011: patterns are the
centres of k-means over whitened patches of training digits. Each is laid over every place of the picture (a
convolution), what exceeds a threshold is kept, and each pattern's highest answer is taken around each of 7x7 places.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.cluster import MiniBatchKMeans

from functions.predict_digit.image import SIDE
from models.export import INPUT, OPSET

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
POOLING: dict[str, Any] = {"kernel_shape": [AROUND] * 2, "strides": [STEP] * 2, "pads": [BORDER] * 4}
PATCHES = 100_000
FLAT = 0.1
"""A patch whose standard deviation is less holds no stroke."""
RIDGE = 0.05
"""Added to the variance of each direction before whitening."""
FEATURES = "features"
CHUNK = 500
MEASURED = 5000
SPREAD = 0.3
"""The standard deviation that all the features together are brought to, before each is centred."""
IR_VERSION = 10


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
    """The patterns, and what brings every feature to mean 0 and all of them to a common spread.

    Attributes:
        filters: the patterns.
        shift: (patterns * 49,), taken off.
        gain: then multiplied.
    """

    filters: Filters
    shift: NDArray[np.float32]
    gain: float

    def reference(self, rows: Rows) -> Rows:
        """The features (n, patterns * 49) float32 of framed digits, in numpy: what the graph is compared with."""
        chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
        return np.concatenate([(self._pooled(chunk) - self.shift) * np.float32(self.gain) for chunk in chunks])

    def _pooled(self, rows: Rows) -> Rows:
        margin = PATCH // 2
        images = np.pad(rows.reshape(-1, SIDE, SIDE), ((0, 0), (margin, margin), (margin, margin)))
        windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
        found = np.maximum(np.tensordot(windows, self.filters, axes=((3, 4), (1, 2))) - THRESHOLD, 0)
        found = np.pad(found.astype(np.float32), ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
        around = np.lib.stride_tricks.sliding_window_view(found, (AROUND, AROUND), axis=(1, 2))[:, ::STEP, ::STEP]
        highest: Rows = around.max(axis=(4, 5)).transpose(0, 3, 1, 2).reshape(len(rows), -1)
        return highest

    def graph(self) -> onnx.ModelProto:
        """The same, as an ONNX graph from `rows` to `features`."""
        tensors = [numpy_helper.from_array(value, name) for name, value in self._constants().items()]
        inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, PIXELS])]
        outputs = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, [None, len(self.shift)])]
        graph = helper.make_graph(self._nodes(), "augure", inputs, outputs, tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=IR_VERSION)

    def _constants(self) -> dict[str, NDArray[np.generic]]:
        return {
            "square": np.array([-1, 1, SIDE, SIDE]),
            "filters": self.filters[:, np.newaxis],
            "threshold": np.full(len(self.filters), -THRESHOLD, dtype=np.float32),
            "flat": np.array([-1, len(self.shift)]),
            "shift": self.shift,
            "gain": np.array(self.gain, dtype=np.float32),
        }

    def _nodes(self) -> list[onnx.NodeProto]:
        return [
            helper.make_node("Reshape", [INPUT, "square"], ["image"]),
            helper.make_node("Conv", ["image", "filters", "threshold"], ["answers"], pads=4 * [PATCH // 2]),
            helper.make_node("Relu", ["answers"], ["found"]),
            helper.make_node("MaxPool", ["found"], ["highest"], **POOLING),
            helper.make_node("Reshape", ["highest", "flat"], ["flattened"]),
            helper.make_node("Sub", ["flattened", "shift"], ["centred"]),
            helper.make_node("Mul", ["centred", "gain"], [FEATURES]),
        ]


def front_of(rows: Rows, seed: int) -> Front:
    """The patterns of these framed digits (n, 784), and the scale that their features have."""
    filters = learn(rows, seed)
    raw = Front(filters, np.zeros(len(filters) * GRID**2, dtype=np.float32), 1.0).reference(rows[:MEASURED])
    return Front(filters, raw.mean(axis=0), float(np.float32(SPREAD / raw.std())))
