"""One browser for each module of browser tests, and environments with the requirements of one function."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import once, session_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # optional dependency

    from tests.browsing import ARGUMENTS, CHROMIUM  # noqa: PLC0415

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def framework_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The `functions-framework` of an environment that has only the packages of a requirements.txt, with their hashes.

    Files with the same pins share one environment.
    """
    folder = session_folder(tmp_path_factory)

    def framework(requirements: Path) -> Path:
        pins = re.sub(r"^ *#.*\n", "", requirements.read_text("utf-8"), flags=re.MULTILINE)
        environment = folder / f"environment-{hashlib.sha256(pins.encode()).hexdigest()[:12]}"
        return once(environment.with_suffix(".pickle"), lambda: install(requirements, environment))

    return framework


def install(requirements: Path, environment: Path) -> Path:
    """A new environment with these packages and nothing else, pip included; its `functions-framework`."""
    python = environment / "bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-compile", "-r", str(requirements)], check=True)
    return python.with_name("functions-framework")
