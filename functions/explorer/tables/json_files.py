"""JSON files: a list of objects, an object of lists, or an object a line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import msgspec
import pandas as pd

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.tables import typed
from functions.explorer.tables.places import Source
from functions.explorer.tables.reading import Limits, Table
from functions.explorer.tables.sampling import Reservoir
from shared.i18n import fill

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes. A longer line is not read into memory."""
CHECKED = 10_000
"""Lines after which the place in the file is looked at."""
SAID = 40
"""Bytes of a wrong line that are quoted."""

Row = Mapping[str, Any]
_BYTE = re.compile(r"\(byte (\d+)\)")


def read(source: Source, limits: Limits) -> Table:
    """Read a JSON file whole. One that has an object a line is read as JSONL.

    Raises:
        Refused: it is too large, no JSON, or of another shape.
        OSError: it cannot be opened.
    """
    if source.size > limits.json:
        raise Refused(fill(texts.LARGE_JSON, name=source.name, limit=limits.json // 2**20, got=source.size // 2**20))
    with source.open() as file:
        content = file.read(limits.json + 1).removeprefix(b"\xef\xbb\xbf")
    try:
        rows = _rows(msgspec.json.decode(content), source.name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _is_object(content.lstrip().partition(b"\n")[0]):
            return read_lines(source, limits)
        raise Refused(fill(texts.NO_JSON, name=source.name, place=_place(error))) from error
    kept: Reservoir[Row] = Reservoir(limits.rows)
    for row in rows:
        kept.offer(row)
    return _table(source.name, kept, limits)


def _rows(value: object, name: str) -> list[Row]:
    """The rows of any shape that is accepted."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if value and len(lists) == len(value) and len({len(item) for item in lists}) == 1 and not _objects(lists[0]):
            return [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]
        value = lists[0] if len(lists) == 1 else value
    if isinstance(value, list) and _objects(value):
        return value
    raise Refused(fill(texts.OTHER_JSON, name=name))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _objects(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(item, dict) for item in values)


def read_lines(source: Source, limits: Limits) -> Table:
    """Read a file with a JSON object a line. A last line that is half written is left aside.

    Raises:
        Refused: a line is no JSON object, or too long.
        OSError: it cannot be opened.
    """
    kept: Reservoir[Row] = Reservoir(limits.rows)
    decode, half, estimate = msgspec.json.Decoder(dict[str, Any]).decode, False, None
    with source.open() as file:
        for number, line in _lines(file, source.name):
            try:
                kept.offer(decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                half = not line.endswith(b"\n") and kept.offered > 0
                if not half:
                    said = line[:SAID].decode("utf-8", "replace").strip()
                    raise Refused(fill(texts.BAD_LINE, name=source.name, line=number, got=said)) from error
            if not number % CHECKED and file.tell() > limits.bytes:
                estimate = round(kept.offered * source.size / file.tell())
                break
    table = _table(source.name, kept, limits, estimate)
    return replace(table, notes=(texts.HALF_LINE,)) if half else table


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their numbers from 1 on."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise Refused(fill(texts.LONG_LINE, name=name, line=number, limit=LONGEST_LINE))
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            yield number, line


def _table(name: str, kept: Reservoir[Row], limits: Limits, rows: int | None = None) -> Table:
    """The kept rows as a table; `rows`: how many the file may have, where it was not read to its end."""
    flat = [_flat(row) for row in kept.items()]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    limits.check_columns(name, len(columns))
    few = Reservoir[Row](limits.rows_of(len(columns)))
    for row in flat:
        few.offer(row)
    cells = [[row.get(column) for column in columns] for row in few.items()]
    frame = pd.DataFrame(cells, columns=typed.names(columns), dtype=object)
    return Table(name, typed.of_values(frame), kept.offered if rows is None else rows, rows is None)


def _flat(row: Row) -> Row:
    """An object inside becomes columns `a.b`, or `a.b (2)` where one is called so; a deeper one or a list JSON text."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and value:
            places = {name: f"{key}.{name}" for name in value}
            found |= {f"{at} (2)" if at in row else at: _plain(value[name]) for name, at in places.items()}
        else:
            found[key] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _place(error: Exception) -> tuple[str, str]:
    found = _BYTE.search(str(error))
    return fill(texts.AT_BYTE, byte=found[1]) if found else texts.SOMEWHERE
