"""The inverses of transformers, for targets."""

from collections.abc import Callable
from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import Pair, refusal
from training.new.conversion.families.error_function import normal_distribution
from training.new.conversion.families.interpolation import interpolate
from training.new.conversion.graph_builder import GraphBuilder, Name

OWN_FUNCTION: Pair = (
    (
        "ramène la cible par {function}, qui est du code : prenez inverse_func=np.expm1, np.exp, np.square, "
        "np.sqrt, np.log ou np.sinh, ou un transformer comme PowerTransformer"
    ),
    (
        "brings the target back by {function}, which is code: take inverse_func=np.expm1, np.exp, "
        "np.square, np.sqrt, np.log or np.sinh, or a transformer such as PowerTransformer"
    ),
)
NO_INVERSE: Pair = (
    (
        "transforme la cible par {inner}, dont un graphe ne sait pas faire l'inverse : prenez func=np.log1p et "
        "inverse_func=np.expm1, StandardScaler, PowerTransformer ou QuantileTransformer"
    ),
    (
        "transforms the target by {inner}, whose inverse a graph cannot compute: take func=np.log1p and "
        "inverse_func=np.expm1, StandardScaler, PowerTransformer or QuantileTransformer"
    ),
)
NAME = "TransformedTargetRegressor"
BOUND = 1e-7
"""Distance from an end at which scikit-learn's QuantileTransformer answers that end."""

FUNCTIONS: dict[str, Callable[[GraphBuilder, Name], Name]] = {
    "absolute": lambda graph, y: graph.op("Abs", y),
    "cbrt": lambda graph, y: graph.op(
        "Mul", graph.op("Sign", y), graph.op("Pow", graph.op("Abs", y), graph.constant(1 / 3))
    ),
    "exp": lambda graph, y: graph.op("Exp", y),
    "exp10": lambda graph, y: graph.op("Pow", graph.constant(10.0), y),
    "exp2": lambda graph, y: graph.op("Pow", graph.constant(2.0), y),
    "expm1": lambda graph, y: graph.shift(graph.op("Exp", y), -1.0),
    "log": lambda graph, y: graph.op("Log", y),
    "log10": lambda graph, y: graph.scale(graph.op("Log", y), 1 / np.log(10.0)),
    "log1p": lambda graph, y: graph.op("Log", graph.shift(y, 1.0)),
    "log2": lambda graph, y: graph.scale(graph.op("Log", y), 1 / np.log(2.0)),
    "negative": lambda graph, y: graph.op("Neg", y),
    "reciprocal": lambda graph, y: graph.op("Reciprocal", y),
    "sinh": lambda graph, y: graph.scale(graph.op("Sub", graph.op("Exp", y), graph.op("Exp", graph.op("Neg", y))), 0.5),
    "expit": lambda graph, y: graph.sigmoid(y),
    "sqrt": lambda graph, y: graph.op("Sqrt", y),
    "square": lambda graph, y: graph.op("Mul", y, y),
}
"""Functions of numpy and scipy.special by name."""


def inverse(conversion: Conversion, transformer: Any, tensor: Name, width: int) -> Name:
    """What `transformer.inverse_transform` answers: (rows, width).

    Args:
        conversion: the conversion.
        transformer: a fitted transformer, or a pipeline of them.
        tensor: (rows, width).
        width: the number of targets.

    Raises:
        Refusal: a graph has no exact inverse of it.
    """
    if isinstance(transformer, str) or transformer is None:  # `passthrough`
        return tensor
    name = type(transformer).__name__
    if name == "Pipeline":
        for _, step in reversed(transformer.steps):
            tensor = inverse(conversion, step, tensor, width)
        return tensor
    if name not in INVERSES:
        raise refusal(NAME, NO_INVERSE, inner=name)
    return INVERSES[name](conversion, transformer, tensor, width)


def _function(conversion: Conversion, transformer: Any, tensor: Name, _: int) -> Name:
    function = transformer.inverse_func
    if function is None:
        return tensor
    name = getattr(function, "__name__", str(function))
    if not isinstance(function, np.ufunc) or name not in FUNCTIONS or transformer.inv_kw_args:
        raise refusal(NAME, OWN_FUNCTION, function=name)
    return FUNCTIONS[name](conversion.graph, tensor)


def _standard(conversion: Conversion, transformer: Any, tensor: Name, _: int) -> Name:
    graph = conversion.graph
    if transformer.with_std:
        tensor = graph.scale(tensor, transformer.scale_[None])
    return graph.shift(tensor, transformer.mean_[None]) if transformer.with_mean else tensor


def _minimum_maximum(conversion: Conversion, transformer: Any, tensor: Name, _: int) -> Name:
    graph = conversion.graph
    moved = graph.op("Sub", tensor, graph.constant(transformer.min_[None]))
    return graph.op("Div", moved, graph.constant(transformer.scale_[None]))


def _maximum(conversion: Conversion, transformer: Any, tensor: Name, _: int) -> Name:
    return conversion.graph.scale(tensor, transformer.scale_[None])


def _robust(conversion: Conversion, transformer: Any, tensor: Name, _: int) -> Name:
    graph = conversion.graph
    if transformer.with_scaling:
        tensor = graph.scale(tensor, transformer.scale_[None])
    return graph.shift(tensor, transformer.center_[None]) if transformer.with_centering else tensor


def _quantile(conversion: Conversion, transformer: Any, tensor: Name, width: int) -> Name:
    graph, normal = conversion.graph, transformer.output_distribution == "normal"
    columns = []
    for at in range(width):
        quantiles = transformer.quantiles_[:, at]
        column = graph.take(tensor, at)
        share = normal_distribution(graph, column) if normal else column
        answer = interpolate(graph, share, transformer.references_, quantiles)
        if normal:
            low = graph.op("Less", share, graph.constant(BOUND))
            high = graph.op("Greater", share, graph.constant(1.0 - BOUND))
            answer = graph.op("Where", high, graph.constant(quantiles[-1]), answer)
            answer = graph.op("Where", low, graph.constant(quantiles[0]), answer)
        columns.append(answer)
    return graph.concat(columns)


def _power(conversion: Conversion, transformer: Any, tensor: Name, width: int) -> Name:
    graph = conversion.graph
    if transformer.standardize:
        tensor = _standard(conversion, transformer._scaler, tensor, width)  # noqa: SLF001
    one = _box_cox if transformer.method == "box-cox" else _yeo_johnson
    return graph.concat([one(graph, graph.take(tensor, at), float(transformer.lambdas_[at])) for at in range(width)])


def _box_cox(graph: GraphBuilder, y: Name, power: float) -> Name:
    if power == 0:
        return graph.op("Exp", y)
    return graph.op("Pow", graph.shift(graph.scale(y, power), 1.0), graph.constant(1.0 / power))


def _yeo_johnson(graph: GraphBuilder, y: Name, power: float) -> Name:
    above = graph.op("Max", y, graph.constant(0.0))
    below = graph.op("Min", y, graph.constant(0.0))
    tiny = np.spacing(1.0)
    right = _box_cox(graph, above, 0.0 if abs(power) < tiny else power)
    left = _box_cox(graph, graph.op("Neg", below), 2.0 - power if abs(power - 2) > tiny else 0.0)
    positive = graph.op("GreaterOrEqual", y, graph.constant(0.0))
    return graph.op("Where", positive, graph.shift(right, -1.0), graph.op("Sub", graph.constant(1.0), left))


INVERSES: dict[str, Callable[[Conversion, Any, Name, int], Name]] = {
    "FunctionTransformer": _function,
    "MaxAbsScaler": _maximum,
    "MinMaxScaler": _minimum_maximum,
    "PowerTransformer": _power,
    "QuantileTransformer": _quantile,
    "RobustScaler": _robust,
    "StandardScaler": _standard,
}
