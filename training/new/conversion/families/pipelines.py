"""Steps that hold other steps: pipelines, ColumnTransformer, FeatureUnion, search wrappers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import predictor, transformer
from training.new.conversion.values import Columns, Matrix, Prediction, TextColumn, Value


@transformer("Pipeline")
def transform_pipeline(conversion: Conversion, pipeline: Any, value: Value) -> Value:
    """Every step of a pipeline of transformers, in turn."""
    for _, step in pipeline.steps:
        value = conversion.transform(step, value)
    return value


@predictor("Pipeline")
def predict_pipeline(conversion: Conversion, pipeline: Any, value: Value) -> Prediction:
    """The transformers of a pipeline, then its predictor."""
    for _, step in pipeline.steps[:-1]:
        value = conversion.transform(step, value)
    return conversion.predict(pipeline.steps[-1][1], value)


@predictor("FrozenEstimator")
def predict_frozen(conversion: Conversion, frozen: Any, value: Value) -> Prediction:
    """The estimator that it holds."""
    return conversion.predict(frozen.estimator, value)


@predictor("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
def predict_search(conversion: Conversion, search: Any, value: Value) -> Prediction:
    """The best estimator of a search, fitted again on the whole table."""
    return conversion.predict(search.best_estimator_, value)


@transformer("FrozenEstimator")
def transform_frozen(conversion: Conversion, frozen: Any, value: Value) -> Value:
    """The transformer that it holds."""
    return conversion.transform(frozen.estimator, value)


@transformer("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
def transform_search(conversion: Conversion, search: Any, value: Value) -> Value:
    """The best transformer of a search."""
    return conversion.transform(search.best_estimator_, value)


@transformer("ColumnTransformer")
def transform_columns(conversion: Conversion, step: Any, value: Value) -> Value:
    """The fitted transformers of a ColumnTransformer, each on its columns, side by side."""
    columns = _as_fitted(conversion, value, getattr(step, "feature_names_in_", None))
    weights = step.transformer_weights or {}
    outputs = [
        _weighed(conversion, conversion.transform(inner, columns.select(places)), weights.get(name))
        for name, inner, selection in step.transformers_
        if not (isinstance(inner, str) and inner == "drop") and (places := places_of(columns, selection))
    ]
    return side_by_side(conversion, outputs, "ColumnTransformer")


@transformer("FeatureUnion")
def transform_union(conversion: Conversion, union: Any, value: Value) -> Value:
    """Several transformers of the same columns, side by side."""
    weights = union.transformer_weights or {}
    outputs = [
        _weighed(conversion, conversion.transform(inner, value), weights.get(name))
        for name, inner in union.transformer_list
        if not (isinstance(inner, str) and inner == "drop")
    ]
    return side_by_side(conversion, outputs, "FeatureUnion")


def _weighed(conversion: Conversion, output: Value, weight: float | None) -> Value:
    if weight is None:
        return output
    matrix = conversion.matrix(output, "transformer_weights")
    return Matrix(conversion.graph.scale(matrix.tensor, float(weight)), matrix.sources)


def _as_fitted(conversion: Conversion, value: Value, names: Any) -> Columns:
    """The columns under the names, and in the order, that a step was fitted on; without names as they are.

    A step before it may have made a table with names of its own: then the order is the same.
    """
    columns = conversion.columns(value)
    if names is None:
        return columns
    if not isinstance(value, Matrix) and set(columns.names) >= set(names):
        return columns.select([columns.names.index(name) for name in names])
    return Columns(columns.items, tuple(map(str, names)))


def places_of(columns: Columns, selection: Any) -> list[int]:
    """The places of the columns that a ColumnTransformer selects: a name, a slice, names, places or flags."""
    if isinstance(selection, str):
        return [columns.names.index(selection)]
    if isinstance(selection, slice):
        if isinstance(selection.start, str) or isinstance(selection.stop, str):  # both ends included
            first = 0 if selection.start is None else columns.names.index(selection.start)
            last = len(columns) - 1 if selection.stop is None else columns.names.index(selection.stop)
            return list(range(first, last + 1, selection.step or 1))
        return list(range(len(columns)))[selection]
    chosen = list(np.atleast_1d(np.asarray(selection, dtype=object)))
    if chosen and isinstance(chosen[0], bool | np.bool_):
        return [at for at, flag in enumerate(chosen) if flag]
    return [columns.names.index(one) if isinstance(one, str) else range(len(columns))[int(one)] for one in chosen]


def side_by_side(conversion: Conversion, outputs: Sequence[Value], step: str) -> Value:
    """Outputs of several transformers; columns if one is still text, else one matrix.

    Args:
        conversion: the conversion.
        outputs: the outputs, in order.
        step: class of the step that holds the transformers, for an error.
    """
    if not any(
        isinstance(output, TextColumn) or (isinstance(output, Columns) and output.has_text) for output in outputs
    ):
        return conversion.join([conversion.matrix(output, step) for output in outputs])
    items: list[Matrix | TextColumn] = []
    names: list[str] = []
    for output in outputs:
        part = conversion.columns(output)
        items += part
        names += [""] * len(part) if isinstance(output, Matrix) else part.names
    return Columns(tuple(items), tuple(names))
