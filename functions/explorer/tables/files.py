"""Data sets on disk: files of known formats below one root folder, and nothing outside it."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from shared.i18n import fill

FORMATS = {
    ".csv": "CSV",
    ".json": "JSON",
    ".jsonl": "JSONL",
    ".ndjson": "JSONL",
    ".parquet": "Parquet",
    ".tsv": "TSV",
}
"""Format by file extension."""
MAX_ENTRIES = 500
"""Most folders, or data sets of one folder, that are listed."""
MAX_DEPTH = 4
"""Levels of folders below the root that are listed. A user can still type the path of a deeper one."""


class Source(msgspec.Struct, frozen=True):
    """Something to read.

    Attributes:
        name: file name, for messages.
        format: a value of `FORMATS`.
        size: in bytes.
        open: opens the content from its beginning.
    """

    name: str
    format: str
    size: int
    open: Callable[[], BinaryIO]


class DataFile(msgspec.Struct, frozen=True):
    """A data set below the root: its path with links resolved, its size in bytes, its modification time in ns."""

    path: str
    size: int
    modified: int

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    @property
    def format(self) -> str:
        """The file's format, a value of `FORMATS`."""
        return FORMATS[Path(self.path).suffix.lower()]

    def source(self) -> Source:
        """The source to read it from."""
        return Source(self.name, self.format, self.size, self._open)

    def _open(self) -> BinaryIO:
        """Open the file, unless it has become a link (it may lead outside the root) or a pipe (reading may not end)."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(self.path)
        return os.fdopen(descriptor, "rb")


def resolve_folder(root: Path, folder: str) -> Path:
    """The path of a folder below the root, with links resolved.

    Args:
        root: nothing outside it can be read.
        folder: relative to the root, or absolute.

    Raises:
        ExplorerError: it does not exist or is outside; one message for both discloses nothing of the outside.
    """
    top = root.resolve()
    try:
        path = (top / folder).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        path = None
    if path is None or not path.is_relative_to(top) or not path.is_dir():
        raise ExplorerError(fill(messages.NO_SUCH_FOLDER, folder=folder))
    return path


def list_folders(root: Path) -> list[str]:
    """The root (`.`) and the folders below it, relative to it, without hidden ones and names that are not UTF-8."""
    top = root.resolve()
    folders = ["."]
    for path, names, _ in os.walk(top):
        relative = Path(path).relative_to(top)
        names[:] = sorted(filter(_is_shown, names)) if len(relative.parts) < MAX_DEPTH else []
        folders += [str(relative / name) for name in names]
        if len(folders) >= MAX_ENTRIES:
            break
    return sorted(folders[:MAX_ENTRIES])


def list_data_files(root: Path, folder: str) -> list[DataFile]:
    """The data sets of a folder, sorted by name. Raises ExplorerError: see `resolve_folder`."""
    path = resolve_folder(root, folder)
    try:
        names = sorted(file.name for file in path.iterdir())
    except OSError as error:
        raise ExplorerError(fill(messages.UNREADABLE, name=folder, reason=error.strerror)) from error
    files = _data_files(root.resolve(), path, names)
    return [file for file, _ in zip(files, range(MAX_ENTRIES), strict=False)]


def _data_files(root: Path, folder: Path, names: list[str]) -> Iterator[DataFile]:
    """The regular files of a known format; the target of a link must be below the root and have a known format too."""
    for name in names:
        if not _is_shown(name) or Path(name).suffix.lower() not in FORMATS:
            continue
        try:
            path = (folder / name).resolve(strict=True)
            status = path.stat()
        except (OSError, RuntimeError):
            continue
        allowed = path.suffix.lower() in FORMATS and path.is_relative_to(root) and _is_utf8(str(path))
        if allowed and stat.S_ISREG(status.st_mode):
            yield DataFile(str(path), status.st_size, status.st_mtime_ns)


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and _is_utf8(name)


def _is_utf8(name: str) -> bool:
    """Whether a file name is UTF-8, as a page must be. Python decodes other bytes to surrogates."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
