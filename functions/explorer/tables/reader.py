"""Reads a data set of any known format in bounded memory: whole if it is small, else a uniform random sample."""

from collections.abc import Callable

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.tables import csv_files, json_files, parquet_files
from functions.explorer.tables.files import Source
from functions.explorer.tables.table import Limits, Table
from shared.i18n import fill

READERS: dict[str, Callable[[Source, Limits], Table]] = {
    "CSV": csv_files.read,
    "JSON": json_files.read,
    "JSONL": json_files.read_lines,
    "Parquet": parquet_files.read,
    "TSV": csv_files.read,
}
"""Reader of each format, by the names in `files.FORMATS`."""


def read_table(source: Source, limits: Limits) -> Table:
    """Read a data set.

    Raises:
        ExplorerError: it cannot be read; the message names the file, the line, the expected and the actual content.
    """
    try:
        table = READERS[source.format](source, limits)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExplorerError(fill(messages.UNREADABLE, name=source.name, reason=reason)) from error
    if not len(table.frame.columns) or not table.rows:
        raise ExplorerError(fill(messages.EMPTY_FILE, name=source.name))
    return table
