"""Transformers that keep some of the columns."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, Value


@transformer(
    "SelectKBest",
    "SelectPercentile",
    "SelectFpr",
    "SelectFdr",
    "SelectFwe",
    "GenericUnivariateSelect",
    "SelectFromModel",
    "VarianceThreshold",
    "RFE",
    "RFECV",
    "SequentialFeatureSelector",
)
def select(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The columns that were chosen in training."""
    matrix = conversion.matrix(value, type(step).__name__)
    return conversion.select(matrix, np.flatnonzero(step.get_support()).tolist())
