"""Fixtures of every test, and the order and the number of processes of a run."""

import gettext
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.settings import Settings
from tests.client import Client
from tests.coverage_gates import (  # noqa: F401  # hooks
    pytest_addoption,
    pytest_runtest_call,
    pytest_runtestloop,
    pytest_terminal_summary,
)
from tests.gcs import Emulator, FakeGcs, fake, peer, peer_command
from tests.replay import FOLDERS, MODELS, ROOT, load

Lines = Callable[[], list[dict[str, Any]]]
models_only = pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
"""Limits the `folder` fixture to the functions that serve a model."""


LONGEST = (
    "test_container", "test_readme", "test_training", "test_edge_case_pages", "test_notebooks", "test_pages",
    "test_release", "test_own_model", "test_tracking", "test_predire_model", "test_package", "test_explorer",
    "test_privacy", "test_charts", "test_page_digit", "test_page_digit_reading", "test_framework",
    "test_page_predire", "test_page_predire_file", "test_page_species", "test_page_species_rows", "test_bucket_story",
)  # fmt: skip
"""Modules that start first, the longest first, so that no process runs a long one alone at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three processes per two processors: tests spend a third of their time waiting for servers, browsers and disks."""
    return (3 * (os.cpu_count() or 1) + 1) // 2


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Restore SIGINT for child processes. A run in the background ignores it, and children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Isolate the test: no settings from the environment, and temporary log, pictures and working folders."""
    for name in (*Settings.__struct_fields__, "k_service", "google_cloud_project"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("REQUEST_LOG", f"jsonl:{tmp_path / 'log.jsonl'}")
    monkeypatch.setenv("SAVED_IMAGES_URI", str(tmp_path / "pictures"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def english_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An English terminal for the test and its child processes. Undoes `localize`, which changes the whole process."""
    domain = gettext.textdomain()
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "")
    yield
    gettext.textdomain(domain)


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    """A French terminal."""
    monkeypatch.setenv("LANGUAGE", "fr:en")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")


@pytest.fixture(autouse=True)
def no_refresh_outlives_its_test() -> Iterator[None]:
    """Wait for refresh threads: they would write to the next test's stderr."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("model "):
            thread.join(15)


@pytest.fixture
def log_lines(tmp_path: Path) -> Lines:
    """Reads the request log of the test, line by line."""
    file = tmp_path / "log.jsonl"
    return lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    """Each function's folder in turn."""
    found: Path = request.param
    return found


@pytest.fixture
def client(folder: Path, own_environment: None) -> Client:  # noqa: ARG001  # loaded in the test's environment
    """Each function in turn, through the real loader."""
    return load(folder)


@pytest.fixture
def function() -> Callable[[str], Client]:
    """Loads a function by its name, with the current environment."""
    return lambda name: load(ROOT / "functions" / name)


@pytest.fixture
def gcs() -> Iterator[FakeGcs]:
    """A fake Cloud Storage with an empty bucket and injectable faults."""
    with fake() as running:
        yield running


@pytest.fixture(scope="session")
def peer_address() -> Iterator[str]:
    """A fake-gcs-server for the whole session."""
    if not peer_command():
        pytest.skip("fake-gcs-server is not installed: go install github.com/fsouza/fake-gcs-server@v1.56.1")
    with peer() as address:
        yield address


@pytest.fixture(params=["fake", "fake-gcs-server"])
def storage(request: pytest.FixtureRequest) -> Emulator:
    """The fake, then fake-gcs-server, each with a new empty bucket."""
    if request.param == "fake":
        ours: FakeGcs = request.getfixturevalue("gcs")
        return Emulator(ours.address, ours.bucket)
    emulator = Emulator(request.getfixturevalue("peer_address"), f"test-{uuid4().hex[:12]}")
    emulator.create()
    return emulator
