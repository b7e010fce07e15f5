"""Charts and pictures on a page."""

import logging
from collections.abc import Callable

import pandas as pd
import streamlit as st
from matplotlib.figure import Figure

from functions.explorer import messages
from functions.explorer.charts import chart_types, render
from functions.explorer.charts.plots import PlotData, Selection
from functions.explorer.charts.theme import Style
from functions.explorer.session import escape_markdown, language, theme_mode, translate

LOG = logging.getLogger(__name__)


def show_chart(key: str, frame: pd.DataFrame, selection: Selection) -> None:
    """Show a chart, or one sentence that says why it cannot show these columns.

    Args:
        key: a key of `chart_types.CHARTS`.
        frame: the rows.
        selection: the selected columns by slot.
    """
    chart = chart_types.CHARTS[key]
    error = chart_types.selection_error(chart, frame, selection)
    if error is not None:
        st.info(escape_markdown(translate(error)), icon=":material/help:")
        return
    try:
        png = render_picture(lambda figure, style: chart.draw(figure, PlotData(frame, selection, style)), chart.size)
    except Exception:
        LOG.exception("chart %s", key)
        st.warning(translate(messages.NOT_DRAWN, chart=chart.name), icon=":material/info:")
        return
    alt = f"{translate(chart.name)} : {', '.join(name for names in selection.values() for name in names)}"
    show_picture(png, alt, key)
    notes = [translate(note, **values) for note, values in chart_types.notes(chart, frame, selection)]
    if notes:
        st.caption(" · ".join(notes))


def render_picture(draw: Callable[[Figure, Style], None], size: tuple[float, float]) -> bytes:
    """A picture of this size in inches as PNG, in the page's theme and language. `draw` draws on an empty figure."""
    return render.render_png(draw, Style(theme_mode(), language()), size)


def show_picture(png: bytes, alt: str, name: str) -> None:
    """Show a picture with a download button.

    Args:
        png: the picture.
        alt: alternative text, for screen readers.
        name: name of the downloaded file, without its extension.
    """
    st.image(png, alt=alt, width="stretch")
    st.download_button(
        translate(messages.DOWNLOAD_PICTURE),
        png,
        f"{name}.png",
        "image/png",
        key=f"picture:{name}",
        icon=":material/download:",
        on_click="ignore",
    )
