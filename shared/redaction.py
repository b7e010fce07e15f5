"""What a redacted line keeps of a request: values of known fields that those fields would accept, and nothing else."""

from collections.abc import Mapping
from typing import Any

import msgspec

DECIMALS = 2
"""More of them could hold a number that names a person."""


def allowed(row: Mapping[str, object], fields: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of `row` that are what their field expects, in the order of `fields`.

    A name that is no field is dropped, and so is text, a truth value, a list, and a number out of its field's range.

    Args:
        row: part of a request, good or bad.
        fields: what may be kept: the msgspec type of each, by its name in `row`.
    """
    found = ((name, _number(row[name], kind)) for name, kind in fields.items() if name in row)
    return {name: number for name, number in found if number is not None}


def _number(value: object, kind: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        msgspec.convert(int(value) if value == int(value) else value, kind)
    except (msgspec.ValidationError, OverflowError):
        return None
    return round(value, DECIMALS)
