"""B-splines as tables of polynomials: between two knots each basis function is one."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import count_reached, gather_cells, padded
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value

RAISES = (
    (
        "SplineTransformer(extrapolation='error') refuse les nombres hors de ceux de l'apprentissage ({columns}) : "
        "prenez extrapolation='constant' ou 'linear' et réentraînez."
    ),
    (
        "SplineTransformer(extrapolation='error') refuses numbers outside those of the training data ({columns}): "
        "take extrapolation='constant' or 'linear' and train again."
    ),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """The basis functions from `start` to the start of the next piece.

    Attributes:
        start: smallest number of the piece.
        origin: where the polynomials' variable is 0.
        size: how far from `origin` it is 1.
        powers: coefficients (degree + 1, functions), highest power first.
    """

    start: float
    origin: float
    size: float
    powers: NDArray[np.float64]


@transformer("SplineTransformer")
def splines(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The basis functions of all columns at once: find the piece, then evaluate its polynomials (Horner)."""
    graph = conversion.graph
    matrix = conversion.matrix(value, "SplineTransformer")
    if step.extrapolation == "error":
        raise Refusal(RAISES, columns=", ".join(sorted(matrix.mixed(1)[0])))
    tensor = _in_period(graph, step, matrix.tensor) if step.extrapolation == "periodic" else matrix.tensor
    basis = _evaluated(graph, tensor, [_pieces(step, at) for at in range(matrix.width)])
    if getattr(step, "handle_missing", "error") == "zeros":
        missing = graph.op("Unsqueeze", graph.op("IsNaN", matrix.tensor), graph.integers([2]))
        basis = graph.op("Where", missing, graph.constant(0.0), basis)
    return _kept(conversion, step, matrix, basis)


def _kept(conversion: Conversion, step: Any, matrix: Matrix, basis: Name) -> Matrix:
    """The features: without `include_bias` the last function of each column is left out."""
    graph = conversion.graph
    functions = step.bsplines_[0].c.shape[1]
    whole = graph.op("Reshape", basis, graph.integers([-1, matrix.width * functions]))
    sources = tuple(source for source in matrix.sources for _ in range(functions))
    kept = [at for at in range(len(sources)) if step.include_bias or (at + 1) % functions]
    return conversion.select(Matrix(whole, sources), kept)


def _in_period(graph: GraphBuilder, step: Any, tensor: Name) -> Name:
    """Each number moved by whole periods into the knots' range; 0 in a column of one value, as scikit-learn has it."""
    starts = np.array([spline.t[spline.k] for spline in step.bsplines_])
    periods = np.array([spline.t[spline.t.size - spline.k - 1] for spline in step.bsplines_]) - starts
    some = periods > 0
    period = graph.constant(np.where(some, periods, 1.0)[None])
    rest = graph.op("Mod", graph.shift(tensor, -starts[None]), period, fmod=1)
    negative = graph.op("Less", rest, graph.constant(0.0))
    moved = graph.shift(graph.op("Where", negative, graph.op("Add", rest, period), rest), starts[None])
    return graph.op("Where", graph.constant(some[None], bool), moved, graph.constant(0.0))


def _evaluated(graph: GraphBuilder, tensor: Name, columns: list[list[Piece]]) -> Name:
    """The basis functions (rows, columns, functions)."""
    places = count_reached(graph, tensor, padded([np.array([piece.start for piece in each[1:]]) for each in columns]))
    most = max(map(len, columns))
    full = [each + [each[-1]] * (most - len(each)) for each in columns]
    origins = np.array([[piece.origin for piece in each] for each in full])
    sizes = np.array([[piece.size for piece in each] for each in full])
    powers = np.array([[piece.powers for piece in each] for each in full])  # (columns, pieces, degree + 1, functions)
    moved = graph.op("Sub", tensor, gather_cells(graph, origins, places))
    variable = graph.op("Unsqueeze", graph.op("Div", moved, gather_cells(graph, sizes, places)), graph.integers([2]))
    basis = gather_cells(graph, powers[:, :, 0], places)
    for at in range(1, powers.shape[2]):
        basis = graph.op("Add", graph.op("Mul", basis, variable), gather_cells(graph, powers[:, :, at], places))
    return basis


def _pieces(step: Any, column: int) -> list[Piece]:
    """The pieces of one column, in order, the last knot as a piece of its own."""
    spline = step.bsplines_[column]
    margin = _margin(step, column)
    first, last = float(spline.t[margin]), float(spline.t[-margin - 1])
    knots = np.unique(np.clip(spline.t, first, last))
    inner = [_sampled(spline, left, left, right - left) for left, right in pairwise(knots)]
    if step.extrapolation == "periodic":
        return inner or [_constant(spline, 0.0, spline(0.0))]
    below, above = _outside(step, spline, first, last, _ends(step, margin))
    return [below, *inner, _constant(spline, last, spline(last)), above]


def _margin(step: Any, column: int) -> int:
    """The number of knots before the first that counts: the degree.

    With extrapolation='linear' scikit-learn 1.9 adds 1 to a degree of 0 or 1 at each column until it is 2, and so
    continues later columns from other knots.
    """
    degree = int(step.bsplines_[column].k)
    if step.extrapolation != "linear" or degree > 1:
        return degree
    return min(degree + column, 2)


def _ends(step: Any, margin: int) -> int:
    """The number of functions at each end that scikit-learn continues."""
    return margin + 1 if step.extrapolation == "linear" and margin <= 1 else margin


def _outside(step: Any, spline: Any, first: float, last: float, ends: int) -> tuple[Piece, Piece]:
    """What comes before the first knot and after the last one; only the `ends` functions at each end are not 0."""
    after = float(np.nextafter(last, np.inf))
    if step.extrapolation == "continue":
        size = (last - first) or 1.0
        return _sampled(spline, -np.inf, first, -size), _sampled(spline, after, last, size)
    functions = spline.c.shape[1]
    place = np.arange(functions)
    pieces = []
    for at, start, near in ((first, -np.inf, place < ends), (last, after, place >= functions - ends)):
        powers = np.zeros((max(spline.k, 1) + 1, functions))
        powers[-1] = np.where(near, spline(at), 0.0)
        if step.extrapolation == "linear":
            powers[-2] = np.where(near, spline(at, nu=1), 0.0)
        pieces.append(Piece(start, at, 1.0, powers))
    return pieces[0], pieces[1]


def _constant(spline: Any, start: float, values: NDArray[np.float64]) -> Piece:
    powers = np.zeros((max(spline.k, 1) + 1, len(values)))
    powers[-1] = values
    return Piece(start, start, 1.0, powers)


def _sampled(spline: Any, start: float, origin: float, size: float) -> Piece:
    """The polynomials through as many points of the piece as they have coefficients."""
    degree = max(spline.k, 1)
    points = (1 - np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))) / 2
    powers = np.linalg.solve(np.vander(points, degree + 1), spline(origin + points * size))
    return Piece(start, origin, size, powers)
