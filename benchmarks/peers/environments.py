"""An environment for each peer: a Python that it supports, its requirements, the model fitted there."""

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

CACHE = Path.home() / ".cache/augure/peers"
READY = ".ready"
_ADDRESS = re.compile(r"https?://\S+")
LONGEST = 1800.0
"""Time for one command, pip's too, seconds."""


class Unavailable(Exception):
    """A peer cannot be run here; the sentence says why."""


@dataclass(frozen=True)
class Environment:
    """A peer's virtual environment, the folder in which its program runs, and its Python, such as `3.12.1`."""

    peer: Peer
    folder: Path
    python: str

    @property
    def program(self) -> Path:
        """Where the program, its model and the expected classes are."""
        return self.folder / "program"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that put this environment first."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "VIRTUAL_ENV": str(self.folder), **self.peer.environ}

    def expected(self) -> list[int]:
        """scikit-learn's classes of all 150 irises, from the pipeline that is served."""
        classes: list[int] = json.loads((self.program / "expected.json").read_bytes())
        return classes

    def versions(self) -> dict[str, str]:
        """The installed version of each of the peer's packages."""
        code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        found = _run([str(self.folder / "bin/python"), "-c", code, *self.peer.packages], self).split()
        return dict(zip(self.peer.packages, found, strict=True))


def prepared(peer: Peer, cache: Path) -> Environment:
    """Make a peer's environment, or find it made, and put its program and a fitted model into it.

    Raises:
        Unavailable: no Python that it supports, or none in which its requirements install.
    """
    reasons = []
    for interpreter in interpreters(peer.pythons):
        try:
            environment = _environment(peer, interpreter, cache)
            _program(environment)
        except Unavailable as error:
            reasons.append(f"{interpreter.name}: {error}")
        else:
            return environment
    raise Unavailable("; ".join(reasons) or f"no Python {' or '.join(peer.pythons)} found")


def interpreters(versions: tuple[str, ...]) -> Iterator[Path]:
    """The Pythons of these versions that are here, in this order: from PATH, then pyenv's."""
    for version in versions:
        on_path = shutil.which(f"python{version}")
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
        found = [Path(on_path)] if on_path else []
        yield from [one for one in [*found, *pyenv] if _works(one)][:1]


def _works(interpreter: Path) -> bool:
    """False for a shim of a version manager that stands for nothing."""
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
    """Copy the program as it is now; fit the model unless that is done."""
    shutil.copytree(environment.peer.folder, environment.program, dirs_exist_ok=True)
    if not (environment.program / "expected.json").exists():
        python = str(environment.folder / "bin/python")
        _run([python, str(HERE / "fit.py")], environment)
        if (environment.program / "save.py").exists():
            _run([python, "save.py"], environment)


def _run(command: list[str], environment: Environment | None = None) -> str:
    """Run a command to its end: its output.

    Raises:
        Unavailable: it failed; the last line of what it said, without addresses.
    """
    where, environ = (environment.program, environment.environ) if environment else (None, {})
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=LONGEST, cwd=where, env=inherited | environ
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(_ADDRESS.sub("...", said[-1]) if said else f"ended with {done.returncode}")
    return done.stdout
