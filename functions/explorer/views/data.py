"""The page "Données": rows, columns and statistics of a data set."""

import pandas as pd
import streamlit as st

from functions.explorer import messages
from functions.explorer.session import format_count, format_percent, format_significant, language, translate
from functions.explorer.tables import columns
from functions.explorer.tables.filters import to_csv
from functions.explorer.tables.table import Table
from functions.explorer.widgets.dataset_picker import pick_dataset
from functions.explorer.widgets.row_filters import filter_rows
from functions.explorer.widgets.tables import show_metrics, show_table

MAX_ROWS = 1_000
"""Most rows shown at once."""
MAX_CELL_LENGTH = 500
"""Longest text shown in a cell, in characters."""


def page() -> None:
    """Show the page."""
    st.title(translate(messages.DATA_PAGE))
    table = pick_dataset()
    if table is None:
        return
    frame = filter_rows(table)
    _show_size(frame)
    titles = (messages.ROWS_TAB, messages.COLUMNS, messages.STATISTICS_TAB)
    rows_tab, columns_tab, statistics_tab = st.tabs([translate(title) for title in titles])
    with rows_tab:
        _show_rows(frame, table)
    with columns_tab:
        show_table(columns.describe_columns(frame, language()), messages.COLUMNS)
    with statistics_tab:
        _show_statistics(frame)


def _show_size(frame: pd.DataFrame) -> None:
    missing, cells = columns.count_missing(frame), max(1, frame.size)
    values = {
        messages.N_ROWS: format_count(len(frame)),
        messages.N_COLUMNS: format_count(len(frame.columns)),
        messages.N_MISSING: f"{format_count(missing)} ({format_percent(missing / cells)})",
    }
    show_metrics(values)
    st.caption(translate(messages.SHAPE, shape=str(frame.shape)))


def _show_rows(frame: pd.DataFrame, table: Table) -> None:
    left, right = st.columns([1, 3])
    count = left.number_input(translate(messages.HOW_MANY), 1, MAX_ROWS, 10, key="count", persist_state="session")
    names = right.multiselect(
        translate(messages.WHICH_COLUMNS),
        list(frame.columns),
        key=f"columns:{table.key}",
        placeholder=translate(messages.ALL),
        persist_state="session",
    )
    selected = frame[names or list(frame.columns)]
    show_table(_cut_texts(selected.head(count)), messages.ROWS_TAB, is_data=True)
    csv_language = language()  # Streamlit makes the file on click, in a thread without a session
    st.download_button(
        translate(messages.DOWNLOAD_ROWS, count=format_count(len(selected))),
        lambda: to_csv(selected, csv_language),
        f"{table.name.rpartition('.')[0]}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _cut_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with long texts cut."""
    cut = {name: frame[name].str.slice(0, MAX_CELL_LENGTH) for name in columns.columns_of_kind(frame, "text")}
    return frame.assign(**cut)


def _show_statistics(frame: pd.DataFrame) -> None:
    numbers = columns.describe_numbers(frame, language())
    categories = columns.describe_categories(frame, language())
    if len(numbers):
        st.subheader(translate(messages.NUMBER_COLUMNS))
        names = list(numbers.columns[1:])
        texts = {name: numbers[name].map(format_significant) for name in names}
        show_table(numbers.assign(**texts), messages.NUMBER_COLUMNS, formatted=names)
    if len(categories):
        st.subheader(translate(messages.OTHER_COLUMNS))
        show_table(categories, messages.OTHER_COLUMNS)


page()
