"""The page of the charts: correlations, counts, and any chart of any columns."""

import pandas as pd
import streamlit as st

from functions.explorer import texts
from functions.explorer.charts.kinds import CHARTS, MOST_HEAT, Slot
from functions.explorer.session import say, worded
from functions.explorer.tables import columns
from functions.explorer.views import draw
from functions.explorer.views.narrow import rows
from functions.explorer.views.parts import choose
from functions.explorer.views.pick import table

WIDE = [1, 2]
"""The widths of what is chosen and of what is drawn."""


def page() -> None:
    """Show one part."""
    st.title(say(texts.CHARTS_PAGE))
    found = table()
    if found is None:
        return
    frame = rows(found)
    parts = {"heat": (texts.CORRELATIONS, _heat), "counts": (texts.BY_FEATURE, _counts), "any": (texts.CUSTOM, _any)}
    part = choose({key: name for key, (name, _) in parts.items()}, "part")
    parts[part][1](frame, found.key)


def _heat(frame: pd.DataFrame, name: str) -> None:
    numbers = columns.of_kind(frame, "number")
    left, right = st.columns(WIDE)
    chosen = left.multiselect(
        say(texts.COLUMNS),
        numbers,
        numbers[:MOST_HEAT],
        key=f"heat:{name}",
        placeholder=say(texts.NONE),
        persist_state="session",
    )
    with right:
        draw.chart("heat", frame, {"columns": tuple(chosen)})


def _counts(frame: pd.DataFrame, name: str) -> None:
    groups = columns.groups(frame)
    left, right = st.columns(WIDE)
    with left:
        x = _one(say(texts.FEATURE), list(frame.columns), groups[:1], f"feature:{name}")
        hue = _optional(say(texts.GROUPED_BY), list(frame.columns), f"grouping:{name}")
    with right:
        draw.chart("counts", frame, {"x": x, "hue": hue})


def _any(frame: pd.DataFrame, name: str) -> None:
    left, right = st.columns(WIDE)
    with left:
        key = st.selectbox(
            say(texts.CHART),
            list(CHARTS),
            index=list(CHARTS).index("scatter"),
            format_func=worded({name: chart.name for name, chart in CHARTS.items()}),
            key="chart",
            persist_state="session",
        )
        st.caption(say(CHARTS[key].shows))
        chosen = {slot.name: _slot(slot, frame, f"{key}:{slot.name}:{name}") for slot in CHARTS[key].slots}
    with right:
        draw.chart(key, frame, chosen)


def _slot(slot: Slot, frame: pd.DataFrame, key: str) -> tuple[str, ...]:
    """Any column may be chosen for any place: what makes no sense is said, not hidden."""
    names = list(frame.columns)
    if slot.many > 1:
        numbers = columns.of_kind(frame, "number")
        first = numbers[: min(slot.many, 4)]
        placeholder = say(texts.NONE)
        return tuple(
            st.multiselect(say(slot.label), names, first, key=key, placeholder=placeholder, persist_state="session")
        )
    if slot.least == 0:
        return _optional(say(slot.label), names, key)
    return _one(say(slot.label), names, _fitting(slot, frame), key)


def _fitting(slot: Slot, frame: pd.DataFrame) -> list[str]:
    """The columns that a place takes; of the vertical axis the last one first: the horizontal one has the first."""
    kinds = columns.of_kind(frame, *slot.takes)
    found = [name for name in kinds if slot.most is None or frame[name].nunique() <= slot.most]
    return found[::-1] if slot.name == "y" else found


def _one(label: str, names: list[str], first: list[str], key: str) -> tuple[str, ...]:
    index = names.index(first[0]) if first else 0
    return (st.selectbox(label, names, index, key=key, persist_state="session"),)


def _optional(label: str, names: list[str], key: str) -> tuple[str, ...]:
    chosen = st.selectbox(label, names, None, key=key, placeholder=say(texts.NONE), persist_state="session")
    return () if chosen is None else (chosen,)


page()
