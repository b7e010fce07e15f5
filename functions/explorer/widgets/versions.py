"""Versions of a model for the pages: listed, loaded and cached, with a spinner."""

from pathlib import Path

import streamlit as st

from functions.explorer import messages
from functions.explorer.bundles import discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.request_log.replay import build_predictor
from functions.explorer.session import settings, show_errors, translate
from shared.model.bundle import MANIFEST, Bundle
from shared.model.predictor import Predictor
from training.registry.versions import Listing

CACHE_SECONDS = 60
"""Age after which the list of a bucket's versions is fetched again, in seconds."""


def list_registry(model: str) -> Listing | None:
    """The versions in the bucket; None if no bucket is set, or after an error, which is shown."""
    listing = None
    if settings().models_bucket:
        with show_errors(), st.spinner(translate(messages.READING_BUCKET)):
            listing = _list_registry(model, settings().models_bucket)
    return listing


@st.cache_data(ttl=CACHE_SECONDS, max_entries=16, show_spinner=False)
def _list_registry(model: str, bucket: str) -> Listing:
    return discovery.list_bucket(model, bucket)


def list_origins(model: str) -> list[Origin]:
    """Every version that can be loaded, once each: the embedded one, then those of the folder, then of the bucket."""
    local = discovery.local_origins(model, settings())
    listing = list_registry(model)
    published = discovery.published_origins(listing) if listing else []
    local_versions = {origin.version for origin in local}
    return local + [origin for origin in published if origin.version not in local_versions]


def load_bundle(origin: Origin) -> Bundle:
    """The verified bundle of a version. Raises ExplorerError: it cannot be loaded."""
    with st.spinner(translate(messages.LOADING, version=origin.version)):
        return _load_bundle(*_cache_key(origin))


def load_predictor(origin: Origin) -> Predictor:
    """The predictor of a version. Raises ExplorerError: it cannot be loaded."""
    with st.spinner(translate(messages.LOADING, version=origin.version)):
        return _load_predictor(*_cache_key(origin))


def _cache_key(origin: Origin) -> tuple[str, str, str, str, int]:
    """The origin's fields and, because a folder may change, its manifest's modification time in ns."""
    modified = 0 if origin.place == "bucket" else Path(origin.location, MANIFEST).stat().st_mtime_ns
    return origin.model, origin.version, origin.place, origin.location, modified


@st.cache_resource(max_entries=4, show_spinner=False)
def _load_bundle(model: str, version: str, place: str, location: str, modified: int) -> Bundle:  # noqa: ARG001  # key
    return discovery.load_bundle(Origin(model, version, place, location))


@st.cache_resource(max_entries=4, show_spinner=False)
def _load_predictor(model: str, version: str, place: str, location: str, modified: int) -> Predictor:
    return build_predictor(_load_bundle(model, version, place, location, modified), model)
