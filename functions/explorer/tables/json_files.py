"""JSON files (a list of objects, or an object of lists) and JSON Lines files (one object per line)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import msgspec
import pandas as pd

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.tables import column_types
from functions.explorer.tables.files import Source
from functions.explorer.tables.sampling import Reservoir
from functions.explorer.tables.table import MIB, Limits, Table
from shared.i18n import fill

MAX_LINE_BYTES = 4 * MIB
"""Longest line that is read into memory, in bytes."""
CHECK_INTERVAL = 10_000
"""Lines between two checks of the size limit."""
QUOTED_BYTES = 40
"""Size of the quotation of a wrong line in an error message, in bytes."""

Row = Mapping[str, Any]
_BOM = b"\xef\xbb\xbf"
_BYTE = re.compile(r"\(byte (\d+)\)")
_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read(source: Source, limits: Limits) -> Table:
    """Read a JSON file whole. A `.json` file with one object per line is read as JSON Lines.

    Raises:
        ExplorerError: it is too large, not JSON, or of another shape.
        OSError: it cannot be opened.
    """
    if source.size > limits.json:
        raise ExplorerError(
            fill(messages.JSON_TOO_LARGE, name=source.name, limit=limits.json // MIB, got=source.size // MIB)
        )
    with source.open() as file:
        content = file.read(limits.json + 1).removeprefix(_BOM)
    try:
        rows = _rows(msgspec.json.decode(content), source.name)
    except _DECODE_ERRORS as error:
        if _is_object(content.lstrip().partition(b"\n")[0]):
            return read_lines(source, limits)
        raise ExplorerError(fill(messages.NOT_JSON, name=source.name, place=_place(error))) from error
    sample: Reservoir[Row] = Reservoir(limits.rows)
    for row in rows:
        sample.offer(row)
    return _table(source.name, sample, limits)


def _rows(value: object, name: str) -> list[Row]:
    """The rows of any accepted shape."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if value and len(lists) == len(value) and len({len(item) for item in lists}) == 1 and not _objects(lists[0]):
            return [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]
        value = lists[0] if len(lists) == 1 else value
    if isinstance(value, list) and _objects(value):
        return value
    raise ExplorerError(fill(messages.OTHER_JSON, name=name))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except _DECODE_ERRORS:
        return False


def _objects(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(item, dict) for item in values)


def read_lines(source: Source, limits: Limits) -> Table:
    """Read a JSON Lines file. An incomplete last line is ignored.

    Raises:
        ExplorerError: a line is not a JSON object, or is too long.
        OSError: it cannot be opened.
    """
    sample: Reservoir[Row] = Reservoir(limits.rows)
    decode, incomplete, estimate = msgspec.json.Decoder(dict[str, Any]).decode, False, None
    with source.open() as file:
        for number, line in _lines(file, source.name):
            try:
                sample.offer(decode(line))
            except _DECODE_ERRORS as error:
                incomplete = not line.endswith(b"\n") and sample.offered > 0
                if not incomplete:
                    quoted = line[:QUOTED_BYTES].decode("utf-8", "replace").strip()
                    raise ExplorerError(
                        fill(messages.LINE_NOT_AN_OBJECT, name=source.name, line=number, got=quoted)
                    ) from error
            if not number % CHECK_INTERVAL and file.tell() > limits.bytes:
                estimate = round(sample.offered * source.size / file.tell())
                break
    table = _table(source.name, sample, limits, estimate)
    return replace(table, notes=(messages.INCOMPLETE_LINE,)) if incomplete else table


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their numbers, the first being 1."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES:
            raise ExplorerError(fill(messages.LINE_TOO_LONG, name=name, line=number, limit=MAX_LINE_BYTES))
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            yield number, line


def _table(name: str, sample: Reservoir[Row], limits: Limits, estimate: int | None = None) -> Table:
    """The sample as a table. `estimate`: number of rows in the file, if it was not read to its end."""
    flat = [_flatten(row) for row in sample.items()]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    limits.check_columns(name, len(columns))
    smaller = Reservoir[Row](limits.rows_of(len(columns)))
    for row in flat:
        smaller.offer(row)
    cells = [[row.get(column) for column in columns] for row in smaller.items()]
    frame = column_types.normalized(pd.DataFrame(cells, columns=column_types.unique_names(columns), dtype=object))
    return Table(name, frame, sample.offered if estimate is None else estimate, estimate is None)


def _flatten(row: Row) -> Row:
    """The row with nested objects as columns `a.b` (`a.b (2)` if the row has an `a.b`), deeper values as JSON text."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and value:
            columns = {name: f"{key}.{name}" for name in value}
            flat |= {f"{at} (2)" if at in row else at: _scalar(value[name]) for name, at in columns.items()}
        else:
            flat[key] = _scalar(value)
    return flat


def _scalar(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _place(error: Exception) -> tuple[str, str]:
    match = _BYTE.search(str(error))
    return fill(messages.AT_BYTE, byte=match[1]) if match else messages.NOT_JSON_AT_ALL
