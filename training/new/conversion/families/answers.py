"""Answers of estimators inside others, as the outer one reads them: its classes, its averages, its refusals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.new.conversion.conversion import Conversion
from training.new.conversion.converter import label_of
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.values import Columns, Matrix, Prediction, Sources, TextColumn, Value

Pair = tuple[str, str]

NO_PROBABILITIES: Pair = (
    (
        "demande des probabilités à {inner}, qui n'en donne pas dans un graphe : prenez un classifieur à probabilités, "
        "par exemple CalibratedClassifierCV autour de lui"
    ),
    (
        "asks {inner} for probabilities, and it has none in a graph: take a classifier with probabilities, for example "
        "CalibratedClassifierCV around it"
    ),
)
NO_SCORES: Pair = (
    (
        "demande decision_function à {inner}, qui n'en a pas dans un graphe : prenez LogisticRegression ou "
        "HistGradientBoostingClassifier à sa place"
    ),
    (
        "asks {inner} for its decision_function, and it has none in a graph: take LogisticRegression or "
        "HistGradientBoostingClassifier instead"
    ),
)
NO_VALUE: Pair = (
    "attend un nombre de {inner}, qui est un classifieur : prenez un régresseur",
    "expects a number of {inner}, which is a classifier: take a regressor",
)
MULTILABEL: Pair = (
    "a été entraîné sur plusieurs étiquettes à la fois : prenez MultiOutputClassifier autour d'un classifieur simple",
    "was fitted on several labels at once: fit MultiOutputClassifier around a plain classifier",
)


def refusal(step: Any, text: Pair, **values: object) -> Refusal:
    """The refusal of a step: its class, then the sentence that says why and what to do.

    Args:
        step: the estimator, or the name of its class.
        text: why and what to do, French then English, without the class and the full stop.
        values: of the placeholders, by name.
    """
    name = step if isinstance(step, str) else type(step).__name__
    return Refusal((f"{{step}} {text[0]}.", f"{{step}} {text[1]}."), step=name, **values)


def dense(values: Any) -> NDArray[np.float64]:
    """A dense array of doubles, whether scikit-learn keeps it sparse or not."""
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)


def sources_of(value: Value) -> Sources:
    """Every column of the table that a value is made of."""
    if isinstance(value, TextColumn):
        return frozenset({value.column})
    if isinstance(value, Matrix):
        return frozenset[str]().union(*value.sources)
    return frozenset[str]().union(*(sources_of(item) for item in value.items))


def joined(conversion: Conversion, value: Value, step: str) -> Value:
    """One matrix where every column is a number, so that several readers share it; else the columns as they are.

    Args:
        conversion: the conversion.
        value: what the readers read.
        step: class of the outer estimator, for the error.
    """
    if isinstance(value, Columns) and value.has_text:
        return value
    return value if isinstance(value, TextColumn) else conversion.matrix(value, step)


def labels_in(conversion: Conversion, prediction: Prediction, classes: ArrayLike) -> Name:
    """The label of a classifier as an index into the classes of the outer one: (rows,) int64.

    Args:
        conversion: the conversion.
        prediction: of the inner classifier.
        classes: (classes,) of the outer estimator; it has each of the inner one's.
    """
    label, places = label_of(conversion, prediction), _places(prediction, classes)
    if places == list(range(len(places))):
        return label
    return conversion.graph.op("Gather", conversion.graph.integers(places), label)


def class_values(conversion: Conversion, prediction: Prediction) -> Name:
    """The class of each row as a number: (rows, 1)."""
    values = np.asarray(prediction.classes, dtype=np.float64)[:, None]
    return conversion.graph.lookup(values, label_of(conversion, prediction))


def one_hot(conversion: Conversion, label: Name, count: int) -> Name:
    """1 at the label of each row, else 0: (rows, count).

    Args:
        conversion: the conversion.
        label: (rows,) int64, places of classes.
        count: number of classes.
    """
    graph = conversion.graph
    return graph.cast(graph.op("Equal", graph.column(label), graph.integers(np.arange(count)[None])))


def probabilities_in(conversion: Conversion, step: Any, inner: Any, prediction: Prediction, classes: ArrayLike) -> Name:
    """The probabilities of an inner classifier in the order of the outer classes, 0 for those it does not know.

    Args:
        conversion: the conversion.
        step: the outer estimator, for the error.
        inner: the inner one, for the error.
        prediction: of the inner one.
        classes: of the outer estimator.
    """
    probabilities = own_probabilities(step, inner, prediction)
    places, count = _places(prediction, classes), len(np.asarray(classes))
    if places == list(range(count)):
        return probabilities
    return conversion.graph.op("MatMul", probabilities, conversion.graph.constant(np.eye(count)[places]))


def own_probabilities(step: Any, inner: Any, prediction: Prediction) -> Name:
    """The probabilities of an inner classifier. Raises Refusal: it has none.

    Args:
        step: the outer estimator, for the error.
        inner: the inner one, for the error.
        prediction: of the inner one.
    """
    if prediction.probabilities is None:
        raise refusal(step, NO_PROBABILITIES, inner=type(inner).__name__)
    return prediction.probabilities


def value_of(step: Any, prediction: Prediction, inner: Any) -> Name:
    """The numbers of an inner regressor. Raises Refusal: it is not one.

    Args:
        step: the outer estimator, for the error.
        prediction: of the inner one.
        inner: the inner one, for the error.
    """
    if prediction.value is None:
        raise refusal(step, NO_VALUE, inner=type(inner).__name__)
    return prediction.value


def response(conversion: Conversion, step: Any, inner: Any, prediction: Prediction) -> Name:
    """What the outer estimator reads of an inner one: decision_function, else predict_proba, else the number.

    (rows, 1) for two classes, of the second one.

    Args:
        conversion: the conversion.
        step: the outer estimator, for the error.
        inner: the inner one.
        prediction: of the inner one.

    Raises:
        Refusal: the inner estimator has none of these.
    """
    if prediction.value is not None:
        return prediction.value
    if hasattr(inner, "decision_function"):
        if prediction.scores is None:
            raise refusal(step, NO_SCORES, inner=type(inner).__name__)
        return prediction.scores
    probabilities = own_probabilities(step, inner, prediction)
    two = prediction.classes is not None and len(prediction.classes) == 2
    return conversion.graph.take(probabilities, 1) if two else probabilities


def average(conversion: Conversion, tensors: Sequence[Name], weights: ArrayLike | None = None) -> Name:
    """The weighted mean of tensors of the same shape.

    Args:
        conversion: the conversion.
        tensors: (rows, width) double, each.
        weights: one for each tensor; None: equal ones.
    """
    graph = conversion.graph
    shares = np.ones(len(tensors)) if weights is None else np.asarray(weights, dtype=np.float64)
    parts = [graph.scale(tensor, share) for tensor, share in zip(tensors, shares, strict=True)]
    return graph.op("Div", graph.op("Sum", *parts), graph.constant(shares.sum()))


def _places(prediction: Prediction, classes: ArrayLike) -> list[int]:
    known = np.asarray(classes).tolist()
    return [known.index(one) for one in np.asarray(prediction.classes).tolist()]
