"""Transformers that move and scale each column by itself."""

from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value


@transformer("StandardScaler")
def standard(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """(x - mean) / standard deviation, in the order of scikit-learn's own operations."""
    matrix = conversion.matrix(value, "StandardScaler")
    tensor = matrix.tensor
    if step.with_mean:
        tensor = conversion.graph.op("Sub", tensor, conversion.graph.constant(step.mean_[None]))
    if step.with_std:
        tensor = conversion.graph.op("Div", tensor, conversion.graph.constant(step.scale_[None]))
    return Matrix(tensor, matrix.sources)
