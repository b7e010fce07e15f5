"""Which of equally distant neighbours count: scikit-learn keeps those that its search meets at the right moment.

A search visits the training rows in an order (that of a k-d tree depends on the request), and keeps the nearest k in a
binary heap: a row enters if it is nearer than the farthest kept one, which it replaces. Where the k-th and the next
distance are equal, the kept rows depend on that order, so the graph repeats the heap, in a Loop over the rows that
enter. Requests without equal distances skip the Loop.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, TensorProto, compose, helper

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import GraphBuilder, Name

STATE = ("distances", "rows", "met", "all", "order")
"""The heap's distances and rows, the order number of the last row that entered, all distances, all order numbers."""


def kept_neighbours(conversion: Conversion, far: Name, order: Name, count: int) -> tuple[Name, Name]:
    """The distances of the neighbours that the heap keeps, and their places: two of (rows, count).

    Args:
        conversion: the conversion.
        far: distances to all the training rows: (rows, points).
        order: when the search meets each training row: (rows, points), whole numbers as doubles.
        count: the number of neighbours, fewer than the points.
    """
    graph = conversion.graph
    nearest, places = graph.ops("TopK", far, graph.integers([count + 1]), outputs=2, axis=1, largest=0, sorted=1)
    smallest, first = graph.take(nearest, range(count)), graph.take(places, range(count))
    equal = graph.op("Equal", graph.take(nearest, count - 1), graph.take(nearest, count))
    tied = graph.cast(graph.op("ReduceMax", graph.cast(equal, TensorProto.INT64), keepdims=0), TensorProto.BOOL)
    body = compose.add_prefix_graph(_body(count), graph.new_name("heap") + "_")
    start = graph.fill(far, np.full(count, np.inf))
    rows = graph.cast(graph.fill(far, np.zeros(count)), TensorProto.INT64)
    state = (start, rows, graph.fill(far, -1.0), far, order)
    kept, kept_rows, *_ = graph.ops("Loop", "", tied, *state, outputs=len(STATE), body=body)
    return graph.op("Where", tied, kept, smallest), graph.op("Where", tied, kept_rows, first)


def tree_order(conversion: Conversion, tree: Any, tensor: Name, power: float) -> Name:
    """When a search in a k-d tree meets each training row: (rows, points), whole numbers as doubles.

    At each node it first goes to the child whose box is nearer, to the left one if both are as near.

    Args:
        conversion: the conversion.
        tree: scikit-learn's fitted KDTree.
        tensor: (rows, features).
        power: of the distance.
    """
    graph = conversion.graph
    _, index, nodes, bounds = (np.asarray(array) for array in tree.get_arrays())
    inner = [at for at in range(len(nodes)) if not nodes["is_leaf"][at]]
    moves, base = _moves(index, nodes, inner)
    if not inner:
        return graph.fill(tensor, base)
    left = [2 * at + 1 for at in inner]
    boxes = [_box_distances(graph, tensor, bounds[:, [at + side for at in left]], power) for side in (0, 1)]
    return graph.affine(graph.cast(graph.op("LessOrEqual", *boxes)), moves, base)


def _moves(
    index: NDArray[Any], nodes: NDArray[Any], inner: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What going left first at each inner node adds to each row's number (nodes, points), and the numbers without."""
    moves, base = np.zeros((len(inner), len(index))), np.zeros(len(index))
    spans = [index[start:end] for start, end in zip(nodes["idx_start"], nodes["idx_end"], strict=True)]
    for at, node in enumerate(inner):
        left, right = spans[2 * node + 1], spans[2 * node + 2]
        base[left] += len(right)
        moves[at, left], moves[at, right] = -len(right), len(left)
    for node in set(range(len(nodes))) - set(inner):
        base[spans[node]] += np.arange(len(spans[node]))
    return moves, base


def _box_distances(graph: GraphBuilder, tensor: Name, bounds: NDArray[Any], power: float) -> Name:
    """Sums over the features of the distances to boxes (2, boxes, features), to a power: (rows, boxes)."""
    total = ""
    for at in range(bounds.shape[2]):
        value = graph.take(tensor, at)
        below = graph.op("Max", graph.op("Sub", graph.constant(bounds[0, :, at][None]), value), graph.constant(0.0))
        above = graph.op("Max", graph.op("Sub", value, graph.constant(bounds[1, :, at][None])), graph.constant(0.0))
        term = graph.op("Add", below, above)
        if power not in (1, np.inf):
            term = graph.op("Mul", term, term) if power == 2 else graph.op("Pow", term, graph.constant(float(power)))
        total = term if not total else graph.op("Max" if power == np.inf else "Add", total, term)
    return total


def _body(count: int) -> GraphProto:
    """The next row that enters the heap of each request; it goes on while one does."""
    graph = GraphBuilder()
    heap, rows, met, far, order = STATE
    entering = graph.op("And", graph.op("Greater", order, met), graph.op("Less", far, graph.take(heap, 0)))
    number = graph.op("Where", entering, order, graph.constant(np.inf))
    first = graph.op("ReduceMin", number, axes=[1], keepdims=1)
    row = graph.op("ArgMin", number, axis=1, keepdims=1)
    found = graph.op("Less", first, graph.constant(np.inf))
    pushed, pushed_rows = _push(graph, count, graph.op("GatherElements", far, row, axis=1), row)
    again = graph.op("ReduceMax", graph.cast(found, TensorProto.INT64), keepdims=0)
    outputs: dict[str, tuple[Name, int, int]] = {
        "again": (graph.cast(again, TensorProto.BOOL), TensorProto.BOOL, 0),
        "next_distances": (graph.op("Where", found, pushed, heap), TensorProto.DOUBLE, count),
        "next_rows": (graph.op("Where", found, pushed_rows, rows), TensorProto.INT64, count),
        "next_met": (graph.op("Where", found, first, met), TensorProto.DOUBLE, 1),
        "next_all": (far, TensorProto.DOUBLE, 0),
        "next_order": (order, TensorProto.DOUBLE, 0),
    }
    made = graph.model(outputs).graph
    inputs = [
        helper.make_tensor_value_info("iteration", TensorProto.INT64, []),
        helper.make_tensor_value_info("condition", TensorProto.BOOL, []),
        *(
            helper.make_tensor_value_info(name, kind, [None, width or None])
            for name, (_, kind, width) in zip(STATE, list(outputs.values())[1:], strict=True)
        ),
    ]
    results = [helper.make_tensor_value_info("again", TensorProto.BOOL, []), *made.output[1:]]
    return helper.make_graph(list(made.node), "heap", inputs, results, list(made.initializer))


def _push(graph: GraphBuilder, count: int, value: Name, row: Name) -> tuple[Name, Name]:
    """Replace the top of the heap by a smaller value, which sinks below every larger one: distances and rows."""
    heap, rows = STATE[:2]
    hole = graph.op("Sub", row, row)
    for _ in range(int(np.log2(count))):
        padded = graph.concat([heap, graph.fill(heap, np.full(count + 1, -np.inf))])
        left = graph.op("Add", graph.op("Mul", hole, graph.integers(2)), graph.integers(1))
        right = graph.op("Add", left, graph.integers(1))
        on_left, on_right = (graph.op("GatherElements", padded, side, axis=1) for side in (left, right))
        child = graph.op("Where", graph.op("GreaterOrEqual", on_left, on_right), left, right)
        larger = graph.op("Max", on_left, on_right)
        sinks = graph.op("Less", value, larger)
        inside = graph.op("Min", child, graph.integers(count - 1))
        here = graph.op("And", graph.op("Equal", hole, graph.integers(np.arange(count)[None])), sinks)
        rows = graph.op("Where", here, graph.op("GatherElements", rows, inside, axis=1), rows)
        heap = graph.op("Where", here, larger, heap)
        hole = graph.op("Where", sinks, child, hole)
    here = graph.op("Equal", hole, graph.integers(np.arange(count)[None]))
    return graph.op("Where", here, value, heap), graph.op("Where", here, row, rows)
