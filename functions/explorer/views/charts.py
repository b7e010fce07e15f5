"""The page "Graphiques": correlations, counts by feature, and any chart of any columns."""

import pandas as pd
import streamlit as st

from functions.explorer import messages
from functions.explorer.charts.chart_types import CHARTS, MAX_HEAT, Slot
from functions.explorer.session import option_labels, translate
from functions.explorer.tables import columns
from functions.explorer.widgets.charts import show_chart
from functions.explorer.widgets.dataset_picker import pick_dataset
from functions.explorer.widgets.row_filters import filter_rows
from functions.explorer.widgets.sections import choose_section

LAYOUT = [1, 2]
"""Relative widths of the widgets and of the picture."""


def page() -> None:
    """Show the chosen section."""
    st.title(translate(messages.CHARTS_PAGE))
    table = pick_dataset()
    if table is None:
        return
    frame = filter_rows(table)
    sections = {
        "heat": (messages.CORRELATIONS, _show_correlations),
        "counts": (messages.BY_FEATURE, _show_counts),
        "any": (messages.CUSTOM, _show_custom_chart),
    }
    section = choose_section({key: title for key, (title, _) in sections.items()}, "part")
    sections[section][1](frame, table.key)


def _show_correlations(frame: pd.DataFrame, table_key: str) -> None:
    numbers = columns.columns_of_kind(frame, "number")
    left, right = st.columns(LAYOUT)
    names = left.multiselect(
        translate(messages.COLUMNS),
        numbers,
        numbers[:MAX_HEAT],
        key=f"heat:{table_key}",
        placeholder=translate(messages.NONE),
        persist_state="session",
    )
    with right:
        show_chart("heat", frame, {"columns": tuple(names)})


def _show_counts(frame: pd.DataFrame, table_key: str) -> None:
    names, default = list(frame.columns), columns.grouping_columns(frame)[:1]
    left, right = st.columns(LAYOUT)
    with left:
        x = _choose_column(translate(messages.FEATURE), names, default, f"feature:{table_key}")
        hue = _choose_optional_column(translate(messages.GROUPED_BY), names, f"grouping:{table_key}")
    with right:
        show_chart("counts", frame, {"x": x, "hue": hue})


def _show_custom_chart(frame: pd.DataFrame, table_key: str) -> None:
    left, right = st.columns(LAYOUT)
    with left:
        key = st.selectbox(
            translate(messages.CHART),
            list(CHARTS),
            index=list(CHARTS).index("scatter"),
            format_func=option_labels({name: chart.name for name, chart in CHARTS.items()}),
            key="chart",
            persist_state="session",
        )
        st.caption(translate(CHARTS[key].description))
        selection = {slot.name: _fill_slot(slot, frame, f"{key}:{slot.name}:{table_key}") for slot in CHARTS[key].slots}
    with right:
        show_chart(key, frame, selection)


def _fill_slot(slot: Slot, frame: pd.DataFrame, key: str) -> tuple[str, ...]:
    """Show the widget of a slot. It offers every column: `show_chart` says why one does not fit."""
    label, names = translate(slot.label), list(frame.columns)
    if slot.max_columns > 1:
        default = columns.columns_of_kind(frame, "number")[: min(slot.max_columns, 4)]
        placeholder = translate(messages.NONE)
        return tuple(st.multiselect(label, names, default, key=key, placeholder=placeholder, persist_state="session"))
    if slot.min_columns == 0:
        return _choose_optional_column(label, names, key)
    return _choose_column(label, names, _accepted_columns(slot, frame), key)


def _accepted_columns(slot: Slot, frame: pd.DataFrame) -> list[str]:
    """The columns that a slot accepts. The y slot starts with the last one, because the x slot has the first."""
    names = columns.columns_of_kind(frame, *slot.accepts)
    accepted = [name for name in names if slot.max_values is None or frame[name].nunique() <= slot.max_values]
    return accepted[::-1] if slot.name == "y" else accepted


def _choose_column(label: str, names: list[str], default: list[str], key: str) -> tuple[str, ...]:
    index = names.index(default[0]) if default else 0
    return (st.selectbox(label, names, index, key=key, persist_state="session"),)


def _choose_optional_column(label: str, names: list[str], key: str) -> tuple[str, ...]:
    name = st.selectbox(label, names, None, key=key, placeholder=translate(messages.NONE), persist_state="session")
    return () if name is None else (name,)


page()
