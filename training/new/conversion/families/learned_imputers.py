"""Imputers that predict a missing value from the other columns: in turns by an estimator, or from near rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.imputers import is_missing, with_indicator
from training.new.conversion.families.numbers import clip
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value

FAR = 1e300
"""Stands for the distance to a row that has no value in common, squared."""

SAMPLED = (
    "IterativeImputer(sample_posterior=True) tire ses réponses au hasard : mettez sample_posterior=False, réentraînez.",
    "IterativeImputer(sample_posterior=True) draws its answers at random: set sample_posterior=False and train again.",
)
OWN_KNN = (
    (
        "KNNImputer avec une fonction à vous (metric ou weights) : un paquet ne contient que des données. Prenez "
        "metric='nan_euclidean' et weights='uniform' ou 'distance'."
    ),
    (
        "KNNImputer with a function of your own (metric or weights): a bundle holds only data. Take "
        "metric='nan_euclidean' and weights='uniform' or 'distance'."
    ),
)


@transformer("IterativeImputer")
def impute_in_turns(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Each estimator of the fitted sequence in turn, on the columns as they are by then."""
    if step.sample_posterior:
        raise Refusal(SAMPLED)
    whole = conversion.matrix(value, "IterativeImputer")
    empty = np.asarray(step._is_empty_feature)  # noqa: SLF001
    kept = np.arange(whole.width) if step.keep_empty_features else np.flatnonzero(~empty)
    missing = is_missing(conversion, conversion.select(whole, kept.tolist()).tensor, step.missing_values)
    filled = conversion.transform(step.initial_imputer_, whole)
    tensor = conversion.matrix(filled, "IterativeImputer").tensor
    sources = _mixed(whole, kept, step)
    turns = step.imputation_sequence_ if step.n_iter_ else []
    for turn in turns:
        tensor = _turn(conversion, step, turn, Matrix(tensor, sources), missing)
    return with_indicator(conversion, step, whole, Matrix(tensor, sources))


def _mixed(whole: Matrix, kept: NDArray[Any], step: Any) -> tuple[frozenset[str], ...]:
    """A column that is imputed depends on all; the others on themselves."""
    imputed = {int(turn.feat_idx) for turn in step.imputation_sequence_}
    everything = whole.mixed(1)[0]
    return tuple(everything if at in imputed else whole.sources[place] for at, place in enumerate(kept))


def _turn(conversion: Conversion, step: Any, turn: Any, matrix: Matrix, missing: Name) -> Name:
    graph = conversion.graph
    at = int(turn.feat_idx)
    predicted = conversion.predict(
        turn.estimator, conversion.select(matrix, [int(one) for one in turn.neighbor_feat_idx])
    )
    if predicted.value is None:
        raise TypeError("the estimator of an IterativeImputer is a regressor")
    clipped = clip(graph, predicted.value, step._min_value[at], step._max_value[at])  # noqa: SLF001
    here = np.zeros((1, matrix.width), dtype=bool)
    here[0, at] = True
    imputed = graph.op("And", missing, graph.constant(here, bool))
    return graph.op("Where", imputed, clipped, matrix.tensor)


@transformer("KNNImputer")
def impute_from_near_rows(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The mean of the nearest rows of the training data that have the value, on the columns that both rows have."""
    if step.metric != "nan_euclidean" or callable(step.weights):
        raise Refusal(OWN_KNN)
    graph = conversion.graph
    whole = conversion.matrix(value, "KNNImputer")
    missing = is_missing(conversion, whole.tensor, step.missing_values)
    distances = _distances(conversion, step, whole, missing)
    kept = np.flatnonzero(step._valid_mask)  # noqa: SLF001
    imputed = graph.concat([_near(conversion, step, distances, int(at)) for at in kept])
    before = conversion.select(whole, kept.tolist())
    tensor = graph.op("Where", is_missing(conversion, before.tensor, step.missing_values), imputed, before.tensor)
    filled = Matrix(tensor, whole.mixed(len(kept)))
    if step.keep_empty_features and len(kept) < whole.width:
        filled = _with_empty(conversion, filled, kept, whole)
    return with_indicator(conversion, step, whole, filled)


def _distances(conversion: Conversion, step: Any, whole: Matrix, missing: Name) -> Name:
    """Squared distances to the rows of the training data, as if the columns that are missing were like the others."""
    graph = conversion.graph
    present = (~step._mask_fit_X).astype(np.float64)  # noqa: SLF001
    known = np.where(step._mask_fit_X, 0.0, step._fit_X)  # noqa: SLF001
    here = graph.op("Sub", graph.constant(1.0), graph.cast(missing))
    values = graph.op("Where", missing, graph.constant(0.0), whole.tensor)
    squares = graph.op("MatMul", graph.op("Mul", values, values), graph.constant(present.T))
    squares = graph.op("Add", squares, graph.op("MatMul", here, graph.constant((known**2).T)))
    products = graph.op("MatMul", values, graph.constant(2.0 * known.T))
    common = graph.op("MatMul", here, graph.constant(present.T))
    none = graph.op("Equal", common, graph.constant(0.0))
    share = graph.op("Div", graph.constant(float(whole.width)), graph.op("Where", none, graph.constant(1.0), common))
    near = graph.op("Mul", graph.op("Max", graph.op("Sub", squares, products), graph.constant(0.0)), share)
    return graph.op("Where", none, graph.constant(FAR), near)


def _near(conversion: Conversion, step: Any, distances: Name, at: int) -> Name:
    """One column from its nearest donors; its mean where no donor has a column in common."""
    graph = conversion.graph
    donors = np.flatnonzero(~step._mask_fit_X[:, at])  # noqa: SLF001
    values = step._fit_X[donors, at]  # noqa: SLF001
    count = graph.integers([min(step.n_neighbors, len(donors))])
    near, places = graph.ops("TopK", graph.take(distances, donors), count, outputs=2, axis=1, largest=0, sorted=1)
    weights = _weights(conversion, step, near)
    total = graph.row_sum(weights)
    nobody = graph.op("Equal", total, graph.constant(0.0))
    summed = graph.row_sum(graph.op("Mul", graph.op("Gather", graph.constant(values), places), weights))
    mean = graph.op("Div", summed, graph.op("Where", nobody, graph.constant(1.0), total))
    return graph.op("Where", nobody, graph.constant(float(values.mean())), mean)


def _weights(conversion: Conversion, step: Any, near: Name) -> Name:
    """The weight of each donor: 1, or 1 / distance; where a distance is 0, only the donors at 0 count."""
    graph = conversion.graph
    usable = graph.cast(graph.op("Less", near, graph.constant(FAR / 10)))
    if step.weights == "uniform":
        return usable
    same = graph.cast(graph.op("Equal", near, graph.constant(0.0)))
    distance = graph.op("Sqrt", graph.op("Add", near, same))
    inverse = graph.op("Mul", graph.op("Div", graph.constant(1.0), distance), usable)
    return graph.op("Where", graph.op("Greater", graph.row_sum(same), graph.constant(0.0)), same, inverse)


def _with_empty(conversion: Conversion, filled: Matrix, kept: NDArray[Any], whole: Matrix) -> Matrix:
    """The columns again with 0 in those that were empty in training."""
    zero = Matrix(conversion.graph.fill(filled.tensor, 0.0), (frozenset(),))
    places = np.full(whole.width, len(kept))
    places[kept] = np.arange(len(kept))
    return conversion.select(conversion.join([filled, zero]), places.tolist())
