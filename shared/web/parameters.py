"""The parameters of a request: what its path names and what stands behind the question mark, as one struct."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from shared.errors import Fault, InvalidParameter, Text
from shared.validation import find_faults, join, reject

P = TypeVar("P", bound=msgspec.Struct)

MAX_PARAMETERS = 50
"""Parameters in one query string."""

_TWICE: Text = ("paramètre présent deux fois", "parameter given twice")
_MANY: Text = (f"attendu : {MAX_PARAMETERS} paramètres au plus", f"expected: at most {MAX_PARAMETERS} parameters")


def parse(type_: type[P], arguments: Mapping[str, str], query: str) -> P:
    """Convert the parameters of a request. One without a value counts as not values.

    Args:
        type_: the msgspec struct of all of them; where it does not forbid unknown fields, others are passed over.
        arguments: what the path names, decoded.
        query: the query string, still encoded.

    Raises:
        InvalidParameter: with one fault for each parameter that is wrong, unknown or values twice.
    """
    pairs = [*arguments.items(), *_pairs(query)]
    if not type_.__struct_config__.forbid_unknown_fields:
        pairs = [pair for pair in pairs if pair[0] in type_.__struct_fields__]
    values = dict(pairs)
    if len(values) < len(pairs):
        reject(_repeated(pairs), InvalidParameter)
    try:
        return msgspec.convert(values, type_, strict=False)
    except msgspec.ValidationError:
        reject(find_faults(values, type_, "", {}, strict=False), InvalidParameter)


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise InvalidParameter(_MANY) from None


def _repeated(pairs: list[tuple[str, str]]) -> list[Fault]:
    names = [name for name, _ in pairs]
    return [(join("", name), _TWICE) for name in dict.fromkeys(names) if names.count(name) > 1]
