"""The file of a catalogue, whatever it is: an array, an array in an object, a record a line, or the ruins of these."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

UNREADABLE: Final = object()
"""Stands in the place of what is no JSON."""

DEPTH = 4
"""Objects inside each other in which the array of records is looked for: `{"response": {"docs": [...]}}`."""

_BETWEEN = re.compile(r"[\s,\[\]]*")
_NEXT = re.compile(r"\n[ \t,\[]*(?=\{)")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()
_PIECES = json.JSONDecoder(parse_constant=lambda _: None)  # NaN is pandas' word for nothing
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
IsRecord = Callable[[Any], bool]


class _Uncounted(str):
    """A text whose lines are not counted, from its beginning on, for each of the errors that json finds in it."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        """None."""
        return 0


def records(content: bytes, is_record: IsRecord) -> Iterator[Any]:
    """Every record of a file, in its order, decoded one by one; `UNREADABLE` for each piece that is no JSON.

    Args:
        content: UTF-8, UTF-16 with its mark, or else Windows-1252.
        is_record: tells a record from an object that holds them.
    """
    content = _utf8(content)
    try:
        if content.lstrip().startswith(b"["):
            return map(_decoded, _ARRAY.decode(content))
        value = _ANY.decode(content)
    except _NO_JSON:
        pieces = _salvage(_Uncounted(content.decode()))
        return chain.from_iterable(
            [one] if is_record(one) else _longest(one, is_record, DEPTH) or [one] for one in pieces
        )
    return iter(_longest(value, is_record, DEPTH) or [value])


def _decoded(record: msgspec.Raw) -> Any:
    """A record of an array, of which msgspec has looked at no more than where it ends."""
    try:
        return _ANY.decode(record)
    except _NO_JSON:
        return UNREADABLE


def _utf8(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode()
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _longest(value: Any, is_record: IsRecord, depth: int) -> list[Any]:
    """The longest array in a value that has a record; or the records that stand by key in an object."""
    if isinstance(value, list):
        return value if any(map(is_record, value)) else []
    if not isinstance(value, dict) or depth == 0:
        return []
    keyed = [*value.values()] if sum(map(is_record, value.values())) > 1 else []
    return max([keyed, *(_longest(item, is_record, depth - 1) for item in value.values())], key=len)


def _salvage(text: str) -> Iterator[Any]:
    """Objects behind each other, on lines or not. What cannot be read is left up to the next line that begins one."""
    at = _end(_BETWEEN, text, 0)
    while at < len(text):
        try:
            record, at = _PIECES.raw_decode(text, at)
            yield record
        except (ValueError, RecursionError):
            at = _end(_NEXT, text, at)
            yield UNREADABLE
        at = _end(_BETWEEN, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where the next match of a pattern ends; the end of the text where there is none."""
    match = pattern.search(text, at)
    return match.end() if match else len(text)
