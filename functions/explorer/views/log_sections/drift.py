"""Section "Dérive": the stability index of each quantity of a version against its training data."""

import streamlit as st

from functions.explorer import log_messages
from functions.explorer.charts import log_plots
from functions.explorer.request_log import drift
from functions.explorer.request_log.predictions import log_rows_of
from functions.explorer.session import format_decimal, language, translate
from functions.explorer.views.log_sections.source import Log, choose_model
from functions.explorer.widgets.charts import render_picture, show_picture
from functions.explorer.widgets.tables import show_table


def show(log: Log) -> None:
    """Show the section."""
    of_function, function, bundle = choose_model(log)
    measured = drift.measure(of_function.lines, log_rows_of(function), bundle)
    past = len(measured.past)
    values = {"past": past, "count": len(measured.shifts), "threshold": format_decimal(measured.threshold, 1)}
    show_message = st.warning if past else st.success
    show_message(translate(log_messages.DRIFT_SUMMARY, **values), icon=":material/monitoring:")
    png = render_picture(lambda figure, style: log_plots.drift(figure, measured, style), log_plots.drift_size(measured))
    show_picture(png, translate(log_messages.DRIFT_SECTION), "drift")
    show_table(drift.table(measured, language()), log_messages.DRIFT_SECTION)
    st.caption(translate(log_messages.PSI_EXPLAINED))
