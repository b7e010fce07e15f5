"""A control that shows one section of a page at a time."""

from collections.abc import Mapping

import streamlit as st

from functions.explorer import messages
from functions.explorer.session import option_labels, translate
from shared.errors import Text


def choose_section(titles: Mapping[str, Text], key: str) -> str:
    """Show a segmented control of these sections and return the key of the chosen one; the first is the default."""
    return st.segmented_control(
        translate(messages.SECTION),
        list(titles),
        default=next(iter(titles)),
        required=True,
        format_func=option_labels(titles),
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
