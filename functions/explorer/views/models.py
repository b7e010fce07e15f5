"""The page "Modèles": card, metrics, pictures and versions of a model, and two versions side by side."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from functions.explorer import messages
from functions.explorer.bundles import card_blocks, differences, discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import ExplorerError
from functions.explorer.session import escape_markdown, format_decimal, option_labels, settings, show_errors, translate
from functions.explorer.widgets.sections import choose_section
from functions.explorer.widgets.tables import show_table
from functions.explorer.widgets.versions import list_origins, list_registry, load_bundle
from shared.errors import Text
from shared.model.bundle import Bundle, Manifest

DECIMALS = 5
"""Decimals of a metric."""
PICTURES_PER_ROW = 2
CARD_WIDTH = 820
"""Width of the card, in pixels."""


def page() -> None:
    """Show the chosen section of the chosen model."""
    st.title(translate(messages.MODELS_PAGE))
    with show_errors():
        model = st.selectbox(translate(messages.MODEL), discovery.model_names(), key="model", persist_state="session")
        origins = list_origins(model)
        sections = {
            "card": (messages.CARD, partial(_show_version, origins, _show_card)),
            "figures": (messages.METRICS, partial(_show_version, origins, _show_metrics)),
            "pictures": (messages.PICTURES, partial(_show_version, origins, _show_pictures)),
            "versions": (messages.VERSIONS, partial(_show_versions, model, origins)),
            "compare": (messages.COMPARE, partial(_compare, origins)),
        }
        section = choose_section({key: title for key, (title, _) in sections.items()}, "model_part")
        sections[section][1]()


def _show_version(origins: list[Origin], show: Callable[[Bundle], None]) -> None:
    origin = _choose_version(messages.VERSION, origins, 0, "version")
    show(load_bundle(origin))


def _choose_version(label: Text, origins: list[Origin], index: int, key: str) -> Origin:
    versions = {origin.version: origin for origin in origins}
    labels = option_labels({version: origin.label for version, origin in versions.items()})
    version = st.selectbox(translate(label), list(versions), index, format_func=labels, key=f"{key}:{origins[0].model}")
    return versions[version]


def _show_card(bundle: Bundle) -> None:
    blocks = card_blocks.card_blocks(bundle)
    if not blocks:
        raise ExplorerError(messages.NO_CARD)
    with st.container(width=CARD_WIDTH):
        for block in blocks:
            if isinstance(block, str):
                st.markdown(block)
            else:
                st.image(block.content, alt=block.alt, caption=escape_markdown(block.alt))


def _show_metrics(bundle: Bundle) -> None:
    rows = [[one.graph, one.name, _format(one.first)] for one in differences.metrics(bundle.manifest)]
    header = [translate(text) for text in messages.METRIC_COLUMNS]
    show_table(pd.DataFrame(rows, columns=header), messages.METRICS, formatted=header[2:])
    st.caption(translate(messages.GLOSSARY))
    st.subheader(translate(messages.FACTS))
    facts = list(differences.facts(bundle.manifest).items())
    show_table(pd.DataFrame(facts, columns=[translate(text) for text in messages.FACT_COLUMNS]), messages.FACTS)


def _format(value: float | None) -> str:
    """A metric as text: as a number, the table would show three decimals."""
    return "" if value is None else format_decimal(value, DECIMALS)


def _show_pictures(bundle: Bundle) -> None:
    pictures = card_blocks.pictures(bundle)
    if not pictures:
        raise ExplorerError(messages.NO_PICTURES)
    columns = st.columns(PICTURES_PER_ROW)
    for number, (name, content) in enumerate(pictures.items()):
        column = columns[number % PICTURES_PER_ROW]
        column.image(content, caption=escape_markdown(name), alt=name, width="stretch")


def _show_versions(model: str, origins: list[Origin]) -> None:
    listing = list_registry(model)
    rows: list[list[object]] = [
        [one.version, translate(messages.PLACE_NAMES[one.place]), "", None, ""]
        for one in origins
        if one.place != "bucket"
    ]
    if listing is not None:
        rows += [
            [one.version, "bucket", translate(messages.STATES[one.role or one.state]), one.bytes, one.published or ""]
            for one in listing.versions
        ]
        if listing.fault:
            st.warning(translate(messages.POINTER, fault=listing.fault))
    header = [translate(text) for text in messages.VERSION_COLUMNS]
    show_table(pd.DataFrame(rows, columns=header), messages.VERSIONS)
    if listing is None:
        st.caption(translate(messages.NO_BUCKET))
    elif listing.current:
        st.caption(translate(messages.CURRENT_SINCE, version=listing.current.version, when=listing.current.when))


def _compare(origins: list[Origin]) -> None:
    if len(origins) < 2:
        searched = settings().models_bucket or settings().bundles
        raise ExplorerError(messages.ONE_VERSION if searched else messages.ONE_VERSION_AND_NO_BUCKET)
    left, right = st.columns(2)
    with left:
        first = load_bundle(_choose_version(messages.FIRST, origins, 0, "first")).manifest
    with right:
        second = load_bundle(_choose_version(messages.SECOND, origins, 1, "second")).manifest
    headers = [first.version, second.version]
    if first.version == second.version:
        headers = [f"{first.version} (1)", f"{second.version} (2)"]
    _show_metric_differences(first, second, headers)
    _show_fact_differences(first, second, headers)


def _show_metric_differences(first: Manifest, second: Manifest, headers: list[str]) -> None:
    words = {True: translate(messages.BETTER), False: translate(messages.WORSE), None: ""}
    rows = [
        [one.graph, one.name, *map(_format, (one.first, one.second, one.difference)), words[one.better]]
        for one in differences.metrics(first, second)
    ]
    header = [*map(translate, messages.METRIC_COLUMNS[:2]), *headers, *map(translate, messages.DIFFERENCE_COLUMNS)]
    show_table(pd.DataFrame(rows, columns=header), messages.COMPARE, formatted=header[2:5])
    st.caption(translate(messages.GLOSSARY))


def _show_fact_differences(first: Manifest, second: Manifest, headers: list[str]) -> None:
    changed = differences.changed(differences.facts(first), differences.facts(second))
    st.subheader(translate(messages.CHANGED_FACTS))
    rows = [[name, *values] for name, values in changed.items()]
    show_table(pd.DataFrame(rows, columns=[translate(messages.FACT_COLUMNS[0]), *headers]), messages.CHANGED_FACTS)


page()
