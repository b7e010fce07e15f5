"""Parquet files, batch by batch."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.tables import typed
from functions.explorer.tables.places import Source
from functions.explorer.tables.reading import Limits, Table
from functions.explorer.tables.sampling import SEED
from shared.i18n import fill

BATCH = 8_192
"""Rows that are decoded at once."""
FARTHEST = 5_000_000
"""Rows from the beginning among which a sample is drawn."""

_INDEX = re.compile(r"^__index_level_\d+__$")
"""What pandas calls an index that has no name."""


def read(source: Source, limits: Limits) -> Table:
    """Read a Parquet file.

    Raises:
        Refused: it is none, or is damaged.
        OSError: it cannot be opened.
    """
    with source.open() as file:
        try:
            return _read(pq.ParquetFile(file), source.name, limits)
        except (pa.ArrowException, ValueError, KeyError) as error:
            raise Refused(fill(texts.NO_PARQUET, name=source.name)) from error


def _read(parquet: pq.ParquetFile, name: str, limits: Limits) -> Table:
    total = parquet.metadata.num_rows
    columns = typed.names(_INDEX.sub("index", column) for column in parquet.schema_arrow.names)
    limits.check_columns(name, len(columns))
    frames = _batches(parquet, _chosen(total, limits.rows_of(len(columns))), columns)
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    notes = (fill(texts.FIRST_ROWS, count=FARTHEST),) if total > FARTHEST else ()
    return Table(name, typed.of_values(frame), total, notes=notes)


def _chosen(total: int, most: int) -> NDArray[np.int64]:
    """The places of the rows to keep, ascending."""
    among = min(total, FARTHEST)
    if among <= most:
        return np.arange(among)
    return np.sort(np.random.default_rng(SEED).choice(among, most, replace=False))


def _batches(parquet: pq.ParquetFile, chosen: NDArray[np.int64], names: Sequence[str]) -> Sequence[pd.DataFrame]:
    """The chosen rows. What pandas noted of an index is passed over: it is a column like the others."""
    found, start = [], 0
    for batch in parquet.iter_batches(batch_size=BATCH):
        ends = np.searchsorted(chosen, [start, start + len(batch)])
        places = chosen[ends[0] : ends[1]] - start
        if len(places):
            rows = batch.take(pa.array(places)).rename_columns(list(names))
            found.append(rows.to_pandas(ignore_metadata=True))
        start += len(batch)
        if ends[1] == len(chosen):
            break
    return found
