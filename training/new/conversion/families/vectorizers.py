"""Vectorizers: the server counts the words, the graph weighs them."""

from typing import Any

import numpy as np
import pandas as pd

from training.new.conversion.conversion import Conversion, WordInput
from training.new.conversion.families.scalers import normalized
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Columns, Matrix, TextColumn, Value

WIDEST = 2**17
"""Largest number of hashed words, columns: a row of doubles is 1 MB."""

OWN_FUNCTION = (
    (
        "{step} de la colonne « {column} » coupe le texte par une fonction à vous ({name}) : un paquet ne contient que "
        "des données, jamais de code. Prenez token_pattern, ngram_range, stop_words ou strip_accents, et réentraînez."
    ),
    (
        "{step} of column `{column}` splits the text by a function of your own ({name}): a bundle holds only data, "
        "never code. Take token_pattern, ngram_range, stop_words or strip_accents, and train again."
    ),
)
TOO_WIDE = (
    (
        "HashingVectorizer de la colonne « {column} » compte {width} mots, soit {megabytes} Mo par ligne : mettez "
        "n_features=2**14 et réentraînez, ou prenez TfidfVectorizer."
    ),
    (
        "HashingVectorizer of column `{column}` counts {width} words, {megabytes} MB a row: set n_features=2**14 and "
        "train again, or take TfidfVectorizer."
    ),
)
NOT_TEXT = (
    "{step} lit une colonne de texte, par son nom seul (« texte », et non [« texte »]), telle qu'elle est au tableau.",
    "{step} reads one column of text, by its name alone (`text`, not [`text`]), as it is in the table.",
)


@transformer("CountVectorizer", "HashingVectorizer", "TfidfVectorizer")
def count_words(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """How often each text has each word, weighed. The counts are an input of the graph."""
    text = _text(conversion, step, value)
    _check(step, text.column)
    counts = _counts(conversion, step, text)
    kind = type(step).__name__
    if kind == "HashingVectorizer":
        return Matrix(normalized(conversion.graph, counts.tensor, step.norm, 0.0), counts.sources)
    return counts if kind == "CountVectorizer" else weigh_words(conversion, step, counts)


@transformer("TfidfTransformer")
def weigh_words(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Counts times the rarity of each word, each row divided by its norm."""
    graph = conversion.graph
    counts = conversion.matrix(value, type(step).__name__)
    tensor = _sublinear(graph, counts.tensor) if step.sublinear_tf else counts.tensor
    if step.use_idf:
        tensor = graph.scale(tensor, np.asarray(step.idf_)[None])
    return Matrix(normalized(graph, tensor, step.norm, 0.0), counts.sources)


def _sublinear(graph: GraphBuilder, tensor: Name) -> Name:
    """1 + log(count), 0 for 0."""
    some = graph.op("Greater", tensor, graph.constant(0.0))
    logarithm = graph.op("Log", graph.op("Where", some, tensor, graph.constant(1.0)))
    return graph.op("Where", some, graph.shift(logarithm, 1.0), tensor)


def _counts(conversion: Conversion, step: Any, text: TextColumn) -> Matrix:
    """A new input for the counts of a fitted vectorizer; the same one if it comes again."""
    for name, known in conversion.words.items():
        if known.column == text.column and known.vectorizer is step:
            return Matrix(name, (frozenset({text.column}),) * _width(step))
    name = conversion.graph.free_name(f"{text.column}::words")
    conversion.words[name] = WordInput(text.column, step)
    return Matrix(conversion.graph.input(name, "double", _width(step)), (frozenset({text.column}),) * _width(step))


def _width(step: Any) -> int:
    return int(step.n_features) if type(step).__name__ == "HashingVectorizer" else len(step.vocabulary_)


def _text(conversion: Conversion, step: Any, value: Value) -> TextColumn:
    """The column. Null is refused, as the vectorizer does, unless an imputer made a text without words of it."""
    text = value.items[0] if isinstance(value, Columns) and len(value) == 1 else value
    if not isinstance(text, TextColumn):
        raise Refusal(NOT_TEXT, step=type(step).__name__)
    for was, now in zip(text.domain, text.values, strict=True):
        if was is None and (now is None or pd.isna(now)):
            conversion.null_refused.add(text.column)
        elif now != was and not (was is None and str(now).strip() == ""):
            raise Refusal(NOT_TEXT, step=type(step).__name__)
    return text


def _check(step: Any, column: str) -> None:
    kind = type(step).__name__
    own = next((one for one in (step.analyzer, step.tokenizer, step.preprocessor) if callable(one)), None)
    if own is not None:
        name = getattr(own, "__name__", type(own).__name__)
        raise Refusal(OWN_FUNCTION, step=kind, column=column, name=name)
    if kind == "HashingVectorizer" and step.n_features > WIDEST:
        megabytes = round(step.n_features * 8 / 2**20)
        raise Refusal(TOO_WIDE, column=column, width=step.n_features, megabytes=megabytes)
