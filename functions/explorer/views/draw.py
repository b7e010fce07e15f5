"""A chart on a page: the picture with its words, or one sentence that says why there is none."""

import logging

import pandas as pd
import streamlit as st

from functions.explorer import texts
from functions.explorer.charts import kinds, theme
from functions.explorer.charts.draw import Style
from functions.explorer.session import language, page_theme, plain, say

LOG = logging.getLogger(__name__)


def chart(key: str, frame: pd.DataFrame, chosen: kinds.Chosen) -> None:
    """Draw the kind of chart `key` of the chosen columns, where that makes sense."""
    kind = kinds.CHARTS[key]
    fault = kinds.fault(kind, frame, chosen)
    if fault is not None:
        st.info(plain(say(fault)), icon=":material/help:")
        return
    try:
        png = _png(kind, frame, chosen)
    except Exception:
        LOG.exception("chart %s", key)
        st.warning(say(texts.NOT_DRAWN, chart=kind.name), icon=":material/info:")
        return
    show(png, f"{say(kind.name)} : {', '.join(name for names in chosen.values() for name in names)}", key)
    notes = [say(note, **values) for note, values in kinds.notes(kind, frame, chosen)]
    if notes:
        st.caption(" · ".join(notes))


def _png(kind: kinds.Chart, frame: pd.DataFrame, chosen: kinds.Chosen) -> bytes:
    style = Style(page_theme(), language())
    return theme.picture(lambda figure: kind.draw(figure, frame, chosen, style), style.theme, style.language, kind.size)


def show(png: bytes, words: str, name: str) -> None:
    """A picture, what it shows in words for whoever does not see it, and a button to keep it."""
    st.image(png, alt=words, width="stretch")
    st.download_button(
        say(texts.DOWNLOAD_PICTURE),
        png,
        f"{name}.png",
        "image/png",
        key=f"picture:{name}",
        icon=":material/download:",
        on_click="ignore",
    )
