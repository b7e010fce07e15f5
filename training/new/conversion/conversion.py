"""The conversion of one estimator: the graph under construction and what was learnt about the columns on the way.

Families of estimators get it as their first argument, and call it for the steps and estimators inside theirs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from training.new.conversion.graph_builder import ML, OUTPUTS, GraphBuilder, Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import PREDICTORS, TRANSFORMERS
from training.new.conversion.tree_ensemble import Ensemble
from training.new.conversion.values import UNKNOWN, Columns, Matrix, Prediction, TextColumn, Value

F = TypeVar("F", bound=Callable[..., Any])

LIBRARIES = ("sklearn", "lightgbm", "xgboost", "catboost", "training")
"""Packages whose classes may be converted. `training`: the recipe's own."""

TEXT_TO_NUMBERS = (
    (
        "la colonne « {column} » est du texte, et {step} ne lit que des nombres : encodez-la avant, par exemple avec "
        "OneHotEncoder(handle_unknown='ignore') dans un ColumnTransformer."
    ),
    (
        "column `{column}` is text, and {step} reads only numbers: encode it first, for example with "
        "OneHotEncoder(handle_unknown='ignore') in a ColumnTransformer."
    ),
)
OWN_CODE = (
    (
        "{name} ({module}) est du code à vous : un paquet ne contient que des données, jamais de code. Calculez ce "
        "qu'il fait dans le tableau (une colonne par valeur) et réentraînez, ou remplacez-le par une étape de "
        "scikit-learn."
    ),
    (
        "{name} ({module}) is code of your own: a bundle holds only data, never code. Compute what it does in the "
        "table (one column for each value) and train again, or replace it by a step of scikit-learn."
    ),
)


@dataclass(frozen=True, slots=True)
class WordInput:
    """An input of word counts: the column, and the fitted vectorizer whose words the server counts."""

    column: str
    vectorizer: Any


class Conversion:
    """One conversion.

    Attributes:
        graph: the graph under construction.
        inputs: the columns of the inputs that do not have their names, by name of the graph's input.
        words: the inputs of word counts, by name of the graph's input.
        dates: the columns of the inputs of dates, by name of the graph's input.
        unknown_refused: columns whose unknown values the estimator refuses.
        null_refused: columns whose null the estimator refuses although it was fitted on texts.
        leaves: the matrix that each predictor inside the estimator reads, by `id` of the predictor.
        ensembles: the trees of each predictor that is a sum of trees, by `id` of the predictor.
        foreign: classes that skl2onnx converted.
    """

    def __init__(self, columns: Collection[str] = ()) -> None:
        """Start the conversion of an estimator that reads these columns."""
        self.graph = GraphBuilder(columns)
        self.inputs: dict[str, str] = {}
        self.words: dict[str, WordInput] = {}
        self.dates: dict[str, str] = {}
        self.unknown_refused: set[str] = set()
        self.null_refused: set[str] = set()
        self.leaves: dict[int, Matrix] = {}
        self.ensembles: dict[int, Ensemble] = {}
        self.foreign: list[str] = []
        self._codes: dict[tuple[str, tuple[str | None, ...]], Name] = {}

    def input(self, column: str, element: str = "double") -> Name:
        """The input of a column of the table; it has the column's name unless an output has it.

        Args:
            column: its name.
            element: `double` or `string`.
        """
        if column not in OUTPUTS:
            return self.graph.input(column, element)
        known = (name for name, known in self.inputs.items() if known == column)
        name = next(known, None) or self.graph.free_name(f"{column}::column")
        self.inputs[name] = column
        return self.graph.input(name, element)

    def transform(self, step: Any, value: Value) -> Value:
        """Convert a fitted transformer, or a pipeline of them.

        Raises:
            Refusal: it has no exact conversion.
        """
        if isinstance(step, str) or step is None:  # `passthrough`
            return value
        return _converter_of(step, TRANSFORMERS)(self, step, value)

    def predict(self, estimator: Any, value: Value) -> Prediction:
        """Convert a fitted predictor, or a pipeline that ends in one.

        Raises:
            Refusal: it has no exact conversion.
        """
        return _converter_of(estimator, PREDICTORS)(self, estimator, value)

    def leaf(self, estimator: Any, value: Value) -> Matrix:
        """The matrix that a predictor reads, noted for its explanation."""
        matrix = self.matrix(value, type(estimator).__name__)
        self.leaves[id(estimator)] = matrix
        return matrix

    def matrix(self, value: Value, step: str) -> Matrix:
        """A value as one matrix.

        Args:
            value: the value.
            step: class of the step that reads it, for the error.

        Raises:
            Refusal: a column is still text.
        """
        if isinstance(value, Matrix):
            return value
        items = value.items if isinstance(value, Columns) else (value,)
        matrices = [self._numbers(item, step) if isinstance(item, TextColumn) else item for item in items]
        sources = tuple(source for matrix in matrices for source in matrix.sources)
        return Matrix(self.graph.concat([matrix.tensor for matrix in matrices]), sources)

    def columns(self, value: Value) -> Columns:
        """A value as columns of width 1."""
        if isinstance(value, TextColumn):
            return Columns((value,), (value.column,))
        if isinstance(value, Matrix):
            names = tuple(f"x{at}" for at in range(value.width))
            return Columns(tuple(self.select(value, [at]) for at in range(value.width)), names)
        if all(isinstance(item, TextColumn) or item.width == 1 for item in value):
            return value
        items: list[Matrix | TextColumn] = []
        names_: list[str] = []
        for item, name in zip(value.items, value.names, strict=True):
            parts = [item] if isinstance(item, TextColumn) else [self.select(item, [at]) for at in range(item.width)]
            items += parts
            names_ += [name] * len(parts)
        return Columns(tuple(items), tuple(names_))

    def select(self, matrix: Matrix, places: Sequence[int]) -> Matrix:
        """The columns of a matrix at these places."""
        if list(places) == list(range(matrix.width)):
            return matrix
        return Matrix(self.graph.take(matrix.tensor, places), tuple(matrix.sources[at] for at in places))

    def join(self, matrices: Sequence[Matrix]) -> Matrix:
        """Matrices side by side."""
        tensor = self.graph.concat([matrix.tensor for matrix in matrices])
        return Matrix(tensor, tuple(source for matrix in matrices for source in matrix.sources))

    def code(self, text: TextColumn) -> Name:
        """The place in `text.domain` of each row's text: (rows,) int64; that of UNKNOWN for any other text.

        A domain without UNKNOWN or None (the estimator refuses them) answers its first place for them: the contract
        of the column refuses such rows before.
        """
        key = (text.column, text.domain)
        if key not in self._codes:
            places = [at for at, known in enumerate(text.domain) if known != UNKNOWN]
            default = text.domain.index(UNKNOWN) if UNKNOWN in text.domain else places[0]
            coded = self.graph.op(
                "LabelEncoder",
                self.input(text.column, "string"),
                domain=ML,
                keys_strings=[text.domain[at] or "" for at in places],
                values_int64s=places,
                default_int64=default,
            )
            self._codes[key] = self.graph.flat(coded)
        return self._codes[key]

    def table(self, places: Name, rows: Any, sources: tuple[frozenset[str], ...]) -> Matrix:
        """Look up rows of a constant table; a one-hot table is computed by comparison, which is smaller.

        Args:
            places: (rows,) int64.
            rows: the table, (entries, width).
            sources: of its columns.
        """
        values = np.asarray(rows, dtype=np.float64)
        one_hot = values.shape[1] > 8 and np.isin(values, (0, 1)).all() and (values.sum(axis=1) <= 1).all()
        if not one_hot:
            return Matrix(self.graph.lookup(values, places), sources)
        hot = np.where(values.sum(axis=1) > 0, values.argmax(axis=1), -1)
        at = self.graph.column(self.graph.op("Gather", self.graph.integers(hot), places))
        equal = self.graph.op("Equal", at, self.graph.integers(np.arange(values.shape[1])[None]))
        return Matrix(self.graph.cast(equal), sources)

    def _numbers(self, text: TextColumn, step: str) -> Matrix:
        try:
            values = np.asarray(text.values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise Refusal(TEXT_TO_NUMBERS, column=text.column, step=step) from error
        return self.table(self.code(text), values[:, None], (frozenset({text.column}),))


def _converter_of(step: Any, table: Mapping[str, F]) -> F:
    """The function that converts a step, `*` for a class without one of its own. Raises Refusal: it is own code."""
    module, name = type(step).__module__, type(step).__name__
    if module.partition(".")[0] not in LIBRARIES:
        raise Refusal(OWN_CODE, name=name, module=module)
    return table.get(name) or table["*"]
