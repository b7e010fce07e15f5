"""Puts the folders of a new function in their places, starts it once, and takes everything back if anything fails."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from training.errors import CommandError
from training.new.names import TAKEN

NOT_STARTED = (
    (
        "la fonction écrite ne répond pas à son propre exemple ; tout est retiré. C'est un défaut d'Augure : "
        "signalez-le avec ces lignes.\n{output}"
    ),
    (
        "the function that was written does not answer its own example; everything is removed. This is a fault of "
        "Augure: report it with these lines.\n{output}"
    ),
)
NOT_WRITTEN = (
    "{folder} ne peut pas être écrit ({reason}) : rien n'est laissé.",
    "{folder} cannot be written ({reason}): nothing is left.",
)
FIRST_START = ("tests.replay", "tools.imports")
"""Modules run once the function is in its place, with its name: they write examples/ and imports.txt."""
COMPOSE = "compose.yaml"


@contextmanager
def staged(name: str, root: Path) -> Iterator[Path]:
    """A temporary folder of the repository, on the file system of the final places; removed at the end.

    Args:
        name: the function.
        root: folder of the repository.

    Raises:
        CommandError: a file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=root / "models", prefix=f".{name}-") as path:
            yield Path(path)
    except OSError as error:
        raise CommandError(NOT_WRITTEN, folder=root / "models", reason=error.strerror or error) from error


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files by their paths below a folder."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def install(name: str, function: Path, model: Path, root: Path) -> None:
    """Move both folders to their places, start the function once, and list it in compose.yaml.

    Args:
        name: the function.
        function: the complete folder that becomes `functions/NAME`.
        model: the complete folder that becomes `models/NAME`.
        root: folder of the repository.

    Raises:
        CommandError: something failed; both folders are gone and compose.yaml is as before. A folder that another run
            made meanwhile stays.
        OSError: as well, when a file cannot be written.
    """
    compose = (root / COMPOSE).read_bytes()
    placed: list[Path] = []
    try:
        for source, place in ((function, root / "functions" / name), (model, root / "models" / name)):
            _place(source, place, root)
            placed.append(place)
        for module in FIRST_START:
            _run(module, [name], root)
        _run("tools.compose", [], root)
    except BaseException:
        for place in placed:
            shutil.rmtree(place, ignore_errors=True)
        if placed:
            (root / COMPOSE).write_bytes(compose)
        raise


def _place(source: Path, place: Path, root: Path) -> None:
    """Move a folder to a place where nothing is.

    Raises:
        CommandError: another run was faster.
    """
    try:
        source.rename(place)
    except OSError as error:
        if place.exists():
            raise CommandError(TAKEN, folder=place.relative_to(root)) from error
        raise
    place.chmod(0o755)


def _run(module: str, arguments: list[str], root: Path) -> None:
    """Run a module of the repository. Raises CommandError: it failed."""
    command = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own modules
    if result.returncode:
        raise CommandError(NOT_STARTED, output=(result.stdout + result.stderr)[-3000:])
