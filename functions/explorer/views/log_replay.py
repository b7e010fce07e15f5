"""One request put again to versions of its model, their answers beside the one that was logged."""

from typing import Any

import pandas as pd
import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import Refused
from functions.explorer.journal import replay
from functions.explorer.session import language, say, settings, worded
from functions.explorer.views.grid import grid
from functions.explorer.views.log_answers import function_of
from functions.explorer.views.log_source import Log
from functions.explorer.views.versions import choices, predictor
from shared.log.reader import Line

MOST = 200
"""Requests to choose from, the newest."""


def show(log: Log) -> None:
    """A request, and what each chosen version answers to it."""
    left, right = st.columns(2)
    with left:
        function = function_of(log)
    own = log.of(function)
    with right:
        at = _request(own)
    line = own.lines[at]
    value = replay.value_of(line, settings().saved_images_uri)
    origins = {origin.version: origin for origin in choices(function)}
    answered = (line.get("model") or {}).get("version")
    versions = st.multiselect(
        say(log_texts.AGAINST),
        list(origins),
        sorted(origins, key=lambda version: version != answered)[:2],
        format_func=worded({version: origin.label for version, origin in origins.items()}),
        key=f"against:{function}",
        placeholder=say(texts.NONE),
        persist_state="session",
    )
    if not versions:
        raise Refused(log_texts.CHOOSE_A_VERSION)
    answers = {version: _answer(function, value, origins[version]) for version in versions}
    _beside(line.get("prediction"), answered, answers)
    with st.expander(say(log_texts.THE_REQUEST)):
        st.json(line.get("payload"), expanded=2)


def _request(own: Log) -> int:
    newest = list(range(len(own.lines)))[::-1][:MOST]
    known, times = [_identifier(line) for line in own.lines], own.times
    labels = {at: f"{times[at]:%d/%m %H:%M:%S} · {own.lines[at].get('status')} · {known[at]}" for at in newest}
    names = [f"{known[at]} {own.lines[at]['time']}" for at in newest]
    chosen = st.selectbox(
        say(log_texts.REQUEST),
        names,
        format_func=lambda name: labels[newest[names.index(name)]],
        key="request",
    )
    return newest[names.index(chosen)]


def _identifier(line: Line) -> str:
    """A request's identifier, which its line may lack and another one may have too."""
    return str(line.get("request_id") or "–")


def _answer(function: str, value: Any, origin: Origin) -> replay.Answer:
    return replay.answer(function, value, predictor(origin), language())


def _beside(logged: Any, answered: str | None, answers: dict[str, replay.Answer]) -> None:
    """Every value of every answer, by its place; the logged answer is the short one of the log."""
    head = say(log_texts.LOGGED, version=answered or "–")
    columns = {head: replay.flat(logged) if logged is not None else {}}
    for version, one in answers.items():
        if one.refusal is not None:
            st.warning(say(log_texts.REFUSES, version=version, reason=one.refusal), icon=":material/block:")
        columns[version] = replay.flat(one.body) if one.body is not None else {}
    places = list(dict.fromkeys(place for column in columns.values() for place in column))
    rows = [[place, *(_shown(column.get(place)) for column in columns.values())] for place in places]
    grid(pd.DataFrame(rows, columns=[say(log_texts.FIELD), *columns]), log_texts.REPLAY)
    differing = sum(len(set(row[2:])) > 1 for row in rows)
    if len(answers) > 1:
        st.caption(say(log_texts.DIFFERING, count=differing, total=len(rows)))


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
