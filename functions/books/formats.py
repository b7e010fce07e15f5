"""Decoding of a catalogue file: a JSON array, an array inside an object, JSON lines, or a damaged form of these."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

UNREADABLE: Final = object()
"""Stands for a piece of the file that is not valid JSON."""

DEPTH = 4
"""Maximum nesting at which the array of records is searched for: `{"response": {"docs": [...]}}`."""

_SEPARATORS = re.compile(r"[\s,\[\]]*")
_NEXT_OBJECT = re.compile(r"\n[ \t,\[]*(?=\{)")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()
_LENIENT = json.JSONDecoder(parse_constant=lambda _: None)  # pandas writes NaN for a missing value
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
IsRecord = Callable[[Any], bool]


class _Uncounted(str):
    """A text that reports zero line breaks: `json` would count them from the start of the file for each error."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        """Always 0."""
        return 0


def read_records(content: bytes, is_record: IsRecord) -> Iterator[Any]:
    """Each record of a file, in order, decoded one by one; `UNREADABLE` for each piece that is not valid JSON.

    Args:
        content: UTF-8, UTF-16 with a byte order mark, or else Windows-1252.
        is_record: tells a record from an object that contains records.
    """
    content = _to_utf8(content)
    try:
        if content.lstrip().startswith(b"["):
            return map(_decode, _ARRAY.decode(content))
        value = _ANY.decode(content)
    except _DECODE_ERRORS:
        values = _salvage(_Uncounted(content.decode()))
        return chain.from_iterable(
            [value] if is_record(value) else _longest_array(value, is_record, DEPTH) or [value] for value in values
        )
    return iter(_longest_array(value, is_record, DEPTH) or [value])


def _decode(record: msgspec.Raw) -> Any:
    """A record of an array; msgspec has only searched for its end so far."""
    try:
        return _ANY.decode(record)
    except _DECODE_ERRORS:
        return UNREADABLE


def _to_utf8(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode()
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _longest_array(value: Any, is_record: IsRecord, depth: int) -> list[Any]:
    """The longest array in a value that contains a record, or the values of an object that maps keys to records."""
    if isinstance(value, list):
        return value if any(map(is_record, value)) else []
    if not isinstance(value, dict) or depth == 0:
        return []
    keyed = [*value.values()] if sum(map(is_record, value.values())) > 1 else []
    return max([keyed, *(_longest_array(item, is_record, depth - 1) for item in value.values())], key=len)


def _salvage(text: str) -> Iterator[Any]:
    """Consecutive JSON values, on one line or several.

    After an error, decoding continues at the next line that starts an object.
    """
    position = _end(_SEPARATORS, text, 0)
    while position < len(text):
        try:
            value, position = _LENIENT.raw_decode(text, position)
            yield value
        except (ValueError, RecursionError):
            position = _end(_NEXT_OBJECT, text, position)
            yield UNREADABLE
        position = _end(_SEPARATORS, text, position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    """End of the next match of a pattern; without a match, the end of the text."""
    match = pattern.search(text, position)
    return match.end() if match else len(text)
