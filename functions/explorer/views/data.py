"""The page of the data: rows, columns, figures."""

import pandas as pd
import streamlit as st

from functions.explorer import texts
from functions.explorer.session import language, percent, say, significant, whole
from functions.explorer.tables import columns, filters
from functions.explorer.tables.reading import Table
from functions.explorer.views.grid import grid, measures
from functions.explorer.views.narrow import rows
from functions.explorer.views.pick import table

MOST_ROWS = 1_000
"""Rows that a page shows at once."""
LONGEST = 500
"""Letters of a cell that are shown."""


def page() -> None:
    """Show all of it."""
    st.title(say(texts.DATA_PAGE))
    found = table()
    if found is None:
        return
    frame = rows(found)
    _measures(frame)
    lines, facts, figures = st.tabs([say(text) for text in (texts.LINES, texts.COLUMNS, texts.FIGURES)])
    with lines:
        _lines(frame, found)
    with facts:
        grid(columns.facts(frame, language()), texts.COLUMNS)
    with figures:
        _figures(frame)


def _measures(frame: pd.DataFrame) -> None:
    lacking, cells = columns.missing(frame), max(1, frame.size)
    values = {
        texts.N_ROWS: whole(len(frame)),
        texts.N_COLUMNS: whole(len(frame.columns)),
        texts.N_MISSING: f"{whole(lacking)} ({percent(lacking / cells)})",
    }
    measures(values)
    st.caption(say(texts.SHAPE, shape=str(frame.shape)))


def _lines(frame: pd.DataFrame, found: Table) -> None:
    left, right = st.columns([1, 3])
    count = left.number_input(say(texts.HOW_MANY), 1, MOST_ROWS, 10, key="count", persist_state="session")
    names = right.multiselect(
        say(texts.WHICH_COLUMNS),
        list(frame.columns),
        key=f"columns:{found.key}",
        placeholder=say(texts.EVERY),
        persist_state="session",
    )
    chosen = frame[names or list(frame.columns)]
    grid(_brief(chosen.head(count)), texts.LINES, data=True)
    spoken = language()  # the file is made when it is asked for, in a thread that knows no reader
    st.download_button(
        say(texts.DOWNLOAD_ROWS, count=whole(len(chosen))),
        lambda: filters.as_csv(chosen, spoken),
        f"{found.name.rpartition('.')[0]}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _brief(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, long texts cut."""
    cut = {name: frame[name].str.slice(0, LONGEST) for name in columns.of_kind(frame, "text")}
    return frame.assign(**cut)


def _figures(frame: pd.DataFrame) -> None:
    numbers, words = columns.numbers(frame, language()), columns.words(frame, language())
    if len(numbers):
        st.subheader(say(texts.OF_NUMBERS))
        figures = list(numbers.columns[1:])
        grid(
            numbers.assign(**{name: numbers[name].map(significant) for name in figures}),
            texts.OF_NUMBERS,
            written=figures,
        )
    if len(words):
        st.subheader(say(texts.OF_WORDS))
        grid(words, texts.OF_WORDS)


page()
