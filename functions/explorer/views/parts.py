"""The parts of a page, of which one is shown."""

from collections.abc import Mapping

import streamlit as st

from functions.explorer import texts
from functions.explorer.session import say, worded
from shared.errors import Text


def choose(parts: Mapping[str, Text], key: str) -> str:
    """The part that is chosen, of these by what they are called; the first one at first."""
    return st.segmented_control(
        say(texts.PART),
        list(parts),
        default=next(iter(parts)),
        required=True,
        format_func=worded(parts),
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
