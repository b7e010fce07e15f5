"""The filters: which rows of a data set are looked at."""

import zlib
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from functions.explorer import texts
from functions.explorer.session import plain, say
from functions.explorer.tables import columns, filters
from functions.explorer.tables.reading import Table

MOST_OPTIONS = 200
"""Values among which one can choose; beyond, a part of the text is asked for."""
STEPS = 200
"""Places of a slider."""
FIRST, LAST = date(1700, 1, 1), date(2250, 1, 1)
"""Days that a slider can tell: JavaScript counts microseconds from 1970 on."""


def rows(table: Table) -> pd.DataFrame:
    """The rows that the reader keeps."""
    frame = table.frame
    with st.expander(say(texts.FILTER), icon=":material/filter_alt:"):
        key = f"filter:{table.key}"
        names = st.multiselect(
            say(texts.FILTER_COLUMNS),
            list(frame.columns),
            key=key,
            placeholder=say(texts.NONE),
            persist_state="session",
        )
        found = [one for name in names if (one := _filter(frame[name], f"{key}:{name}")) is not None]
        complete = st.checkbox(say(texts.COMPLETE), key=f"{key}:complete", persist_state="session")
    return filters.apply(frame, found, complete=complete)


def _filter(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    """What the reader asks of a column; None while that is nothing."""
    kind = columns.kind_of(column)
    if kind == "number":
        return _numbers(column, key)
    if kind == "time":
        return _days(column, key)
    return _values(column, key)


def _numbers(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    finite = column.replace([np.inf, -np.inf], np.nan).dropna().astype(float)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if low == high:
        st.caption(say(texts.ONE_VALUE, column=column.name))
        return None
    step = 1.0 if column.dtype.kind in "iu" and high - low < 10_000 else (high - low) / STEPS
    form = "%.0f" if step == 1.0 else "%.4g"
    chosen = st.slider(
        plain(str(column.name)), low, high, (low, high), step, format=form, key=key, persist_state="session"
    )
    return None if chosen == (low, high) else filters.Between(str(column.name), *chosen)


def _days(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    given = column.dropna().dt.date
    if given.nunique() < 2:
        st.caption(say(texts.ONE_VALUE, column=column.name))
        return None
    ends = (given.min(), given.max())
    chosen = _between(plain(str(column.name)), ends, f"{key}:{ends}")
    return None if chosen is None or chosen == ends else filters.Between(str(column.name), *chosen)


def _between(name: str, ends: tuple[date, date], key: str) -> tuple[date, date] | None:
    """Two days; None while only the first one is given."""
    if ends[0] >= FIRST and ends[1] <= LAST:
        return st.slider(name, *ends, ends, key=key, persist_state="session")
    chosen = st.date_input(name, ends, *ends, format="DD/MM/YYYY", key=key, persist_state="session")
    return (chosen[0], chosen[1]) if len(chosen) > 1 else None


def _values(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    name = str(column.name)
    if column.nunique() > MOST_OPTIONS:
        part = st.text_input(say(texts.CONTAINS, column=name), key=key, persist_state="session")
        return filters.Containing(name, part) if part else None
    options = sorted(column.dropna().unique().tolist())
    key = f"{key}:{zlib.crc32(repr(options).encode()):08x}"
    chosen = st.multiselect(plain(name), options, key=key, placeholder=say(texts.EVERY), persist_state="session")
    return filters.Among(name, tuple(chosen)) if chosen else None
