"""What the pages share: the reader's language and theme, the settings, a sentence in place of what cannot be shown."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from functions.explorer import settings as environment
from functions.explorer import texts
from functions.explorer.errors import Refused
from shared import i18n
from shared.errors import Text

LANGUAGE = "lang"


def settings() -> environment.Settings:
    """The settings of this process."""
    return environment.parse(os.environ)


def choose_language() -> None:
    """The switch; the browser's language decides at first."""
    given = (st.context.locale or "").lower()
    first = i18n.ENGLISH if given.startswith("en") else i18n.FRENCH
    names = {i18n.FRENCH: "Français", i18n.ENGLISH: "English"}
    st.segmented_control(
        i18n.pick(texts.LANGUAGE, st.session_state.get(LANGUAGE, first)),
        list(i18n.LANGUAGES),
        default=first,
        required=True,
        format_func=names.__getitem__,
        key=LANGUAGE,
        bind="query-params",
        persist_state="session",
    )


def language() -> str:
    """`fr` or `en`."""
    return str(st.session_state.get(LANGUAGE) or i18n.FRENCH)


def page_theme() -> str:
    """`light` or `dark`."""
    return st.context.theme.type or "light"


def say(text: Text, **values: object) -> str:
    """A text in the reader's language, its places filled with values that stand for nothing but themselves.

    Without values it is whole already: its braces are a file's own.
    """
    filled = i18n.fill(text, **{name: _plain(value) for name, value in values.items()}) if values else text
    return i18n.pick(filled, language())


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_plain(half) for half in value)
    return plain(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    """A text as Markdown that shows it as it is: a picture of another site in the name of a column would be fetched."""
    return re.sub(r"([\\`*_\[\]<>#|~$:!])", r"\\\1", text)


def worded(texts: Mapping[str, Text]) -> Callable[[str], str]:
    """What writes a choice, in the reader's language, for a widget; a choice that has no text stands for itself."""
    words = {choice: say(text) for choice, text in texts.items()}
    return lambda choice: words.get(choice, choice)


def whole(count: float) -> str:
    """A count, its thousands apart as the language writes them."""
    return f"{count:,.0f}".replace(",", "," if language() == i18n.ENGLISH else "\u202f")


def decimal(value: float, decimals: int = 2) -> str:
    """A number as the language writes it; nothing for NaN."""
    if value != value:  # noqa: PLR0124  # NaN
        return "–"
    text = f"{value:.{decimals}f}".replace("-", "−")
    return text if language() == i18n.ENGLISH else text.replace(".", ",")


def significant(value: float) -> str:
    """A number to five significant digits, or to the unit where it has more, as the language writes it."""
    text = f"{value:.5g}" if abs(value) < 1e5 else f"{value:.0f}"
    return text if language() == i18n.ENGLISH else text.replace(".", ",")


def percent(share: float) -> str:
    """A share in [0, 1], in percent with one decimal, as the language writes it."""
    return decimal(100 * share, 1) + ("%" if language() == i18n.ENGLISH else "\u202f%")


@contextmanager
def explained() -> Iterator[None]:
    """Say in one sentence what cannot be shown, and go on."""
    try:
        yield
    except Refused as refused:
        st.warning(plain(say(refused.detail)), icon=":material/info:")
