"""What a version of a model looks like in the bucket, and whether a function would serve it."""

import tempfile
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from shared.errors import BundleError
from shared.model.bundle import CURRENT, MANIFEST, Bundle, Manifest, describe, read_folder, version_of
from shared.model.holder import check_signature
from shared.model.predictor import Predictor
from training.console import track

if TYPE_CHECKING:  # importing Google's client takes longer than the help of a command may
    from training.registry.bucket import Store

ABSENT = 0
"""The generation of an object that does not exist."""


class RegistryError(click.ClickException):
    """What is asked for is refused, and nothing has been changed by the step that says so."""


class Difference(msgspec.Struct, frozen=True):
    """A file that is not the one that was expected: its SHA-256 as announced and as found; None: it is not there."""

    file: str
    expected: str
    actual: str | None

    def __str__(self) -> str:
        return f"{self.file} : SHA-256 attendu {self.expected}, {self._found()}"

    def _found(self) -> str:
        return f"trouvé {self.actual}" if self.actual else "fichier absent"


class Inspection(msgspec.Struct, frozen=True):
    """What every file of a version was found to be.

    Attributes:
        version: the version that was asked for.
        files: how many files were read.
        bytes: their size.
        differences: the files that are not what the manifest, or the pointer, says.
        refusal: why a function would not serve it all the same, in French; None where it would.
    """

    version: str
    files: int
    bytes: int
    differences: tuple[Difference, ...] = ()
    refusal: str | None = None

    @property
    def good(self) -> bool:
        """True where a function would serve it."""
        return not self.differences and self.refusal is None

    def faults(self) -> list[str]:
        """Each thing that is wrong, in French."""
        return [str(difference) for difference in self.differences] + ([self.refusal] if self.refusal else [])


def sha256(content: bytes) -> str:
    """In lower-case hexadecimal digits."""
    return describe(content).sha256


def decode(content: bytes) -> Manifest | None:
    """A manifest, unverified; None where it is none."""
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def inspect(name: str, version: str, contents: Mapping[str, bytes], promised: str | None = None) -> Inspection:
    """Look at every file of a version, then do with it what a function does when it starts.

    Args:
        name: the model.
        version: the version that this must be.
        contents: every file, by its name.
        promised: the SHA-256 that the pointer gives the manifest, where it points here.
    """
    differences = tuple(_differences(version, contents, promised))
    refusal = None if differences else _refusal(name, contents)
    return Inspection(version, len(contents), sum(map(len, contents.values())), differences, refusal)


def _differences(version: str, contents: Mapping[str, bytes], promised: str | None) -> list[Difference]:
    manifest = decode(contents.get(MANIFEST, b""))
    expected = {file: facts.sha256 for file, facts in manifest.files.items()} if manifest else {}
    actual = {file: sha256(content) for file, content in contents.items()}
    found = [Difference(file, want, actual.get(file)) for file, want in expected.items() if actual.get(file) != want]
    if manifest and version_of(manifest) != version:
        found.append(Difference(f"{MANIFEST} (version)", version, version_of(manifest)))
    if promised and promised != actual.get(MANIFEST):
        found.append(Difference(f"{MANIFEST} ({CURRENT})", promised, actual.get(MANIFEST)))
    return found


def _refusal(name: str, contents: Mapping[str, bytes]) -> str | None:
    try:
        bundle = _as_a_function_reads(name, contents)
        Predictor(bundle)
        check_signature(bundle.manifest, import_module(f"functions.{name}.schema").SIGNATURE)
    except BundleError as error:
        return error.detail[0]
    return None


def _as_a_function_reads(name: str, contents: Mapping[str, bytes]) -> Bundle:
    """Raises: BundleError."""
    with tempfile.TemporaryDirectory() as folder:
        for file, content in contents.items():
            if "/" not in file and not file.startswith("."):
                Path(folder, file).write_bytes(content)
        return read_folder(Path(folder), name)


def contents_of(store: "Store", prefix: str) -> dict[str, bytes]:
    """Every file of a version in the bucket, by its name. Raises: StorageError."""
    entries = [entry.name for entry in store.entries(prefix) if not entry.name.endswith("/")]
    found = {name: store.read(name) for name in track(entries, f"Lecture de {prefix}")} if entries else {}
    return {name.removeprefix(prefix): object_.content for name, object_ in found.items() if object_}


def lines(texts: Iterable[str]) -> str:
    """Each text on a line of its own, below a sentence."""
    return "".join(f"\n  {text}" for text in texts)
