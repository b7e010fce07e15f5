"""Training data: files of a local folder, else downloaded once; always verified by SHA-256."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - it is a class

from training.errors import CommandError

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_SECONDS = 30
"""Timeout of one read of a download, in seconds."""

MANUAL = (
    (
        "{path} est introuvable : prenez {member} dans {url}, faites « {by_hand} », vérifiez son SHA-256 ({sha256}) et "
        "placez-le dans {folder}."
    ),
    (
        "{path} is missing: take {member} from {url}, run `{by_hand}`, check its SHA-256 ({sha256}) and put it in "
        "{folder}."
    ),
)
UNREADABLE = ("{file} illisible : {reason}.", "{file} cannot be read: {reason}.")
REFUSED = (
    "{origin} refusé : SHA-256 attendu {expected}, reçu {actual}.",
    "{origin} refused: expected SHA-256 {expected}, got {actual}.",
)
NOT_DOWNLOADED = (
    (
        "{path} est introuvable et son téléchargement a échoué ({reason}) : prenez-le à {url}, vérifiez son SHA-256 "
        "({sha256}) et placez {name} dans {folder}."
    ),
    (
        "{path} is missing and its download failed ({reason}): take it from {url}, check its SHA-256 ({sha256}) and "
        "put {name} in {folder}."
    ),
)
NOT_CACHED = (
    "{file} ne peut pas être écrit ({reason}) : XDG_CACHE_HOME nomme un autre dossier que ~/.cache.",
    "{file} cannot be written ({reason}): XDG_CACHE_HOME names another folder than ~/.cache.",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One public file.

    Attributes:
        path: its path below the data folder, `uci697/data.csv`.
        url: the address to download.
        sha256: of the file itself, in lower-case hexadecimal digits.
        member: the file's name inside the zip at `url`; None: `url` is the file.
        by_hand: the command that makes the file from `member` if Python cannot; such a file is never downloaded.
    """

    path: str
    url: str
    sha256: str
    member: str | None = None
    by_hand: str | None = None


class DataError(CommandError):
    """A data file is missing, unreadable, or not the one that the figures were measured on."""


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that is searched first: DATA_DIR, else `shared/data` beside the project."""
    return Path(environ.get("DATA_DIR") or ROOT.parent / "shared" / "data")


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of downloads."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "augure"


def read(source: Source, environ: Mapping[str, str] = os.environ) -> bytes:
    """The bytes of a file, verified.

    Raises:
        DataError: the file cannot be found, downloaded, cached or read, or its SHA-256 differs.
    """
    for folder in (data_folder(environ), cache_folder(environ)):
        file = folder / source.path
        if file.is_file():
            return _verified(_read(file), source, str(file))
    if source.by_hand is not None:
        raise DataError(MANUAL, **asdict(source), folder=_destination(source, environ))
    content = _verified(_download(source, environ), source, source.url)
    _cache(content, cache_folder(environ) / source.path)
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(UNREADABLE, file=file, reason=error.strerror) from error


def _verified(content: bytes, source: Source, origin: str) -> bytes:
    actual = hashlib.sha256(content).hexdigest()
    if actual != source.sha256:
        raise DataError(REFUSED, origin=origin, expected=source.sha256, actual=actual)
    return content


def _download(source: Source, environ: Mapping[str, str]) -> bytes:
    try:
        with urlopen(source.url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - a constant address
            content: bytes = response.read()
        return content if source.member is None else ZipFile(BytesIO(content)).read(source.member)
    except (OSError, HTTPException, BadZipFile, ZlibError, KeyError) as error:
        name, folder = Path(source.path).name, _destination(source, environ)
        raise DataError(NOT_DOWNLOADED, **asdict(source), reason=error, name=name, folder=folder) from error


def _destination(source: Source, environ: Mapping[str, str]) -> Path:
    return (data_folder(environ) / source.path).parent


def _cache(content: bytes, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            partial = Path(folder) / file.name
            partial.write_bytes(content)
            partial.replace(file)
    except OSError as error:
        raise DataError(NOT_CACHED, file=file, reason=error.strerror) from error
