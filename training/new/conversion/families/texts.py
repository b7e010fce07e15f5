"""The recipe's words of a text: a vectorizer of scikit-learn that reads null as an empty text."""

from typing import Any

from training.new.conversion.conversion import Conversion
from training.new.conversion.registry import transformer
from training.new.conversion.values import Columns, Value


@transformer("TextWords")
def words_of_text(conversion: Conversion, step: Any, value: Value) -> Value:
    """The vectorizer inside, on the one column; null stays accepted."""
    column = value.items[0] if isinstance(value, Columns) else value
    refused = set(conversion.null_refused)
    words = conversion.transform(step.vectorizer_, column)
    conversion.null_refused.intersection_update(refused)
    return words
