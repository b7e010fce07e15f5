"""Where data sets are: files of known formats below one root, and nothing outside it."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from functions.explorer import texts
from functions.explorer.errors import Refused
from shared.i18n import fill

FORMATS = {
    ".csv": "CSV",
    ".json": "JSON",
    ".jsonl": "JSONL",
    ".ndjson": "JSONL",
    ".parquet": "Parquet",
    ".tsv": "TSV",
}
MOST = 500
"""Folders, or data sets of one folder, that are listed."""
DEEPEST = 4
"""Levels of folders below the root that are listed. A deeper one can be named."""


class Source(msgspec.Struct, frozen=True):
    """Something to read: what it is called, its format, its size in bytes, and how to open it from its beginning."""

    name: str
    kind: str
    size: int
    open: Callable[[], BinaryIO]


class DataFile(msgspec.Struct, frozen=True):
    """A data set below the root: its place without any link, its size in bytes, its last change in nanoseconds."""

    path: str
    size: int
    modified: int

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    @property
    def kind(self) -> str:
        """The file's format."""
        return FORMATS[Path(self.path).suffix.lower()]

    def source(self) -> Source:
        """How to read it."""
        return Source(self.name, self.kind, self.size, self._open)

    def _open(self) -> BinaryIO:
        """Open it, if it is still no link and no pipe, which would never end."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(self.path)
        return os.fdopen(descriptor, "rb")


def inside(root: Path, folder: str) -> Path:
    """A folder below the root, without any link.

    Args:
        root: nothing outside it can be read.
        folder: relative to the root, or absolute.

    Raises:
        Refused: there is none, or it is elsewhere; the sentence is the same, so that nothing is learnt of elsewhere.
    """
    top = root.resolve()
    try:
        found = (top / folder).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        found = None
    if found is None or not found.is_relative_to(top) or not found.is_dir():
        raise Refused(fill(texts.NO_SUCH_FOLDER, folder=folder))
    return found


def folders(root: Path) -> list[str]:
    """The root (`.`) and the folders below it, relative to it; hidden ones and names of no text are left out."""
    top = root.resolve()
    found = ["."]
    for place, names, _ in os.walk(top):
        below = Path(place).relative_to(top)
        names[:] = sorted(filter(_is_shown, names)) if len(below.parts) < DEEPEST else []
        found += [str(below / name) for name in names]
        if len(found) >= MOST:
            break
    return sorted(found[:MOST])


def data_files(root: Path, folder: str) -> list[DataFile]:
    """The data sets of a folder, by name. Raises Refused: see `inside`."""
    place = inside(root, folder)
    try:
        names = sorted(path.name for path in place.iterdir())
    except OSError as error:
        raise Refused(fill(texts.UNREADABLE, name=folder, reason=error.strerror)) from error
    found = _known(root.resolve(), place, names)
    return [file for file, _ in zip(found, range(MOST), strict=False)]


def _known(root: Path, place: Path, names: list[str]) -> Iterator[DataFile]:
    """Those that are of a known format, ordinary files, and below the root, also behind a link."""
    for name in names:
        if not _is_shown(name) or Path(name).suffix.lower() not in FORMATS:
            continue
        try:
            path = (place / name).resolve(strict=True)
            facts = path.stat()
        except (OSError, RuntimeError):
            continue
        known = path.suffix.lower() in FORMATS and path.is_relative_to(root) and _is_text(str(path))
        if known and stat.S_ISREG(facts.st_mode):
            yield DataFile(str(path), facts.st_size, facts.st_mtime_ns)


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and _is_text(name)


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8, as a page must be: of bytes that are none, Python makes half characters."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
