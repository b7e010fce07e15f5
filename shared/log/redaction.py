"""Redacts requests for the log: only numbers that known fields accept are kept."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

DECIMALS = 2
"""Decimals of a logged number: more could hide an identifier of a person."""


def allowed(row: Mapping[str, object], fields: type[Struct]) -> dict[str, float]:
    """The numbers of `row` that are valid for their field, in the order of `fields`.

    Unknown names, texts, booleans, lists and numbers out of range are dropped.

    Args:
        row: part of a request, valid or not.
        fields: struct of the fields that may be logged.
    """
    types = _types(fields)
    numbers = {name: _as_integer(value) for name in types if isinstance(value := row.get(name), int | float)}
    try:
        msgspec.convert(numbers, fields)
    except msgspec.ValidationError:  # rare, so it may take ten times as long
        numbers = {name: value for name, value in numbers.items() if _fits(value, types[name])}
    return {name: round(value, DECIMALS) for name, value in numbers.items()}


@cache
def _types(fields: type[Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(fields)}


def _as_integer(value: Any) -> Any:
    """The number, as int if it has no fraction: integer fields accept 3.0 too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fits(value: float, field_type: Any) -> bool:
    try:
        msgspec.convert(value, field_type)
    except msgspec.ValidationError:
        return False
    return True
