"""A virtual environment for each peer, with its requirements and a model that is fitted there."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import HERE, Peer
from shared.terminal import say

CACHE = Path.home() / ".cache/augure/peers"
READY = ".ready"
"""File that marks a complete environment."""

TIMEOUT = 1800.0
"""Timeout of one command, such as pip, seconds."""

_ADDRESS = re.compile(r"https?://\S+")


class Unavailable(Exception):
    """A peer cannot be run here; the text says why."""


@dataclass(frozen=True)
class Environment:
    """A peer's virtual environment, its folder, and its Python version, such as `3.12.1`."""

    peer: Peer
    folder: Path
    python: str

    @property
    def program(self) -> Path:
        """Folder of the program, its model and the expected classes."""
        return self.folder / "program"

    @property
    def environ(self) -> dict[str, str]:
        """Variables that activate this environment, and the peer's own."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "VIRTUAL_ENV": str(self.folder), **self.peer.environ}

    def expected(self) -> list[int]:
        """scikit-learn's classes of all 150 irises, from the pipeline that is served."""
        classes: list[int] = json.loads((self.program / "expected.json").read_bytes())
        return classes

    def versions(self) -> dict[str, str]:
        """The installed version of each of the peer's packages."""
        code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        versions = _run([str(self.folder / "bin/python"), "-c", code, *self.peer.packages], self).split()
        return dict(zip(self.peer.packages, versions, strict=True))


def prepare(peer: Peer, cache: Path) -> Environment:
    """Create a peer's environment unless `cache` has it, and add its program and a fitted model.

    Raises:
        Unavailable: no Python that it supports, or its requirements cannot be installed.
    """
    reasons = []
    for interpreter in interpreters(peer.pythons):
        try:
            environment = _environment(peer, interpreter, cache)
            _program(environment)
        except Unavailable as error:
            text = ("{python} : {error}", "{python}: {error}")
            reasons.append(say(text, python=interpreter.name, error=error))
        else:
            return environment
    text = ("pas de Python {versions}", "no Python {versions} found")
    versions = say((" ou ", " or ")).join(peer.pythons)
    raise Unavailable("; ".join(reasons) or say(text, versions=versions))


def interpreters(versions: tuple[str, ...]) -> Iterator[Path]:
    """One installed Python for each of these versions: from PATH, else pyenv's."""
    for version in versions:
        on_path = shutil.which(f"python{version}")
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
        candidates = [*([Path(on_path)] if on_path else []), *pyenv]
        yield from [path for path in candidates if _works(path)][:1]


def _works(interpreter: Path) -> bool:
    """False for a version manager's shim without an interpreter behind it."""
    command = [str(interpreter), "-c", "import venv, ensurepip"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _environment(peer: Peer, interpreter: Path, cache: Path) -> Environment:
    python = _run([str(interpreter), "-c", "import platform; print(platform.python_version())"]).strip()
    requirements = peer.folder / "requirements.txt"
    key = hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()[:12]
    environment = Environment(peer, cache / f"{peer.name}-{key}", python)
    if not (environment.folder / READY).exists():
        try:
            _install(interpreter, environment.folder, requirements)
        except Unavailable:
            shutil.rmtree(environment.folder, ignore_errors=True)
            raise
    return environment


def _install(interpreter: Path, folder: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([str(interpreter), "-m", "venv", str(folder)])
    pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", "-r", str(requirements)])
    (folder / READY).touch()


def _program(environment: Environment) -> None:
    """Copy the current program; fit the model once."""
    shutil.copytree(environment.peer.folder, environment.program, dirs_exist_ok=True)
    if not (environment.program / "expected.json").exists():
        python = str(environment.folder / "bin/python")
        _run([python, str(HERE / "fit.py")], environment)
        if (environment.program / "save.py").exists():
            _run([python, "save.py"], environment)


def _run(command: list[str], environment: Environment | None = None) -> str:
    """The output of a command.

    Raises:
        Unavailable: it failed; the last line of its output, without URLs.
    """
    folder, environ = (environment.program, environment.environ) if environment else (None, {})
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=TIMEOUT, cwd=folder, env=inherited | environ
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        text = ("terminé avec le code {code}", "ended with {code}")
        raise Unavailable(_ADDRESS.sub("...", lines[-1]) if lines else say(text, code=done.returncode))
    return done.stdout
