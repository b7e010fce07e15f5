"""An estimator in a few words: the classes of its steps."""

from collections.abc import Sequence
from typing import Any

MOST_PARTS = 4
"""Parts named of a step that holds others."""


def outline(estimator: Any) -> str:
    """The steps of an estimator, such as `ColumnTransformer(OneHotEncoder, StandardScaler) > LogisticRegression`."""
    if hasattr(estimator, "best_estimator_"):
        return f"{type(estimator).__name__}: {outline(estimator.best_estimator_)}"
    if isinstance(steps := getattr(estimator, "steps", None), Sequence):
        return " > ".join(outline(step) for _, step in steps)
    name = type(estimator).__name__
    inside = list(dict.fromkeys(outline(part) for part in _parts(estimator)))
    if not inside:
        return name
    return f"{name}({', '.join(inside[:MOST_PARTS])}{', ...' if len(inside) > MOST_PARTS else ''})"


def _parts(estimator: Any) -> list[Any]:
    """The estimators that it was made of, as its own parameters hold them."""
    for name in ("transformers", "transformer_list", "estimators"):
        if isinstance(parts := getattr(estimator, name, None), Sequence) and not isinstance(parts, str):
            held = [part[1] if isinstance(part, tuple) else part for part in parts]
            return [part for part in held if hasattr(part, "get_params")]
    held = [getattr(estimator, name, None) for name in ("estimator", "regressor", "base_estimator")]
    return [part for part in held if hasattr(part, "get_params") and not isinstance(part, type)]
