"""A data set in memory, and the limits of reading one."""

import zlib
from dataclasses import dataclass

import msgspec
import pandas as pd

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from shared.errors import Text
from shared.i18n import fill

MIB = 1024 * 1024
"""One mebibyte, in bytes."""


class Limits(msgspec.Struct, frozen=True):
    """How much of a file is read and kept.

    Attributes:
        rows: most rows to keep.
        cells: most cells to keep; a table with many columns keeps fewer rows.
        columns: most columns a file may have.
        bytes: size after which reading stops, in bytes; the rows are then a sample of the file's beginning.
        json: size of the largest JSON file, in bytes, because it is read whole.
    """

    rows: int = 50_000
    cells: int = 2_000_000
    columns: int = 2_000
    bytes: int = 512 * MIB
    json: int = 32 * MIB

    def rows_of(self, columns: int) -> int:
        """Most rows to keep of a table with this many columns; at least one."""
        return max(1, min(self.rows, self.cells // max(1, columns)))

    def check_columns(self, name: str, columns: int) -> None:
        """Check the number of columns of the file `name`.

        Raises:
            ExplorerError: there are too many.
        """
        if columns > self.columns:
            raise ExplorerError(fill(messages.TOO_MANY_COLUMNS, name=name, limit=self.columns, got=columns))


@dataclass(frozen=True, slots=True)
class Table:
    """A data set.

    Attributes:
        name: the file's name.
        frame: the rows kept, in the file's order.
        rows: number of rows in the file.
        exact: False if `rows` is an estimate, because reading stopped before the file's end.
        notes: how the file was read, for the page.
    """

    name: str
    frame: pd.DataFrame
    rows: int
    exact: bool = True
    notes: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        """Key for widgets that depend on the columns: differs if the file's name, columns or row count do."""
        return f"{self.name}:{zlib.crc32(repr((list(self.frame.columns), self.rows)).encode()):08x}"

    @property
    def sampled(self) -> bool:
        """Whether the file has rows that `frame` lacks."""
        return len(self.frame) < self.rows or not self.exact
