"""The page "Journal": the request log."""

import streamlit as st

from functions.explorer import log_messages, messages
from functions.explorer.session import show_errors, translate
from functions.explorer.views.log_sections import drift, overview, predictions, replay, students
from functions.explorer.views.log_sections.source import pick_log, time_zone
from functions.explorer.widgets.sections import choose_section


def page() -> None:
    """Show the chosen section."""
    st.title(translate(messages.REQUEST_LOG_PAGE))
    with show_errors():
        log = pick_log()
        sections = {
            "overview": (log_messages.OVERVIEW_SECTION, overview.show),
            "answers": (log_messages.PREDICTIONS_SECTION, predictions.show),
            "drift": (log_messages.DRIFT_SECTION, drift.show),
            "students": (log_messages.STUDENTS_SECTION, students.show),
            "replay": (log_messages.REPLAY_SECTION, replay.show),
        }
        section = choose_section({key: title for key, (title, _) in sections.items()}, "log_part")
        st.caption(translate(log_messages.TIMES_IN, zone=time_zone()))
        sections[section][1](log)


page()
