"""Probabilities of classes from those of pairs, by the iterations of libsvm (`multiclass_probability`).

Wu, Lin and Weng, Probability estimates for multi-class classification by pairwise coupling, 2004, algorithm 2. The
iterations stop at a tolerance, so that their result is a little off the optimum: the graph repeats them, in a Loop.
"""

from itertools import combinations

import numpy as np
from onnx import GraphProto, TensorProto, compose, helper

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import GraphBuilder, Name

SMALLEST = 1e-7
"""Smallest probability of a class against another."""
TOLERANCE = 0.005
"""Largest error at which libsvm stops, times the number of classes."""
ITERATIONS = 100


def coupled_probabilities(conversion: Conversion, pairs: Name, count: int) -> Name:
    """The probabilities of the classes: (rows, classes).

    Args:
        conversion: the conversion.
        pairs: (rows, pairs), the probability of the first class of each pair against the second.
        count: the number of classes.
    """
    graph = conversion.graph
    bounded = graph.op("Min", graph.op("Max", pairs, graph.constant(SMALLEST)), graph.constant(1.0 - SMALLEST))
    form = _quadratic_form(graph, bounded, count)
    start = graph.fill(pairs, np.full(count, 1.0 / count))
    body = compose.add_prefix_graph(_body(count), graph.new_name("loop") + "_")
    found, _ = graph.ops(
        "Loop",
        graph.integers(max(ITERATIONS, count)),
        graph.constant(1, np.bool_),
        start,
        form,
        outputs=2,
        body=body,
    )
    return found


def _quadratic_form(graph: GraphBuilder, pairs: Name, count: int) -> Name:
    """The matrix of each row that the probabilities minimise, flattened: (rows, classes * classes)."""
    places = {pair: at for at, pair in enumerate(combinations(range(count), 2))}
    against = {}
    for (one, other), at in places.items():
        against[one, other] = graph.take(pairs, at)
        against[other, one] = graph.op("Sub", graph.constant(1.0), against[one, other])
    entries = []
    for row in range(count):
        for column in range(count):
            if row == column:
                squares = [graph.op("Mul", against[at, row], against[at, row]) for at in range(count) if at != row]
                entries.append(squares[0] if len(squares) == 1 else graph.op("Sum", *squares))
            else:
                entries.append(graph.op("Neg", graph.op("Mul", against[column, row], against[row, column])))
    return graph.concat(entries)


def _body(count: int) -> GraphProto:
    """One iteration: rows that have converged stay as they are; it goes on while one has not."""
    graph = GraphBuilder()
    probabilities, form = "probabilities", "form"
    rows = [graph.take(form, range(at * count, (at + 1) * count)) for at in range(count)]
    slopes = [graph.row_sum(graph.op("Mul", row, probabilities)) for row in rows]
    slope = graph.concat(slopes)
    total = graph.row_sum(graph.op("Mul", slope, probabilities))
    error = graph.row_max(graph.op("Abs", graph.op("Sub", slope, total)))
    open_ = graph.op("GreaterOrEqual", error, graph.constant(TOLERANCE / count))
    moved = _sweep(graph, probabilities, rows, slope, total)
    kept = graph.op("Where", open_, moved, probabilities)
    again = graph.op("ReduceMax", graph.cast(open_, TensorProto.INT64), keepdims=0)
    outputs: dict[str, tuple[Name, int, int]] = {
        "again": (graph.cast(again, TensorProto.BOOL), TensorProto.BOOL, 0),
        "found": (kept, TensorProto.DOUBLE, count),
        "form_again": (form, TensorProto.DOUBLE, count * count),
    }
    made = graph.model(outputs).graph
    inputs = [
        helper.make_tensor_value_info("iteration", TensorProto.INT64, []),
        helper.make_tensor_value_info("condition", TensorProto.BOOL, []),
        helper.make_tensor_value_info(probabilities, TensorProto.DOUBLE, [None, count]),
        helper.make_tensor_value_info(form, TensorProto.DOUBLE, [None, count * count]),
    ]
    results = [helper.make_tensor_value_info("again", TensorProto.BOOL, []), *made.output[1:]]
    return helper.make_graph(list(made.node), "coupling", inputs, results, list(made.initializer))


def _sweep(graph: GraphBuilder, probabilities: Name, rows: list[Name], slope: Name, total: Name) -> Name:
    """Each probability in turn moves to its optimum, the others given."""
    for at, row in enumerate(rows):
        pivot, own = graph.take(row, at), graph.take(slope, at)
        step = graph.op("Div", graph.op("Sub", total, own), pivot)
        whole = graph.shift(step, 1.0)
        hot = graph.constant(np.eye(len(rows))[at][None])
        probabilities = graph.op("Add", probabilities, graph.op("Mul", step, hot))
        probabilities = graph.op("Div", probabilities, whole)
        twice = graph.op("Add", graph.op("Mul", step, pivot), graph.scale(own, 2.0))
        total = graph.op("Add", total, graph.op("Mul", step, twice))
        total = graph.op("Div", graph.op("Div", total, whole), whole)
        slope = graph.op("Div", graph.op("Add", slope, graph.op("Mul", step, row)), whole)
    return probabilities
