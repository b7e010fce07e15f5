"""Fixtures for the tests of `python -m shared.log`: a log file and the command."""

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
    """Run the command with these arguments; returns its stdout and stderr."""

    def run_command(*arguments: object, **environ: str) -> tuple[str, str]:
        main([str(argument) for argument in arguments], environ)
        captured = capfd.readouterr()
        return captured.out, captured.err

    return run_command
