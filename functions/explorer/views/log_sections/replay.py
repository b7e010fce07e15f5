"""Section "Rejouer": a logged request replayed against versions of its model, beside the logged prediction."""

from typing import Any

import pandas as pd
import streamlit as st

from functions.explorer import log_messages, messages
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log.replay import ReplayedResponse, flatten, logged_request, replay
from functions.explorer.session import language, option_labels, settings, translate
from functions.explorer.views.log_sections.source import Log, choose_function
from functions.explorer.widgets.tables import show_table
from functions.explorer.widgets.versions import list_origins, load_predictor
from shared.log.reader import Line

MAX_REQUESTS = 200
"""Most requests to choose from, the newest."""


def show(log: Log) -> None:
    """Show the section."""
    left, right = st.columns(2)
    with left:
        function = choose_function(log)
    of_function = log.of_function(function)
    with right:
        line = of_function.lines[_choose_request(of_function)]
    payload = logged_request(line, settings().saved_images_uri)
    logged_version = (line.get("model") or {}).get("version")
    origins = _choose_versions(function, logged_version)
    if not origins:
        raise ExplorerError(log_messages.CHOOSE_A_VERSION)
    responses = {one.version: replay(function, payload, load_predictor(one), language()) for one in origins}
    _show_responses(line.get("prediction"), logged_version, responses)
    with st.expander(translate(log_messages.LOGGED_REQUEST)):
        st.json(line.get("payload"), expanded=2)


def _choose_request(log: Log) -> int:
    """The index of the chosen line."""
    newest = list(range(len(log.lines)))[::-1][:MAX_REQUESTS]
    identifiers, times = [_identifier(line) for line in log.lines], log.times
    labels = {at: f"{times[at]:%d/%m %H:%M:%S} · {log.lines[at].get('status')} · {identifiers[at]}" for at in newest}
    names = [f"{identifiers[at]} {log.lines[at]['time']}" for at in newest]
    name = st.selectbox(
        translate(log_messages.REQUEST),
        names,
        format_func=lambda option: labels[newest[names.index(option)]],
        key="request",
    )
    return newest[names.index(name)]


def _identifier(line: Line) -> str:
    """The request's identifier. A line may lack it, and it may not be unique."""
    return str(line.get("request_id") or "–")


def _choose_versions(function: str, logged_version: str | None) -> list[Origin]:
    """The chosen versions; by default the one that answered and another one."""
    origins = {origin.version: origin for origin in list_origins(function)}
    versions = st.multiselect(
        translate(log_messages.REPLAY_VERSIONS),
        list(origins),
        sorted(origins, key=lambda version: version != logged_version)[:2],
        format_func=option_labels({version: origin.label for version, origin in origins.items()}),
        key=f"against:{function}",
        placeholder=translate(messages.NONE),
        persist_state="session",
    )
    return [origins[version] for version in versions]


def _show_responses(logged: Any, logged_version: str | None, responses: dict[str, ReplayedResponse]) -> None:
    """Show one row per JSON pointer, one column per response. The log holds a part of the response only."""
    header = translate(log_messages.LOGGED_COLUMN, version=logged_version or "–")
    columns = {header: flatten(logged) if logged is not None else {}}
    for version, response in responses.items():
        if response.error is not None:
            reason = translate(log_messages.VERSION_REFUSES, version=version, reason=response.error)
            st.warning(reason, icon=":material/block:")
        columns[version] = flatten(response.body) if response.body is not None else {}
    pointers = list(dict.fromkeys(pointer for column in columns.values() for pointer in column))
    rows = [[pointer, *(_text(column.get(pointer)) for column in columns.values())] for pointer in pointers]
    show_table(
        pd.DataFrame(rows, columns=[translate(log_messages.POINTER_COLUMN), *columns]), log_messages.REPLAY_SECTION
    )
    differing = sum(len(set(row[2:])) > 1 for row in rows)
    if len(responses) > 1:
        st.caption(translate(log_messages.DIFFERENCE_COUNT, count=differing, total=len(rows)))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
