"""Which function converts which class. The modules of families register theirs when they are imported.

A registered function has three parameters: the conversion under way, the fitted step or estimator, and the value that
it reads. It adds nodes to `conversion.graph`, and returns the value or the prediction. It raises Refusal if it has no
exact conversion.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from training.new.conversion.values import Prediction, Value

if TYPE_CHECKING:
    from training.new.conversion.conversion import Conversion

Transform = Callable[["Conversion", Any, Value], Value]
Predict = Callable[["Conversion", Any, Value], Prediction]

F = TypeVar("F", bound=Callable[..., Any])

TRANSFORMERS: dict[str, Transform] = {}
"""By name of the class, such as `StandardScaler`; `*`: every other class."""
PREDICTORS: dict[str, Predict] = {}
"""By name of the class, such as `LogisticRegression`; `*`: every other class."""


def transformer(*classes: str) -> Callable[[F], F]:
    """Register a function `(conversion, step, value) -> value` for these classes."""
    return _register(TRANSFORMERS, classes)


def predictor(*classes: str) -> Callable[[F], F]:
    """Register a function `(conversion, estimator, value) -> prediction` for these classes."""
    return _register(PREDICTORS, classes)


def _register(table: dict[str, Any], classes: tuple[str, ...]) -> Callable[[F], F]:
    def register(function: F) -> F:
        for name in classes:
            table[name] = function
        return function

    return register
