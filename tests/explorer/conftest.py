"""A request log written by the real functions, and fixtures that open a page in Streamlit's AppTest."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests import logged_requests
from tests.replay import ROOT

OpenPage = Callable[..., AppTest]
OpenLog = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def no_components() -> Iterator[None]:
    """Skip the search for components, which takes a quarter of a second per AppTest; the explorer uses none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield


@pytest.fixture(scope="session")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `requetes_enrg.jsonl`, with lines of the last two days, and of `saved_images/`."""
    folder = tmp_path_factory.mktemp("explorer")
    logged_requests.write(folder)
    return folder


@pytest.fixture
def lines(log_folder: Path) -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in (log_folder / "requetes_enrg.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Opens a page of the explorer. Its pictures are small: test_charts.py draws whole ones.

    Takes the page's name in `views/`, the language, the theme, the session's state, and environment variables.
    """
    monkeypatch.setattr("functions.explorer.charts.render.DPI", 40)

    def opened(
        page: str, language: str = "fr", theme: str = "light", state: Mapping[str, str] | None = None, **environ: object
    ) -> AppTest:
        st.cache_data.clear()
        st.cache_resource.clear()
        for name, value in environ.items():
            monkeypatch.setenv(name, str(value))
        test = AppTest.from_file(str(ROOT / "functions/explorer/app.py"), default_timeout=60)
        test.context = {"locale": "en-US" if language == "en" else "fr-FR", "theme": theme, "timezone": "Europe/Paris"}
        for name, value in (state or {}).items():
            test.session_state[name] = value
        return test.run() if page == "data" else test.run().switch_page(f"views/{page}.py").run()

    return opened


@pytest.fixture
def open_log(open_page: OpenPage, log_folder: Path) -> OpenLog:
    """Opens a section of the page of the request log; takes its key and what `open_page` takes."""

    def opened(section: str, **options: Any) -> AppTest:
        environ = {"JOURNAL": log_folder / "requetes_enrg.jsonl", "SAVED_IMAGES_URI": log_folder / "saved_images"}
        test = open_page("request_log", **environ, **options)
        return test.button_group(key="log_part").set_value(section).run()

    return opened
