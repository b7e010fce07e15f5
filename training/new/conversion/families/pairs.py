"""Votes between pairs of classes: (0, 1), (0, 2), ..., (1, 2), ..."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name


def votes_and_scores(conversion: Conversion, second: Name, confidences: Name, count: int) -> tuple[Name, Name]:
    """How many pairs each class wins, and scikit-learn's scores of the classes: two of (rows, classes).

    Args:
        conversion: the conversion.
        second: (rows, pairs) double, 1 where the second class of the pair wins, else 0.
        confidences: (rows, pairs), how sure the second class is.
        count: the number of classes.
    """
    graph = conversion.graph
    signs, first = _signs(count)
    votes = graph.affine(second, signs, first)
    total = graph.op("MatMul", confidences, graph.constant(signs))
    bounded = graph.op("Div", total, graph.scale(graph.shift(graph.op("Abs", total), 1.0), 3.0))
    return votes, graph.op("Add", votes, bounded)


def _signs(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a win of the second class adds to the votes of each (pairs, classes), and the votes without any."""
    signs = np.zeros((count * (count - 1) // 2, count))
    first = np.zeros(count)
    for at, (one, other) in enumerate(combinations(range(count), 2)):
        signs[at, one], signs[at, other] = -1.0, 1.0
        first[one] += 1.0
    return signs, first
