"""Converts a fitted estimator or transformer, runs its graph, and compares the answers with scikit-learn's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

from shared.model.predictor import open_graph
from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, Feed
from training.new.conversion.conversion import Conversion
from training.new.conversion.converter import Converted, _column, _import_families, convert, feeds_of, is_text
from training.new.conversion.values import Columns, Sources

UNSEEN = "jamais vu"
TOLERANCE = 1e-9
FEATURES = "features"


@dataclass(frozen=True, slots=True)
class Transformed:
    """A converted transformer: its graph, whose output is `features`, and the columns that each feature is made of."""

    content: bytes
    feeds: tuple[Feed, ...]
    vectorizers: dict[str, Any]
    sources: tuple[Sources, ...]
    unknown_refused: frozenset[str]
    null_refused: frozenset[str]

    def features(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """What the graph answers for the rows of a table."""
        values: NDArray[np.float64] = run(self.content, self.feeds, self.vectorizers, table)[FEATURES]
        return values


def assert_same(
    estimator: Any,
    table: pd.DataFrame,
    *,
    series: bool = False,
    tolerance: float = TOLERANCE,
) -> Converted:
    """Convert a fitted predictor and compare all its answers with scikit-learn's.

    Rows: those of the table, the same with shuffled columns, with nulls where the table has some, and with an unseen
    text in each column of text that accepts one. Columns noted as refusing unknown values or null must make the
    estimator raise.

    Args:
        estimator: the fitted predictor.
        table: the columns that it was fitted on.
        series: whether it was fitted on the one column itself.
        tolerance: largest difference of a probability or score; for numbers, relative to their standard deviation.
    """
    converted = convert(estimator, table, series=series)
    content = converted.model.SerializeToString()
    for rows in row_sets(table, converted):
        answers = run(content, converted.feeds, converted.vectorizers, rows)
        _assert_answers(estimator, converted, answers, rows.iloc[:, 0] if series else rows, tolerance)
    _assert_refused(estimator.predict, converted, table, series=series)
    return converted


def convert_step(step: Any, table: pd.DataFrame, *, series: bool = False) -> Transformed:
    """Convert a fitted transformer alone."""
    _import_families()
    conversion = Conversion()
    columns = Columns(tuple(_column(conversion, table[name]) for name in table), tuple(map(str, table)))
    value = conversion.transform(step, columns.items[0] if series else columns)
    matrix = conversion.matrix(value, type(step).__name__)
    model = conversion.graph.model({FEATURES: (matrix.tensor, TensorProto.DOUBLE, matrix.width)})
    feeds = feeds_of(model, conversion)
    return Transformed(
        content=model.SerializeToString(),
        feeds=feeds,
        vectorizers={feed.vectorizer: conversion.words[feed.input].vectorizer for feed in feeds if feed.vectorizer},
        sources=matrix.sources,
        unknown_refused=frozenset(conversion.unknown_refused),
        null_refused=frozenset(conversion.null_refused),
    )


def assert_transforms(
    step: Any,
    table: pd.DataFrame,
    *,
    series: bool = False,
    tolerance: float = TOLERANCE,
) -> Transformed:
    """Convert a fitted transformer and compare its features with scikit-learn's, on the rows of `assert_same`."""
    transformed = convert_step(step, table, series=series)
    for rows in row_sets(table, transformed):
        expected = dense(step.transform(rows.iloc[:, 0] if series else rows))
        features = transformed.features(rows)
        assert features.shape == expected.shape
        np.testing.assert_allclose(features, expected, rtol=tolerance, atol=tolerance)
    _assert_refused(step.transform, transformed, table, series=series)
    return transformed


def dense(values: Any) -> NDArray[np.float64]:
    """What a transformer answers as doubles, whether sparse, a DataFrame or an array."""
    values = values.toarray() if hasattr(values, "toarray") else values
    return np.asarray(values, dtype=np.float64)


def run(
    content: bytes, feeds: tuple[Feed, ...], vectorizers: dict[str, Any], table: pd.DataFrame
) -> dict[str, NDArray[Any]]:
    """Run a graph on the rows of a table: its outputs by name.

    Args:
        content: the graph.
        feeds: its inputs.
        vectorizers: fitted vectorizers by `Feed.vectorizer`.
        table: the rows.
    """
    session = open_graph(content)
    inputs = {feed.input: _input(feed, vectorizers, table[feed.column]) for feed in feeds}
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def _input(feed: Feed, vectorizers: dict[str, Any], column: "pd.Series[Any]") -> NDArray[Any]:
    if feed.form == "number":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
    texts = np.array(["" if pd.isna(text) else str(text) for text in column], dtype=object)
    return word_counts(vectorizers[feed.vectorizer], texts) if feed.form == "counts" else texts[:, None]


def word_counts(vectorizer: Any, texts: Any) -> NDArray[np.float64]:
    """How often each text has each word of a fitted vectorizer, before weights and norms."""
    if isinstance(vectorizer, HashingVectorizer):
        plain = HashingVectorizer(**{**vectorizer.get_params(), "norm": None})
        return dense(plain.transform(texts))
    return dense(CountVectorizer.transform(vectorizer, texts))


def row_sets(table: pd.DataFrame, converted: Converted | Transformed) -> Iterator[pd.DataFrame]:
    """The rows to compare: see `assert_same`."""
    random = np.random.default_rng(0)
    yield table
    shuffled = pd.DataFrame({name: table[name].to_numpy()[random.permutation(len(table))] for name in table})
    shuffled = shuffled.astype(dict(table.dtypes))
    yield shuffled
    holes = shuffled.copy()
    for name in map(str, table):
        if not table[name].isna().any() or name in converted.null_refused:
            continue
        holes.loc[random.random(len(table)) < 0.3, name] = np.nan
    yield holes
    for name in map(str, table):
        if is_text(table[name]) and name not in converted.unknown_refused:
            yield with_unseen(shuffled, name)


def with_unseen(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Some rows of a table, with an unseen text in one column."""
    rows = table.iloc[:5].copy()
    if isinstance(rows[name].dtype, pd.CategoricalDtype):
        rows[name] = rows[name].cat.add_categories([UNSEEN])
    rows.loc[rows.index[:3], name] = UNSEEN
    return rows


def _assert_refused(answer: Any, converted: Converted | Transformed, table: pd.DataFrame, *, series: bool) -> None:
    changed = [with_unseen(table, name) for name in converted.unknown_refused if is_text(table[name])]
    for name in converted.null_refused:
        rows = table.iloc[:5].copy()
        rows.loc[rows.index[0], name] = np.nan
        changed.append(rows)
    for rows in changed:
        try:
            answer(rows.iloc[:, 0] if series else rows)
        except (ValueError, TypeError, AttributeError):
            continue
        raise AssertionError("the estimator answers what the conversion notes as refused")


def _assert_answers(
    estimator: Any, converted: Converted, answers: dict[str, NDArray[Any]], rows: Any, tolerance: float
) -> None:
    predicted = np.asarray(estimator.predict(rows))
    if converted.kind == CLASSES:
        _assert_labels(converted, answers, predicted)
    elif converted.kind == OUTLIERS:
        np.testing.assert_array_equal(answers["label"][:, 0], predicted == 1)
    elif converted.kind == CLUSTERS:
        np.testing.assert_array_equal(answers["label"][:, 0], predicted)
    else:
        expected = predicted.reshape(len(predicted), -1)
        scale = np.maximum(expected.std(axis=0), 1e-12)
        np.testing.assert_allclose(answers["value"] / scale, expected / scale, rtol=tolerance, atol=tolerance)
    _assert_numbers(estimator, answers, rows, tolerance)


def _assert_labels(converted: Converted, answers: dict[str, NDArray[Any]], predicted: NDArray[Any]) -> None:
    columns = predicted.reshape(len(predicted), -1)
    for at, classes in enumerate(converted.labels):
        got = np.asarray(classes)[answers["label"][:, at]]
        np.testing.assert_array_equal(got, columns[:, at].astype(got.dtype))


def _assert_numbers(estimator: Any, answers: dict[str, NDArray[Any]], rows: Any, tolerance: float) -> None:
    if hasattr(estimator, "predict_proba"):
        expected = estimator.predict_proba(rows)
        both = np.hstack(expected) if isinstance(expected, list) else expected
        np.testing.assert_allclose(answers["probabilities"], both, rtol=0, atol=tolerance)
    if "scores" in answers and hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(rows))
        scores = scores.reshape(len(scores), -1)
        np.testing.assert_allclose(answers["scores"], scores, rtol=tolerance, atol=tolerance)
