"""The page of the models: cards, figures, pictures, versions, and two versions side by side."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from functions.explorer import texts
from functions.explorer.bundles import card, differences, discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.errors import Refused
from functions.explorer.session import decimal, explained, plain, say, settings, worded
from functions.explorer.views.grid import grid
from functions.explorer.views.parts import choose
from functions.explorer.views.versions import choices, load, registry
from shared.model.bundle import Bundle, Manifest

DECIMALS = 5
PER_LINE = 2
"""Pictures beside each other."""


def page() -> None:
    """Show one part of one model."""
    st.title(say(texts.MODELS_PAGE))
    with explained():
        model = st.selectbox(say(texts.MODEL), discovery.models(), key="model", persist_state="session")
        origins = choices(model)
        parts = {
            "card": (texts.CARD, partial(_of_one, origins, _card)),
            "figures": (texts.FIGURES_OF, partial(_of_one, origins, _figures)),
            "pictures": (texts.PICTURES, partial(_of_one, origins, _pictures)),
            "versions": (texts.VERSIONS, partial(_versions, model, origins)),
            "compare": (texts.COMPARE, partial(_compare, origins)),
        }
        part = choose({key: name for key, (name, _) in parts.items()}, "model_part")
        parts[part][1]()


def _of_one(origins: list[Origin], show: Callable[[Bundle], None]) -> None:
    origin = _choose(texts.VERSION, origins, 0, "version")
    show(load(origin))


def _choose(label: tuple[str, str], origins: list[Origin], index: int, key: str) -> Origin:
    versions = {origin.version: origin for origin in origins}
    labels = worded({version: origin.label for version, origin in versions.items()})
    return versions[
        st.selectbox(say(label), list(versions), index, format_func=labels, key=f"{key}:{origins[0].model}")
    ]


def _card(bundle: Bundle) -> None:
    parts = card.parts(bundle)
    if not parts:
        raise Refused(texts.NO_CARD)
    with st.container(width=820):
        for part in parts:
            if isinstance(part, str):
                st.markdown(part)
            else:
                st.image(part.content, alt=part.shows, caption=plain(part.shows))


def _figures(bundle: Bundle) -> None:
    rows = [[one.graph, one.name, _number(one.first)] for one in differences.figures(bundle.manifest)]
    head = [say(text) for text in texts.FIGURE]
    grid(pd.DataFrame(rows, columns=head), texts.FIGURES_OF, written=head[2:])
    st.caption(say(texts.GLOSSARY))
    st.subheader(say(texts.MADE_OF))
    facts = differences.facts(bundle.manifest)
    grid(pd.DataFrame(list(facts.items()), columns=[say(text) for text in texts.FACT]), texts.MADE_OF)


def _number(value: float | None) -> str:
    """A table of numbers would show three decimals."""
    return "" if value is None else decimal(value, DECIMALS)


def _pictures(bundle: Bundle) -> None:
    pictures = card.pictures(bundle)
    if not pictures:
        raise Refused(texts.NO_PICTURES)
    places = st.columns(PER_LINE)
    for number, (name, content) in enumerate(pictures.items()):
        places[number % PER_LINE].image(content, caption=plain(name), alt=name, width="stretch")


def _versions(model: str, origins: list[Origin]) -> None:
    listing = registry(model)
    here = [one for one in origins if one.place != "bucket"]
    rows: list[list[object]] = [[one.version, say(texts.PLACE_NAMES[one.place]), "", None, ""] for one in here]
    if listing is not None:
        rows += [
            [one.version, "bucket", say(texts.STATES[one.role or one.state]), one.bytes, one.published or ""]
            for one in listing.versions
        ]
        if listing.fault:
            st.warning(say(texts.POINTER, fault=listing.fault))
    grid(pd.DataFrame(rows, columns=[say(text) for text in texts.VERSION_FACTS]), texts.VERSIONS)
    if listing is None:
        st.caption(say(texts.NO_BUCKET))
    elif listing.current:
        st.caption(say(texts.CURRENT_SINCE, version=listing.current.version, when=listing.current.when))


def _compare(origins: list[Origin]) -> None:
    if len(origins) < 2:
        bucket = settings().models_bucket or settings().bundles
        raise Refused(texts.ONE_VERSION if bucket else texts.ONE_VERSION_AND_NO_BUCKET)
    left, right = st.columns(2)
    with left:
        first = load(_choose(texts.FIRST, origins, 0, "first")).manifest
    with right:
        second = load(_choose(texts.SECOND, origins, 1, "second")).manifest
    _differences(first, second)


def _differences(first: Manifest, second: Manifest) -> None:
    words = {True: say(texts.BETTER), False: say(texts.WORSE), None: ""}
    rows = [
        [one.graph, one.name, *map(_number, (one.first, one.second, one.difference)), words[one.better]]
        for one in differences.figures(first, second)
    ]
    head = [*(say(text) for text in texts.FIGURE[:2]), first.version, second.version, *map(say, texts.DIFFERENCE)]
    if first.version == second.version:
        head[2:4] = [f"{first.version} (1)", f"{second.version} (2)"]
    grid(pd.DataFrame(rows, columns=head), texts.COMPARE, written=head[2:5])
    st.caption(say(texts.GLOSSARY))
    changed = differences.changed(differences.facts(first), differences.facts(second))
    st.subheader(say(texts.CHANGED))
    facts = [[name, *both] for name, both in changed.items()]
    grid(pd.DataFrame(facts, columns=[say(texts.FACT[0]), *head[2:4]]), texts.CHANGED)


page()
