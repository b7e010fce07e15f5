"""The page of the request log."""

import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.session import explained, say
from functions.explorer.views import log_answers, log_overview, log_replay, log_students
from functions.explorer.views.log_source import chosen, zone
from functions.explorer.views.parts import choose


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
        part = choose({key: name for key, (name, _) in parts.items()}, "log_part")
        st.caption(say(log_texts.TIMES_IN, zone=zone()))
        parts[part][1](log)


page()
