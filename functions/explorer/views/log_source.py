"""The choice of a request log and of its lines, at the head of the page of the log."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.errors import Refused
from functions.explorer.journal import lines as log
from functions.explorer.journal.lines import Lines
from functions.explorer.session import say, settings, whole, worded
from functions.explorer.settings import CLOUD
from functions.explorer.tables import places
from shared.i18n import fill
from shared.log.reader import Line

FRESH_SECONDS = 60
"""How long Cloud Logging is not asked again."""


class Log:
    """The lines that the reader looks at, oldest first, and the same as a frame (`journal.lines.COLUMNS`)."""

    def __init__(self, lines: list[Line], frame: pd.DataFrame) -> None:
        self.lines, self.frame = lines, frame

    @property
    def times(self) -> list[pd.Timestamp]:
        """When each line was written, in the reader's zone."""
        return list(self.frame["time"])

    def of(self, function: str) -> "Log":
        """The lines of one function."""
        kept = (self.frame["function"] == function).to_numpy()
        lines = [line for line, keep in zip(self.lines, kept, strict=True) if keep]
        return Log(lines, self.frame[kept].reset_index(drop=True))


def chosen() -> Log:
    """The lines of the source and of the period that are chosen.

    Raises:
        Refused: there is no log, or no line.
    """
    left, right = st.columns(2)
    sources = _sources()
    with left:
        source = st.selectbox(say(log_texts.SOURCE), list(sources), key="source", persist_state="session")
    with right:
        period = st.selectbox(
            say(log_texts.PERIOD),
            list(log.PERIODS),
            index=list(log.PERIODS).index("week"),
            format_func=worded(log_texts.PERIODS),
            key="period",
            persist_state="session",
        )
    with st.spinner(say(texts.READING, name=source)):
        found = _read(sources[source], period, settings().max_lines, _state(sources[source]))
    _describe(found, source, period)
    return Log(found.lines, log.frame_of(found.lines, zone()))


def _sources() -> dict[str, str]:
    """The log of the settings, then the JSONL files beside the data sets: how each is called, and where it is."""
    own = settings().journal
    name = say(log_texts.CLOUD_LOGGING) if own == CLOUD else Path(own).name
    beside = places.data_files(Path(settings().data_root), ".")
    return {name: own} | {file.name: file.path for file in beside if file.kind == "JSONL"}


def _state(source: str) -> tuple[int, int]:
    """What changes when a file does."""
    if source == CLOUD:
        return 0, 0
    try:
        facts = Path(source).stat()
    except OSError as error:
        raise Refused(log_texts.NO_LOG_YET) from error
    return facts.st_size, facts.st_mtime_ns


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=2, show_spinner=False)
def _read(source: str, period: str, most: int, state: tuple[int, int]) -> Lines:  # noqa: ARG001  # part of the key
    return log.read(source, period, most, os.environ)


def _describe(found: Lines, source: str, period: str) -> None:
    if not found.lines:
        raise Refused(fill(log_texts.NO_LINES, source=source, period=log_texts.PERIODS[period]))
    notes = [say(log_texts.ONLY_NEWEST, count=whole(len(found.lines)))] if found.cut else []
    notes += [say(log_texts.UNREADABLE_LINES, count=whole(found.unreadable))] if found.unreadable else []
    if notes:
        st.caption(" · ".join(notes))


def zone() -> str:
    """The reader's time zone, as the browser says it; UTC where that is none."""
    given = st.context.timezone or "UTC"
    try:
        return ZoneInfo(given).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
