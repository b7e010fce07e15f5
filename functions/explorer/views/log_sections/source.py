"""The widgets that choose a request log, a period, a function and a version."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from functions.explorer import log_messages, messages
from functions.explorer.bundles import discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log import lines
from functions.explorer.request_log.lines import LogLines
from functions.explorer.session import format_count, option_labels, settings, translate
from functions.explorer.settings import CLOUD
from functions.explorer.tables import files
from functions.explorer.widgets.versions import list_origins, load_bundle
from shared.i18n import fill
from shared.log.reader import Line
from shared.model.bundle import Bundle

CACHE_SECONDS = 60
"""Age after which Cloud Logging is read again, in seconds."""


class Log:
    """The lines on the page, oldest first, and the same as a frame with the columns `lines.COLUMNS`."""

    def __init__(self, lines: list[Line], frame: pd.DataFrame) -> None:
        self.lines, self.frame = lines, frame

    @property
    def times(self) -> list[pd.Timestamp]:
        """The time of each line, in the reader's time zone."""
        return list(self.frame["time"])

    def of_function(self, function: str) -> "Log":
        """The lines of one function."""
        return self._where(self.frame["function"] == function)

    def of_version(self, version: str) -> "Log":
        """The lines of one version of a model."""
        return self._where(self.frame["version"] == version)

    def _where(self, mask: "pd.Series[bool]") -> "Log":
        selected = [line for line, keep in zip(self.lines, mask, strict=True) if keep]
        return Log(selected, self.frame[mask.to_numpy()].reset_index(drop=True))


def pick_log() -> Log:
    """Show the widgets and return the lines of the chosen log and period.

    Raises:
        ExplorerError: the log does not exist or has no line.
    """
    left, right = st.columns(2)
    sources = _sources()
    with left:
        source = st.selectbox(translate(log_messages.SOURCE), list(sources), key="source", persist_state="session")
    with right:
        period = st.selectbox(
            translate(log_messages.PERIOD),
            list(lines.PERIODS),
            index=list(lines.PERIODS).index("week"),
            format_func=option_labels(log_messages.PERIODS),
            key="period",
            persist_state="session",
        )
    with st.spinner(translate(messages.READING, name=source)):
        log = _read(sources[source], period, settings().max_lines, _file_state(sources[source]))
    _describe(log, source, period)
    return Log(log.lines, lines.to_frame(log.lines, time_zone()))


def _sources() -> dict[str, str]:
    """The log of the settings and the JSONL files in the data root: path, or `cloud`, by the name on the page."""
    configured = settings().journal
    name = translate(log_messages.CLOUD_LOGGING) if configured == CLOUD else Path(configured).name
    data_files = files.list_data_files(Path(settings().data_root), ".")
    return {name: configured} | {file.name: file.path for file in data_files if file.format == "JSONL"}


def _file_state(source: str) -> tuple[int, int]:
    """Size and modification time of a file, to notice that it has changed; zeros for Cloud Logging."""
    if source == CLOUD:
        return 0, 0
    try:
        status = Path(source).stat()
    except OSError as error:
        raise ExplorerError(log_messages.NO_LOG_YET) from error
    return status.st_size, status.st_mtime_ns


@st.cache_resource(ttl=CACHE_SECONDS, max_entries=2, show_spinner=False)
def _read(source: str, period: str, limit: int, state: tuple[int, int]) -> LogLines:  # noqa: ARG001  # part of the key
    return lines.read(source, period, limit, os.environ)


def _describe(log: LogLines, source: str, period: str) -> None:
    if not log.lines:
        raise ExplorerError(fill(log_messages.NO_LINES, source=source, period=log_messages.PERIODS[period]))
    notes = []
    if log.truncated:
        notes.append(translate(log_messages.ONLY_NEWEST, count=format_count(len(log.lines))))
    if log.unreadable:
        notes.append(translate(log_messages.UNREADABLE_LINES, count=format_count(log.unreadable)))
    if notes:
        st.caption(" · ".join(notes))


def time_zone() -> str:
    """The browser's time zone; UTC if it is unknown."""
    name = st.context.timezone or "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def choose_function(log: Log) -> str:
    """Show a list of the log's functions that have a model in the repository, most requests first.

    Raises:
        ExplorerError: the list is empty.
    """
    known = set(discovery.model_names())
    names = [name for name in log.frame["function"].value_counts().index if name in known]
    if not names:
        raise ExplorerError(log_messages.NO_MODEL_AVAILABLE)
    return str(st.selectbox(translate(log_messages.FUNCTION), names, key="function", persist_state="session"))


def choose_version(log: Log, function: str) -> Origin:
    """Show a list of the versions that answered, newest first, and find the bundle of the chosen one.

    Raises:
        ExplorerError: no line names a version, or the bundle is not available.
    """
    logged = log.frame["version"].dropna()
    if logged.empty:
        raise ExplorerError(log_messages.NO_MODEL_AVAILABLE)
    versions = list(dict.fromkeys(logged[::-1]))
    version = st.selectbox(translate(messages.VERSION), versions, key=f"answered:{function}", persist_state="session")
    for origin in list_origins(function):
        if origin.version == version:
            return origin
    raise ExplorerError(fill(log_messages.VERSION_UNAVAILABLE, version=version))


def choose_model(log: Log) -> tuple[Log, str, Bundle]:
    """Show both lists side by side: the lines of the chosen function, its name, the bundle of the chosen version.

    Raises:
        ExplorerError: see `choose_function`, `choose_version`; or the bundle cannot be loaded.
    """
    left, right = st.columns(2)
    with left:
        function = choose_function(log)
    of_function = log.of_function(function)
    with right:
        bundle = load_bundle(choose_version(of_function, function))
    return of_function, function, bundle
