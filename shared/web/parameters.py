"""Converts the path and query parameters of a request to one struct."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from shared.errors import Fault, InvalidParameter, Text
from shared.validation import find_faults, join, reject

P = TypeVar("P", bound=msgspec.Struct)

MAX_PARAMETERS = 50
"""Most parameters in one query string."""

_TWICE: Text = ("paramètre présent deux fois", "parameter given twice")
_MANY: Text = (f"attendu : {MAX_PARAMETERS} paramètres au plus", f"expected: at most {MAX_PARAMETERS} parameters")


def parse(kind: type[P], arguments: Mapping[str, str], query: str) -> P:
    """Convert the parameters of a request. A parameter without a value counts as missing.

    Args:
        kind: struct of the parameters; unknown ones are ignored unless it forbids unknown fields.
        arguments: path parameters by name, decoded.
        query: query string, still percent-encoded.

    Raises:
        InvalidParameter: with one fault for each parameter that is invalid, unknown or repeated.
    """
    pairs = [*arguments.items(), *_pairs(query)]
    if not kind.__struct_config__.forbid_unknown_fields:
        pairs = [pair for pair in pairs if pair[0] in kind.__struct_fields__]
    values = dict(pairs)
    if len(values) < len(pairs):
        reject(_repeated(pairs), InvalidParameter)
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError:
        reject(find_faults(values, kind, "", {}, strict=False), InvalidParameter)


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise InvalidParameter(_MANY) from None


def _repeated(pairs: list[tuple[str, str]]) -> list[Fault]:
    names = [name for name, _ in pairs]
    return [(join("", name), _TWICE) for name in dict.fromkeys(names) if names.count(name) > 1]
