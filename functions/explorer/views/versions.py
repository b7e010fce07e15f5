"""The versions of a model, as the pages need them: looked for, loaded and made ready once, then kept."""

from pathlib import Path

import streamlit as st

from functions.explorer import texts
from functions.explorer.bundles import discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.journal.replay import predictor_of
from functions.explorer.session import explained, say, settings
from shared.model.bundle import MANIFEST, Bundle
from shared.model.predictor import Predictor
from training.registry.versions import Listing

FRESH_SECONDS = 60
"""How long a bucket is not asked again."""


def registry(model: str) -> Listing | None:
    """The versions in the bucket; None where there is no bucket, or it cannot be read, which is said."""
    listing = None
    if settings().models_bucket:
        with explained(), st.spinner(say(texts.ASKING)):
            listing = _registry(model, settings().models_bucket)
    return listing


@st.cache_data(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _registry(model: str, bucket: str) -> Listing:
    return discovery.listing(model, bucket)


def choices(model: str) -> list[Origin]:
    """Every version that can be loaded: the embedded one, those of the folder, those of the bucket that are others."""
    here = discovery.local(model, settings())
    listing = registry(model)
    known = {origin.version for origin in here}
    return here + [
        origin for origin in (discovery.published(listing) if listing else []) if origin.version not in known
    ]


def load(origin: Origin) -> Bundle:
    """A version, verified whole. Raises Refused: it is not good."""
    with st.spinner(say(texts.LOADING, version=origin.version)):
        return _bundle(*_key(origin))


def predictor(origin: Origin) -> Predictor:
    """A version, ready to answer. Raises Refused: it is not good."""
    with st.spinner(say(texts.LOADING, version=origin.version)):
        return _predictor(*_key(origin))


def _key(origin: Origin) -> tuple[str, str, str, str, int]:
    """What tells a version from another one; files of a folder may be changed."""
    changed = 0 if origin.place == "bucket" else Path(origin.where, MANIFEST).stat().st_mtime_ns
    return origin.model, origin.version, origin.place, origin.where, changed


@st.cache_resource(max_entries=4, show_spinner=False)
def _bundle(model: str, version: str, place: str, where: str, changed: int) -> Bundle:  # noqa: ARG001  # part of the key
    return discovery.load(Origin(model, version, place, where))


@st.cache_resource(max_entries=4, show_spinner=False)
def _predictor(model: str, version: str, place: str, where: str, changed: int) -> Predictor:
    return predictor_of(_bundle(model, version, place, where, changed), model)
