"""The columns that reach an encoder inside a fitted estimator: their integers are codes, not amounts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

ENCODERS = frozenset({"OneHotEncoder", "OrdinalEncoder", "TargetEncoder"})

_KEEPING = frozenset({"SimpleImputer", "FunctionTransformer"})
"""Transformers that keep the columns as they are, in order."""
_INNER = ("best_estimator_", "estimator_", "regressor_", "classifier_", "estimator")


def encoded_columns(estimator: Any, names: Sequence[str]) -> frozenset[str]:
    """The columns that reach an encoder, or that the estimator itself takes as categories.

    Args:
        estimator: fitted.
        names: the columns that it reads, in order.
    """
    return frozenset(_encoded(estimator, list(names)))


def _encoded(step: Any, names: list[str]) -> set[str]:
    if type(step).__name__ in ENCODERS:
        return set(names)
    if steps := getattr(step, "steps", None):
        return _through([inner for _, inner in steps], names)
    if hasattr(step, "transformers_"):
        return _of_transformers(step, names)
    if union := getattr(step, "transformer_list", None):
        return set().union(*(_encoded(inner, names) for _, inner in union))
    native = getattr(step, "is_categorical_", None)
    if native is not None and len(native) == len(names):
        return {name for name, is_category in zip(names, native, strict=True) if is_category}
    return set().union(*(_encoded(inner, names) for inner in _inner(step)))


def _through(steps: list[Any], names: list[str]) -> set[str]:
    """The columns that the first encoder of a pipeline gets."""
    for step in steps:
        if isinstance(step, str) or step is None or type(step).__name__ in _KEEPING:
            continue
        return _encoded(step, names)
    return set()


def _of_transformers(step: Any, names: list[str]) -> set[str]:
    found: set[str] = set()
    for _, inner, selection in step.transformers_:
        if not isinstance(inner, str):
            found |= _encoded(inner, _selected(selection, names))
    return found


def _selected(selection: Any, names: list[str]) -> list[str]:
    """The names of the columns that a ColumnTransformer selects."""
    if isinstance(selection, str):
        return [selection]
    if isinstance(selection, slice):
        first, last = selection.start, selection.stop
        if isinstance(first, str) or isinstance(last, str):  # both ends included
            start = names.index(first) if first else 0
            return names[start : names.index(last) + 1 if last else None]
        return names[selection]
    chosen = list(np.atleast_1d(np.asarray(selection, dtype=object)))
    if chosen and isinstance(chosen[0], bool | np.bool_):
        return [name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen]
    return [one if isinstance(one, str) else names[int(one)] for one in chosen]


def _inner(step: Any) -> list[Any]:
    """The fitted estimators inside another one."""
    single = [inner for name in _INNER if (inner := getattr(step, name, None)) is not None and hasattr(inner, "fit")]
    several = np.ravel(np.asarray(getattr(step, "estimators_", ()), dtype=object))
    calibrated = [one.estimator for one in getattr(step, "calibrated_classifiers_", [])[:1]]
    flat = [inner for inner in several if hasattr(inner, "fit")]
    whole = [inner for inner in flat if type(inner).__name__ in ("Pipeline", "ColumnTransformer")]
    return [*single[:1], *calibrated, *whole]
