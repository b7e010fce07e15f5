"""The files that models are trained on: found in a folder, else downloaded once, and never used unchecked."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - it is a class

import click

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Source:
    """One public file.

    Attributes:
        path: its place under the data folder, `uci697/data.csv`.
        url: the address of a download.
        sha256: of the file itself, in lower-case hexadecimal digits.
        member: the file's name inside the zip that the address gives, where it gives one.
        by_hand: the command that makes the file from that member, where Python cannot: it is then never downloaded.
    """

    path: str
    url: str
    sha256: str
    member: str | None = None
    by_hand: str | None = None


class DataError(click.ClickException):
    """A file that cannot be had, or is not the one that the figures were measured on."""


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the files are looked for first: DATA_DIR, or the folder that stands beside the project."""
    return Path(environ.get("DATA_DIR") or ROOT.parent / "shared" / "data")


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where downloads are kept."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "augure"


def read(source: Source, environ: Mapping[str, str] = os.environ) -> bytes:
    """The bytes of a file, checked.

    Raises:
        DataError: the file is nowhere and cannot be downloaded or kept, cannot be read, or its SHA-256 is another.
    """
    for folder in (data_folder(environ), cache_folder(environ)):
        file = folder / source.path
        if file.is_file():
            return _checked(_read(file), source, str(file))
    if source.by_hand is not None:
        raise DataError(
            f"{source.path} est introuvable : prenez {source.member} dans {source.url}, faites « {source.by_hand} », "
            f"vérifiez son SHA-256 ({source.sha256}) et placez-le dans {_place(source, environ)}."
        )
    content = _checked(_download(source, environ), source, source.url)
    _keep(content, cache_folder(environ) / source.path)
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} illisible : {error.strerror}.") from error


def _checked(content: bytes, source: Source, origin: str) -> bytes:
    actual = hashlib.sha256(content).hexdigest()
    if actual != source.sha256:
        raise DataError(f"{origin} refusé : SHA-256 attendu {source.sha256}, reçu {actual}.")
    return content


def _download(source: Source, environ: Mapping[str, str]) -> bytes:
    try:
        with urlopen(source.url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the address is a constant of ours
            content: bytes = answer.read()
        return content if source.member is None else ZipFile(BytesIO(content)).read(source.member)
    except (OSError, HTTPException, BadZipFile, ZlibError, KeyError) as error:
        raise DataError(
            f"{source.path} est introuvable et son téléchargement a échoué ({error}) : prenez-le à {source.url}, "
            f"vérifiez son SHA-256 ({source.sha256}) et placez {Path(source.path).name} dans {_place(source, environ)}."
        ) from error


def _place(source: Source, environ: Mapping[str, str]) -> Path:
    return (data_folder(environ) / source.path).parent


def _keep(content: bytes, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as place:
            partial = Path(place) / file.name
            partial.write_bytes(content)
            partial.replace(file)
    except OSError as error:
        raise DataError(
            f"{file} ne peut pas être écrit ({error.strerror}) : XDG_CACHE_HOME nomme un autre dossier que ~/.cache."
        ) from error
