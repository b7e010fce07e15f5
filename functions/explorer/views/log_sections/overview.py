"""Section "Vue d'ensemble": volume, latencies and errors, by function and version."""

import pandas as pd
import streamlit as st

from functions.explorer import log_messages, messages
from functions.explorer.charts import log_plots
from functions.explorer.request_log import statistics
from functions.explorer.session import format_count, format_decimal, format_percent, translate
from functions.explorer.views.log_sections.source import Log
from functions.explorer.widgets.charts import render_picture, show_picture
from functions.explorer.widgets.tables import show_metrics, show_table


def show(log: Log) -> None:
    """Show the section, for the chosen functions or for all."""
    names = sorted(log.frame["function"].unique())
    label, placeholder = translate(log_messages.FUNCTIONS), translate(messages.ALL)
    functions = st.multiselect(label, names, key="functions", placeholder=placeholder, persist_state="session")
    frame = log.frame[log.frame["function"].isin(functions)] if functions else log.frame
    _show_summary(statistics.summary(frame))
    _show_volume(frame)
    _show_latencies(frame)
    st.subheader(translate(log_messages.BY_FUNCTION))
    show_table(_by_function(frame), log_messages.BY_FUNCTION)


def _show_summary(summary: statistics.Summary) -> None:
    values = {
        log_messages.REQUESTS_LABEL: format_count(summary.requests),
        log_messages.REFUSED: format_percent(summary.refused),
        log_messages.FAILED: format_percent(summary.failed),
    }
    percentiles = {(f"p{at}", f"p{at}"): f"{format_decimal(value)} ms" for at, value in summary.latency.items()}
    show_metrics(values | percentiles)


def _show_volume(frame: pd.DataFrame) -> None:
    title = translate(log_messages.VOLUME)
    st.subheader(title)
    counts = statistics.volume(frame)
    png = render_picture(lambda figure, style: log_plots.volume(figure, counts, style), log_plots.WIDE)
    show_picture(png, title, "volume")


def _show_latencies(frame: pd.DataFrame) -> None:
    title = translate(log_messages.LATENCIES)
    st.subheader(title)
    percentiles = statistics.latencies(frame)
    png = render_picture(lambda figure, style: log_plots.latencies(figure, percentiles, style), log_plots.WIDE)
    show_picture(png, title, "latencies")


def _by_function(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [
        [
            function,
            version,
            summary.requests,
            round(100 * summary.refused, 1),
            round(100 * summary.failed, 1),
            *summary.latency.values(),
        ]
        for (function, version), summary in statistics.by_function(frame).items()
    ]
    return pd.DataFrame(rows, columns=[translate(text) for text in log_messages.BY_FUNCTION_COLUMNS])
