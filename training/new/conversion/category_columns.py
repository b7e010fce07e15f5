"""Categories inside trees: their codes, and one column of 0 (left) and 1 (right) for each set that a node asks for.

Such a column is compared with LEFT_OR_RIGHT, so that every node of an ensemble compares in the same way.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from training.new.conversion.conversion import Conversion
from training.new.conversion.refusal import Refusal
from training.new.conversion.values import Matrix, TextColumn

LEFT_OR_RIGHT = 0.5
"""Threshold of the nodes that read such a column."""

OTHER_TYPE = (
    (
        "{step} a appris la colonne « {column} » comme du texte (« {example} »), et le tableau y a des nombres : "
        "donnez-le en Parquet (frame.to_parquet), qui garde le texte, ou réentraînez sur les nombres."
    ),
    (
        "{step} learnt the column `{column}` as text (`{example}`), and the table has numbers there: give it as "
        "Parquet (frame.to_parquet), which keeps the text, or train again on the numbers."
    ),
)


def codes(conversion: Conversion, item: Matrix | TextColumn, categories: Sequence[Any], step: str) -> Matrix:
    """The place in `categories` of each row's value, NaN for any other and for null: width 1.

    Args:
        conversion: the conversion.
        item: a column, of texts or of numbers.
        categories: the known values in the order of their codes, without null.
        step: class of the estimator, for the error.

    Raises:
        Refusal: the categories are texts and the column numbers.
    """
    if isinstance(item, TextColumn):
        place = {str(category): float(at) for at, category in enumerate(categories)}
        values = np.array([[place.get(str(value), np.nan)] for value in item.values])
        return conversion.table(conversion.code(item), values, (frozenset({item.column}),))
    try:
        known = np.asarray(categories, dtype=np.float64)
    except ValueError as error:
        column = ", ".join(sorted(item.sources[0]))
        raise Refusal(OTHER_TYPE, step=step, column=column, example=categories[0]) from error
    return Matrix(_places(conversion, item, known), item.sources)


def _places(conversion: Conversion, item: Matrix, known: NDArray[np.float64]) -> str:
    graph = conversion.graph
    if not known.size:
        return graph.fill(item.tensor, np.nan)
    equal = graph.cast(graph.op("Equal", item.tensor, graph.constant(known[None])))
    place = graph.cast(graph.column(graph.argmax(equal)))
    found = graph.op("Greater", graph.row_max(equal), graph.constant(0.0))
    return graph.op("Where", found, place, graph.constant(np.nan))


class CategoryColumns:
    """The columns that are added to a matrix of features, some of them codes of categories.

    Attributes:
        matrix: the features.
    """

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self._places: dict[tuple[int, bytes], int] = {}

    def place(self, feature: int, right: NDArray[np.bool_], *, other: bool, missing: bool) -> int:
        """The column that says where a node sends each row, in the matrix that `with_columns` makes.

        Args:
            feature: the column of codes.
            right: whether each code goes right: code 0, 1, ...
            other: whether any other number does.
            missing: whether NaN does.
        """
        known = np.trim_zeros(right != other, "b") != other
        key = (feature, np.array([missing, other, *known], dtype=np.bool_).tobytes())
        return self._places.setdefault(key, self.matrix.width + len(self._places))

    def with_columns(self, conversion: Conversion) -> tuple[Matrix, tuple[int, ...]]:
        """The features and the columns after them, and for each of both the feature that it stands for."""
        own = range(self.matrix.width)
        if not self._places:
            return self.matrix, tuple(own)
        parts, order = [self.matrix], list(own)
        for feature in sorted({feature for feature, _ in self._places}):
            asked = [key for key in self._places if key[0] == feature]
            parts.append(self._lookup(conversion, feature, [sides for _, sides in asked]))
            order += [self._places[key] for key in asked]
        features = tuple(own) + tuple(feature for feature, _ in self._places)
        return conversion.select(conversion.join(parts), np.argsort(order).tolist()), features

    def _lookup(self, conversion: Conversion, feature: int, asked: Sequence[bytes]) -> Matrix:
        """The columns that the nodes ask of one feature, from one table: NaN, any other number, code 0, 1, ..."""
        graph = conversion.graph
        sides = [np.frombuffer(one, dtype=np.bool_) for one in asked]
        size = max(map(len, sides))
        table = np.stack([np.concatenate([one, np.repeat(one[1], size - len(one))]) for one in sides], axis=1)
        code = conversion.select(self.matrix, [feature])
        above = graph.op("GreaterOrEqual", code.tensor, graph.constant(size - 2.0))
        below = graph.op("LessOrEqual", code.tensor, graph.constant(-1.0))
        known = graph.op("Where", graph.op("Or", above, below), graph.constant(-1.0), code.tensor)
        place = graph.op("Where", graph.op("IsNaN", code.tensor), graph.constant(-2.0), known)
        whole = graph.op("Add", graph.cast(place, TensorProto.INT64), graph.integers(2))
        rows = graph.op("Gather", graph.constant(table, np.bool_), graph.flat(whole), axis=0)
        return Matrix(graph.cast(rows), code.sources * len(sides))


def members(words: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which numbers a bitset of 32-bit words has: (32 * words,)."""
    return np.unpackbits(np.ascontiguousarray(words, dtype="<u4").view(np.uint8), bitorder="little").astype(np.bool_)
