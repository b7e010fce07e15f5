"""A data set, read into memory that is bounded whatever its size: whole where it is small, else a fair sample."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pandas as pd

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.tables.places import Source
from shared.errors import Text
from shared.i18n import fill

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """How much is read and kept.

    Attributes:
        rows: most rows that are kept.
        cells: most cells that are kept: of many columns, fewer rows.
        columns: most columns.
        bytes: of a file, where reading ends; what is kept is then a sample of its beginning.
        json: most bytes of a JSON file, which is read whole.
    """

    rows: int = 50_000
    cells: int = 2_000_000
    columns: int = 2_000
    bytes: int = 512 * MIB
    json: int = 32 * MIB

    def rows_of(self, columns: int) -> int:
        """Most rows of so many columns."""
        return max(1, min(self.rows, self.cells // max(1, columns)))

    def check_columns(self, name: str, columns: int) -> None:
        """Refuse too many columns."""
        if columns > self.columns:
            raise Refused(fill(texts.TOO_MANY_COLUMNS, name=name, limit=self.columns, got=columns))


@dataclass(frozen=True, slots=True)
class Table:
    """A data set.

    Attributes:
        name: the file's.
        frame: the rows that are kept, in the file's order.
        rows: how many rows the file has.
        exact: False where `rows` is an estimate, since the file goes on beyond what is read.
        notes: how it was read.
    """

    name: str
    frame: pd.DataFrame
    rows: int
    exact: bool = True
    notes: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from another data set of the same name, as far as what is chosen of it goes."""
        return f"{self.name}:{zlib.crc32(repr((list(self.frame.columns), self.rows)).encode()):08x}"

    @property
    def sampled(self) -> bool:
        """Whether some rows are not kept."""
        return len(self.frame) < self.rows or not self.exact


Reader = Callable[[Source, Limits], Table]


def read(source: Source, limits: Limits) -> Table:
    """Read a data set.

    Raises:
        Refused: it cannot be read; the sentence names the file, the place, what was expected and what came.
    """
    try:
        table = _reader(source.kind)(source, limits)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused(fill(texts.UNREADABLE, name=source.name, reason=reason)) from error
    if not len(table.frame.columns) or not table.rows:
        raise Refused(fill(texts.EMPTY_FILE, name=source.name))
    return table


def _reader(kind: str) -> Reader:
    from functions.explorer.tables import json_files, parquet_files, text_files  # noqa: PLC0415  # they import this

    readers = {
        "CSV": text_files.read,
        "JSON": json_files.read,
        "JSONL": json_files.read_lines,
        "Parquet": parquet_files.read,
        "TSV": text_files.read,
    }
    return readers[kind]
