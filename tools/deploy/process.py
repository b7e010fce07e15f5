"""Commands that `make deploy` runs, all of them in the repository's root folder."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

Command = tuple[str, ...]

_DECORATION = re.compile(r"(\x1b\[[0-9;]*m|[│╷╵\s])+")
"""Terraform's colours, frames and line breaks."""


def run(command: Sequence[str]) -> int:
    """Run a command on this terminal; its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def capture(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command silently; its exit code, output and error output."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def output(command: Sequence[str]) -> str:
    """What a command prints, stripped; "" if it fails. Its errors go to the terminal."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


def tee(command: Sequence[str]) -> tuple[int, str]:
    """Run a command and show what it prints; its exit code, and the same text on one line without frames or colours."""
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout  # noqa: S101 - for mypy
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return running.returncode, _DECORATION.sub(" ", "".join(lines))
