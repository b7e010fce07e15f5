"""A log, and the command that reads it."""

import gettext
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.log.__main__ import main
from tests.log_lines import LINES, Run, encoded


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "requetes.jsonl"
    file.write_bytes(encoded(*LINES))
    return file


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """What the command writes, and what it says beside."""

    def ran(*words: object, **environ: str) -> tuple[str, str]:
        main([str(word) for word in words], environ)
        said = capfd.readouterr()
        return said.out, said.err

    return ran


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A French terminal. Restores what `localize` has changed, too."""
    domain = gettext.textdomain()
    monkeypatch.setenv("LANGUAGE", "fr:en")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    yield
    gettext.textdomain(domain)
