"""What a redacted line keeps of a request: values of known fields that those fields would accept, and nothing else."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

DECIMALS = 2
"""More of them could hold a number that names a person."""


def allowed(row: Mapping[str, object], fields: type[Struct]) -> dict[str, float]:
    """The numbers of `row` that are what their field expects, in the order of `fields`.

    A name that is no field is dropped, and so is text, a truth value, a list, and a number out of its field's range.

    Args:
        row: part of a request, good or bad.
        fields: what may be kept.
    """
    types = _types(fields)
    numbers = {name: _as_integer(value) for name in types if isinstance(value := row.get(name), int | float)}
    try:
        msgspec.convert(numbers, fields)
    except msgspec.ValidationError:  # rare enough to look at each number by itself, which takes ten times as long
        numbers = {name: value for name, value in numbers.items() if _fits(value, types[name])}
    return {name: round(value, DECIMALS) for name, value in numbers.items()}


@cache
def _types(fields: type[Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(fields)}


def _as_integer(value: Any) -> Any:
    """The same number, an integer where it is whole: fields of integers take 3.0 too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fits(value: float, type_: Any) -> bool:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return False
    return True
