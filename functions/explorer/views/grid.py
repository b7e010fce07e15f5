"""Tables and figures on a page."""

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from functions.explorer.session import say
from functions.explorer.tables.columns import of_kind
from shared.errors import Text


def grid(frame: pd.DataFrame, title: Text, *, written: Collection[str] = (), data: bool = False) -> None:
    """A table, with its name for whoever does not see it.

    Args:
        frame: its rows. Numbers are shown as the reader's browser writes them, to three decimals.
        title: its name.
        written: columns of numbers that are written already.
        data: rows of a data set, with their numbers and every decimal that a number has.
    """
    form = "plain" if data else "localized"
    numbers = {name: st.column_config.NumberColumn(format=form) for name in of_kind(frame, "number")}
    texts = {name: st.column_config.TextColumn(alignment="right") for name in written}
    times = {name: st.column_config.DatetimeColumn(format=_form(frame[name])) for name in of_kind(frame, "time")}
    config = {**numbers, **texts, **times}
    st.dataframe(frame, column_config=config, hide_index=not data, placeholder="–", alt=say(title))


def _form(times: "pd.Series[pd.Timestamp]") -> str:
    """How times are written: without the hour where every one is a day."""
    given = times.dropna()
    return "YYYY-MM-DD" if (given == given.dt.normalize()).all() else "YYYY-MM-DD HH:mm:ss"


def measures(values: Mapping[Text, str]) -> None:
    """A few figures in a row, which breaks where the page is narrow."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in values.items():
            st.metric(say(label), value, width="content")
