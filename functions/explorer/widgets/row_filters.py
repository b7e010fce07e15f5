"""The expander that filters the rows of a data set."""

import zlib
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from functions.explorer import messages
from functions.explorer.session import escape_markdown, translate
from functions.explorer.tables import columns, filters
from functions.explorer.tables.table import Table

MAX_OPTIONS = 200
"""Most values offered as options; a column with more is filtered by a part of the text."""
SLIDER_STEPS = 200
"""Number of positions of a slider."""
EARLIEST, LATEST = date(1700, 1, 1), date(2250, 1, 1)
"""First and last day that a slider can represent: the browser counts microseconds since 1970."""


def filter_rows(table: Table) -> pd.DataFrame:
    """Show the filters of a data set and return the rows that pass them."""
    frame = table.frame
    with st.expander(translate(messages.FILTER), icon=":material/filter_alt:"):
        key = f"filter:{table.key}"
        names = st.multiselect(
            translate(messages.FILTER_COLUMNS),
            list(frame.columns),
            key=key,
            placeholder=translate(messages.NONE),
            persist_state="session",
        )
        active = [one for name in names if (one := _column_filter(frame[name], f"{key}:{name}")) is not None]
        complete = st.checkbox(translate(messages.COMPLETE_ROWS_ONLY), key=f"{key}:complete", persist_state="session")
    return filters.apply_filters(frame, active, complete=complete)


def _column_filter(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    """The filter of a column; None while it lets every row pass."""
    kind = columns.kind_of(column)
    if kind == "number":
        return _number_filter(column, key)
    if kind == "time":
        return _day_filter(column, key)
    return _value_filter(column, key)


def _number_filter(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    finite = column.replace([np.inf, -np.inf], np.nan).dropna().astype(float)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if low == high:
        st.caption(translate(messages.SINGLE_VALUE, column=column.name))
        return None
    step = 1.0 if column.dtype.kind in "iu" and high - low < 10_000 else (high - low) / SLIDER_STEPS
    number_format = "%.0f" if step == 1.0 else "%.4g"
    label = escape_markdown(str(column.name))
    bounds = st.slider(label, low, high, (low, high), step, format=number_format, key=key, persist_state="session")
    return None if bounds == (low, high) else filters.Between(str(column.name), *bounds)


def _day_filter(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    days = column.dropna().dt.date
    if days.nunique() < 2:
        st.caption(translate(messages.SINGLE_VALUE, column=column.name))
        return None
    extremes = (days.min(), days.max())
    bounds = _choose_days(escape_markdown(str(column.name)), extremes, f"{key}:{extremes}")
    return None if bounds is None or bounds == extremes else filters.Between(str(column.name), *bounds)


def _choose_days(label: str, extremes: tuple[date, date], key: str) -> tuple[date, date] | None:
    """The chosen range; None while the reader has chosen the first day only."""
    if extremes[0] >= EARLIEST and extremes[1] <= LATEST:
        return st.slider(label, *extremes, extremes, key=key, persist_state="session")
    days = st.date_input(label, extremes, *extremes, format="DD/MM/YYYY", key=key, persist_state="session")
    return (days[0], days[1]) if len(days) > 1 else None


def _value_filter(column: "pd.Series[Any]", key: str) -> filters.Filter | None:
    name = str(column.name)
    if column.nunique() > MAX_OPTIONS:
        part = st.text_input(translate(messages.CONTAINS, column=name), key=key, persist_state="session")
        return filters.Containing(name, part) if part else None
    options = sorted(column.dropna().unique().tolist())
    key = f"{key}:{zlib.crc32(repr(options).encode()):08x}"
    label, placeholder = escape_markdown(name), translate(messages.ALL)
    values = st.multiselect(label, options, key=key, placeholder=placeholder, persist_state="session")
    return filters.OneOf(name, tuple(values)) if values else None
