"""The page of the request log."""

import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.session import explained, say, worded
from functions.explorer.views import log_answers, log_overview, log_replay, log_students
from functions.explorer.views.log_source import chosen, zone


def page() -> None:
    """Show one part."""
    st.title(say(texts.JOURNAL_PAGE))
    with explained():
        log = chosen()
        parts = {
            "overview": (log_texts.OVERVIEW, log_overview.show),
            "answers": (log_texts.ANSWERED, log_answers.answers),
            "drift": (log_texts.DRIFTED, log_answers.drift),
            "students": (log_texts.STUDENTS, log_students.show),
            "replay": (log_texts.REPLAY, log_replay.show),
        }
        part = st.segmented_control(
            say(texts.PART),
            list(parts),
            default="overview",
            required=True,
            format_func=worded({key: name for key, (name, _) in parts.items()}),
            key="log_part",
            label_visibility="collapsed",
            persist_state="session",
        )
        st.caption(say(log_texts.TIMES_IN, zone=zone()))
        parts[part][1](log)


page()
