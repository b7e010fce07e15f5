"""The views of a picture whose predictions are averaged: as framed, half a pixel off to each side, a little smaller.

The frame depends on a few pixels of ink; a prediction must not.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from functions.predict_digit.preprocessing import SIDE
from training.export import INPUT, graph_of

from .data import PIXELS, Rows

VIEWS = ((1, 0, 0), (1, 0.5, 0), (1, -0.5, 0), (1, 0, 0.5), (1, 0, -0.5), (0.95, 0, 0))
"""Scale around the centre, then shift down and across, in pixels."""
VIEW_ROWS = "seen"
"""Name of the graph's output."""


def views_of(rows: Rows) -> Rows:
    """Every view (n * 6, 784) float32 of framed digits (n, 784), in numpy: the reference of the graph."""
    down, across = _matrices()
    images = rows.reshape(-1, 1, SIDE, SIDE)
    views: NDArray[np.float32] = np.matmul(np.matmul(down, images), across)
    return views.reshape(-1, PIXELS)


def graph() -> onnx.ModelProto:
    """`views_of` as an ONNX graph."""
    down, across = _matrices()
    constants = {
        "picture": np.array([-1, 1, SIDE, SIDE]),
        "down": down,
        "across": across,
        "row": np.array([-1, PIXELS]),
    }
    nodes = [
        helper.make_node("Reshape", [INPUT, "picture"], ["pictures"]),
        helper.make_node("MatMul", ["down", "pictures"], ["moved_down"]),
        helper.make_node("MatMul", ["moved_down", "across"], ["moved"]),
        helper.make_node("Reshape", ["moved", "row"], [VIEW_ROWS]),
    ]
    return graph_of(nodes, constants, (INPUT, PIXELS), (VIEW_ROWS, PIXELS))


def _matrices() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(views, 28, 28) each: a view of an image is `down @ image @ across`, by linear interpolation."""
    down = np.stack([_interpolation(scale, pixels) for scale, pixels, _ in VIEWS])
    across = np.stack([_interpolation(scale, pixels).T for scale, _, pixels in VIEWS])
    return down, across


def _interpolation(scale: float, pixels: float) -> NDArray[np.float32]:
    """(28, 28): the weight of each old line in each new one."""
    middle = (SIDE - 1) / 2
    places = (np.arange(SIDE) - middle - pixels) / scale + middle
    weights: NDArray[np.float32] = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(SIDE))).astype(np.float32)
    return weights
