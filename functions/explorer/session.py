"""One reader's session: language, theme, translated and escaped texts, numbers in the reader's format."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from functions.explorer import messages
from functions.explorer import settings as environment
from functions.explorer.errors import ExplorerError
from shared import i18n
from shared.errors import Text

LANGUAGE = "lang"
"""Key of the language in the session and in the URL's query."""


def settings() -> environment.Settings:
    """The settings of this process."""
    return environment.parse(os.environ)


def choose_language() -> None:
    """Show the language switch. Its default is the browser's language, or French."""
    locale = (st.context.locale or "").lower()
    default = i18n.ENGLISH if locale.startswith("en") else i18n.FRENCH
    names = {i18n.FRENCH: "Français", i18n.ENGLISH: "English"}
    st.segmented_control(
        i18n.pick(messages.LANGUAGE, st.session_state.get(LANGUAGE, default)),
        list(i18n.LANGUAGES),
        default=default,
        required=True,
        format_func=names.__getitem__,
        key=LANGUAGE,
        bind="query-params",
        persist_state="session",
    )


def language() -> str:
    """`fr` or `en`."""
    return str(st.session_state.get(LANGUAGE) or i18n.FRENCH)


def theme_mode() -> str:
    """`light` or `dark`."""
    return st.context.theme.type or "light"


def translate(text: Text, **values: object) -> str:
    """A text in the reader's language as Markdown, its placeholders filled with the values, which are escaped.

    A text without values is not filled: its braces may come from a file.
    """
    filled = i18n.fill(text, **{name: _escape(value) for name, value in values.items()}) if values else text
    return i18n.pick(filled, language())


def _escape(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_escape(half) for half in value)
    return escape_markdown(value) if isinstance(value, str) else value


def escape_markdown(text: str) -> str:
    """The text as Markdown without markup: a column's name may be a picture, which the browser would fetch."""
    return re.sub(r"([\\`*_\[\]<>#|~$:!])", r"\\\1", text)


def option_labels(texts: Mapping[str, Text]) -> Callable[[str], str]:
    """A `format_func` for a widget: an option's text in the reader's language, or the option itself without one."""
    labels = {option: translate(text) for option, text in texts.items()}
    return lambda option: labels.get(option, option)


def format_count(count: float) -> str:
    """A whole number with thousands separators, in the reader's language."""
    return f"{count:,.0f}".replace(",", "," if language() == i18n.ENGLISH else "\u202f")


def format_decimal(value: float, decimals: int = 2) -> str:
    """A number in the reader's language; a dash for NaN."""
    if value != value:  # noqa: PLR0124  # NaN
        return "–"
    text = f"{value:.{decimals}f}".replace("-", "−")
    return text if language() == i18n.ENGLISH else text.replace(".", ",")


def format_significant(value: float) -> str:
    """A number to five significant digits, or to the unit from 100,000 on, in the reader's language."""
    text = f"{value:.5g}" if abs(value) < 1e5 else f"{value:.0f}"
    return text if language() == i18n.ENGLISH else text.replace(".", ",")


def format_percent(share: float) -> str:
    """A share in [0, 1] in percent with one decimal, in the reader's language."""
    return format_decimal(100 * share, 1) + ("%" if language() == i18n.ENGLISH else "\u202f%")


@contextmanager
def show_errors() -> Iterator[None]:
    """Show an `ExplorerError` as a warning and continue after the block."""
    try:
        yield
    except ExplorerError as error:
        st.warning(escape_markdown(translate(error.detail)), icon=":material/info:")
