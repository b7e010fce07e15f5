"""The log at a glance: volume, latencies, errors."""

import pandas as pd
import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.charts import log as pictures
from functions.explorer.charts import theme
from functions.explorer.charts.draw import Style
from functions.explorer.journal import stats
from functions.explorer.session import decimal, language, page_theme, percent, say, whole
from functions.explorer.views import draw
from functions.explorer.views.grid import grid, measures
from functions.explorer.views.log_source import Log


def show(log: Log) -> None:
    """Figures of all lines, their pictures along time, figures of each function."""
    functions = sorted(log.frame["function"].unique())
    chosen = st.multiselect(
        say(log_texts.FUNCTIONS), functions, key="functions", placeholder=say(texts.EVERY), persist_state="session"
    )
    frame = log.frame[log.frame["function"].isin(chosen)] if chosen else log.frame
    _measures(stats.summary(frame))
    style = Style(page_theme(), language())
    st.subheader(say(log_texts.VOLUME))
    counts = stats.volume(frame)
    png = theme.picture(lambda figure: pictures.volume(figure, counts, style), *_look(style), pictures.WIDE)
    draw.show(png, say(log_texts.VOLUME), "volume")
    st.subheader(say(log_texts.LATENCIES))
    found = stats.latencies(frame)
    png = theme.picture(lambda figure: pictures.latencies(figure, found, style), *_look(style), pictures.WIDE)
    draw.show(png, say(log_texts.LATENCIES), "latencies")
    st.subheader(say(log_texts.BY_FUNCTION))
    grid(_by_function(frame), log_texts.BY_FUNCTION)


def _look(style: Style) -> tuple[str, str]:
    return style.theme, style.language


def _measures(found: stats.Summary) -> None:
    values = {
        log_texts.REQUESTS_LABEL: whole(found.requests),
        log_texts.REFUSED: percent(found.refused),
        log_texts.FAILED: percent(found.failed),
    }
    measures(values | {(f"p{at}", f"p{at}"): f"{decimal(found.latency[at])} ms" for at in stats.PERCENTILES})


def _by_function(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [
        [
            function,
            version,
            one.requests,
            round(100 * one.refused, 1),
            round(100 * one.failed, 1),
            *one.latency.values(),
        ]
        for (function, version), one in stats.by_function(frame).items()
    ]
    return pd.DataFrame(rows, columns=[say(text) for text in log_texts.BY_FUNCTION_COLUMNS])
