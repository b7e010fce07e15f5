"""FunctionTransformer, for the functions of numpy that the graph has; every other one is code."""

from collections.abc import Callable
from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.numbers import cosine, expm1, log1p
from training.new.conversion.graph_builder import GraphBuilder, Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Columns, Matrix, TextColumn, Value

OWN_FUNCTION = (
    (
        "FunctionTransformer({name}) est une fonction à vous : un paquet ne contient que des données, jamais de code. "
        "Calculez dans le tableau ce qu'elle fait de {columns} (une colonne par valeur) et réentraînez, ou "
        "remplacez-la par np.log1p, SplineTransformer ou KBinsDiscretizer."
    ),
    (
        "FunctionTransformer({name}) is a function of your own: a bundle holds only data, never code. Compute in the "
        "table what it makes of {columns} (one column for each value) and train again, or replace it by np.log1p, "
        "SplineTransformer or KBinsDiscretizer."
    ),
)
OTHER_FUNCTION = (
    (
        "FunctionTransformer({name}) n'a pas d'équivalent dans un graphe. Calculez dans le tableau ce qu'elle fait de "
        "{columns} et réentraînez, ou prenez une de ces fonctions de numpy : {known}."
    ),
    (
        "FunctionTransformer({name}) has no equivalent in a graph. Compute in the table what it makes of {columns} and "
        "train again, or take one of these functions of numpy: {known}."
    ),
)


def _operator(kind: str) -> Callable[[GraphBuilder, Name], Name]:
    return lambda graph, tensor: graph.op(kind, tensor)


def _logarithm(base: float) -> Callable[[GraphBuilder, Name], Name]:
    return lambda graph, tensor: graph.op("Div", graph.op("Log", tensor), graph.constant(np.log(base)))


def _scale(factor: float) -> Callable[[GraphBuilder, Name], Name]:
    return lambda graph, tensor: graph.scale(tensor, factor)


def _cube_root(graph: GraphBuilder, tensor: Name) -> Name:
    root = graph.op("Pow", graph.op("Abs", tensor), graph.constant(1 / 3))
    return graph.op("Mul", graph.op("Sign", tensor), root)


def _inverse_sinh(graph: GraphBuilder, tensor: Name) -> Name:
    """sign(x) * log1p(|x| + x**2 / (1 + sqrt(1 + x**2))), which loses no digits near 0."""
    magnitude, square = graph.op("Abs", tensor), graph.op("Mul", tensor, tensor)
    root = graph.op("Sqrt", graph.shift(square, 1.0))
    more = graph.op("Add", magnitude, graph.op("Div", square, graph.shift(root, 1.0)))
    return graph.op("Mul", graph.op("Sign", tensor), log1p(graph, more))


FUNCTIONS: dict[str, Callable[[GraphBuilder, Name], Name]] = {
    "absolute": _operator("Abs"),
    "arcsinh": _inverse_sinh,
    "cbrt": _cube_root,
    "ceil": _operator("Ceil"),
    "cos": cosine,
    "deg2rad": _scale(np.pi / 180),
    "degrees": _scale(180 / np.pi),
    "exp": _operator("Exp"),
    "expm1": expm1,
    "fabs": _operator("Abs"),
    "floor": _operator("Floor"),
    "isnan": lambda graph, tensor: graph.cast(graph.op("IsNaN", tensor)),
    "log": _operator("Log"),
    "log10": _logarithm(10.0),
    "log1p": log1p,
    "log2": _logarithm(2.0),
    "negative": _operator("Neg"),
    "positive": lambda _, tensor: tensor,
    "rad2deg": _scale(180 / np.pi),
    "radians": _scale(np.pi / 180),
    "rint": _operator("Round"),
    "sign": _operator("Sign"),
    "sin": _operator("Sin"),
    "sqrt": _operator("Sqrt"),
    "square": lambda graph, tensor: graph.op("Mul", tensor, tensor),
    "tanh": _operator("Tanh"),
}
"""Functions of numpy by name."""


@transformer("FunctionTransformer")
def apply_function(conversion: Conversion, step: Any, value: Value) -> Value:
    """The function on each number; the columns as they are if there is none."""
    if step.func is None:
        return value
    if step.func in (np.ravel, np.squeeze) and not step.kw_args and isinstance(value, Columns) and len(value) == 1:
        return value.items[0]
    function = FUNCTIONS.get(step.func.__name__) if isinstance(step.func, np.ufunc) else None
    if function is None or step.kw_args:
        raise _refusal(step, value)
    matrix = conversion.matrix(value, f"FunctionTransformer({step.func.__name__})")
    return Matrix(function(conversion.graph, matrix.tensor), matrix.sources)


def _refusal(step: Any, value: Value) -> Refusal:
    name = getattr(step.func, "__name__", type(step.func).__name__)
    columns = ", ".join(sorted(_columns(value)))
    module = getattr(step.func, "__module__", None) or ""
    if isinstance(step.func, np.ufunc) or module.partition(".")[0] in ("numpy", "sklearn", "scipy", "pandas"):
        return Refusal(OTHER_FUNCTION, name=name, columns=columns, known=", ".join(sorted(FUNCTIONS)))
    return Refusal(OWN_FUNCTION, name=name, columns=columns)


def _columns(value: Value) -> set[str]:
    """The columns of the table that a value is made of."""
    if isinstance(value, TextColumn):
        return {value.column}
    if isinstance(value, Matrix):
        return set(value.mixed(1)[0])
    return set[str]().union(*(_columns(item) for item in value))
