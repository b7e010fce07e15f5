"""Tables and rows of metrics on a page."""

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from functions.explorer.session import translate
from functions.explorer.tables.columns import columns_of_kind
from shared.errors import Text


def show_table(frame: pd.DataFrame, title: Text, *, formatted: Collection[str] = (), is_data: bool = False) -> None:
    """Show a table. The browser formats numbers in its own language, to three decimals.

    Args:
        frame: the rows.
        title: alternative text, for screen readers.
        formatted: columns that hold numbers as text, in the reader's format.
        is_data: the rows are a data set's: show their index and all decimals of a number.
    """
    number_format = "plain" if is_data else "localized"
    numbers = {name: st.column_config.NumberColumn(format=number_format) for name in columns_of_kind(frame, "number")}
    texts = {name: st.column_config.TextColumn(alignment="right") for name in formatted}
    times = {
        name: st.column_config.DatetimeColumn(format=_time_format(frame[name]))
        for name in columns_of_kind(frame, "time")
    }
    config = {**numbers, **texts, **times}
    st.dataframe(frame, column_config=config, hide_index=not is_data, placeholder="–", alt=translate(title))


def _time_format(times: "pd.Series[pd.Timestamp]") -> str:
    """The format of a column of times: without the hour if all are at midnight."""
    values = times.dropna()
    return "YYYY-MM-DD" if (values == values.dt.normalize()).all() else "YYYY-MM-DD HH:mm:ss"


def show_metrics(values: Mapping[Text, str]) -> None:
    """Show metrics side by side, on several lines if the page is narrow."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in values.items():
            st.metric(translate(label), value, width="content")
