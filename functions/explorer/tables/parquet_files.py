"""Parquet files, read batch by batch."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.tables import column_types
from functions.explorer.tables.files import Source
from functions.explorer.tables.sampling import SEED
from functions.explorer.tables.table import Limits, Table
from shared.i18n import fill

BATCH_ROWS = 8_192
"""Rows decoded at once."""
MAX_SCANNED_ROWS = 5_000_000
"""Rows at the file's beginning from which the sample is drawn."""

_INDEX = re.compile(r"^__index_level_\d+__$")
"""Pattern of the column in which pandas stores an index without a name."""


def read(source: Source, limits: Limits) -> Table:
    """Read a Parquet file.

    Raises:
        ExplorerError: it is not a Parquet file, or is damaged.
        OSError: it cannot be opened.
    """
    with source.open() as file:
        try:
            return _read(pq.ParquetFile(file), source.name, limits)
        except (pa.ArrowException, ValueError, KeyError) as error:
            raise ExplorerError(fill(messages.NOT_PARQUET, name=source.name)) from error


def _read(parquet: pq.ParquetFile, name: str, limits: Limits) -> Table:
    total = parquet.metadata.num_rows
    columns = column_types.unique_names(_INDEX.sub("index", column) for column in parquet.schema_arrow.names)
    limits.check_columns(name, len(columns))
    frames = _read_rows(parquet, _sample(total, limits.rows_of(len(columns))), columns)
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    notes = (fill(messages.FIRST_ROWS, count=MAX_SCANNED_ROWS),) if total > MAX_SCANNED_ROWS else ()
    return Table(name, column_types.normalized(frame), total, notes=notes)


def _sample(total: int, size: int) -> NDArray[np.int64]:
    """Indices of the rows to keep, ascending."""
    scanned = min(total, MAX_SCANNED_ROWS)
    if scanned <= size:
        return np.arange(scanned)
    return np.sort(np.random.default_rng(SEED).choice(scanned, size, replace=False))


def _read_rows(parquet: pq.ParquetFile, indices: NDArray[np.int64], names: Sequence[str]) -> Sequence[pd.DataFrame]:
    """The rows at these indices. An index of pandas becomes a column, so its metadata is ignored."""
    frames, start = [], 0
    for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
        ends = np.searchsorted(indices, [start, start + len(batch)])
        in_batch = indices[ends[0] : ends[1]] - start
        if len(in_batch):
            rows = batch.take(pa.array(in_batch)).rename_columns(list(names))
            frames.append(rows.to_pandas(ignore_metadata=True))
        start += len(batch)
        if ends[1] == len(indices):
            break
    return frames
