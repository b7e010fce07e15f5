"""Inspects the files of a version: whether a function would serve it."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from shared.errors import BundleError
from shared.i18n import fill
from shared.model.bundle import CURRENT, MANIFEST, Manifest, describe, read_bundle, version_of
from shared.model.holder import load_predictor
from shared.terminal import say
from training.console import track
from training.errors import CommandError

if TYPE_CHECKING:  # Google's client would slow down the help of a command
    from training.registry.store import Store

ABSENT = 0
"""Generation of an object that does not exist."""

MISSING = ("{file} illisible : fichier absent", "{file} cannot be read: missing file")
EXPECTED = ("{file} : SHA-256 attendu {expected}, {actual}", "{file}: expected SHA-256 {expected}, {actual}")
ACTUAL = ("trouvé {sha256}", "got {sha256}")
NO_FILE = ("fichier absent", "missing file")
READING = ("Lecture de {prefix}", "Reading {prefix}")


class RegistryError(CommandError):
    """A command of the registry is refused; the step that raises this has changed nothing."""


class Difference(msgspec.Struct, frozen=True):
    """A file with an unexpected SHA-256; `actual` is None if the file is missing."""

    file: str
    expected: str
    actual: str | None

    def __str__(self) -> str:
        """One sentence, in the language of the terminal."""
        actual = say(ACTUAL, sha256=self.actual) if self.actual else say(NO_FILE)
        return say(EXPECTED, file=self.file, expected=self.expected, actual=actual)


class Inspection(msgspec.Struct, frozen=True):
    """The result of reading every file of a version.

    Attributes:
        version: the inspected version.
        files: number of files.
        bytes: their total size.
        differences: files that differ from the manifest, or a manifest that differs from the pointer.
        refusal: any other reason for which a function would refuse it, in the language of the terminal; else None.
    """

    version: str
    files: int
    bytes: int
    differences: tuple[Difference, ...] = ()
    refusal: str | None = None

    @property
    def good(self) -> bool:
        """True if a function would serve it."""
        return not self.differences and self.refusal is None

    def faults(self) -> list[str]:
        """One sentence for each fault, in the language of the terminal."""
        return [str(difference) for difference in self.differences] + ([self.refusal] if self.refusal else [])


def sha256(content: bytes) -> str:
    """The SHA-256, in lower-case hexadecimal digits."""
    return describe(content).sha256


def decode(content: bytes) -> Manifest | None:
    """Decode a manifest without verifying it; None if it is malformed."""
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def inspect(name: str, version: str, contents: Mapping[str, bytes], pointer_sha256: str | None = None) -> Inspection:
    """Compare every file with the manifest, then load the version as a starting function does.

    Args:
        name: the model.
        version: the version that the manifest must have.
        contents: the bytes of every file, by name.
        pointer_sha256: the manifest's SHA-256 according to the pointer; None if the pointer names another version.
    """
    differences = tuple(_differences(version, contents, pointer_sha256))
    refusal = None if differences else _refusal(name, contents)
    return Inspection(version, len(contents), sum(map(len, contents.values())), differences, refusal)


def _differences(version: str, contents: Mapping[str, bytes], pointer_sha256: str | None) -> list[Difference]:
    manifest = decode(contents.get(MANIFEST, b""))
    expected = {file: facts.sha256 for file, facts in manifest.files.items()} if manifest else {}
    actual = {file: sha256(content) for file, content in contents.items()}
    differences = [
        Difference(file, digest, actual.get(file)) for file, digest in expected.items() if actual.get(file) != digest
    ]
    if manifest and version_of(manifest) != version:
        differences.append(Difference(f"{MANIFEST} (version)", version, version_of(manifest)))
    if pointer_sha256 and pointer_sha256 != actual.get(MANIFEST):
        differences.append(Difference(f"{MANIFEST} ({CURRENT})", pointer_sha256, actual.get(MANIFEST)))
    return differences


def _refusal(name: str, contents: Mapping[str, bytes]) -> str | None:
    def read(file: str) -> bytes:
        if file not in contents:
            raise BundleError(fill(MISSING, file=file))
        return contents[file]

    try:
        load_predictor(read_bundle(read, name), import_module(f"functions.{name}.schema").SIGNATURE)
    except BundleError as error:
        return say(error.detail)
    return None


def contents_of(store: "Store", prefix: str) -> dict[str, bytes]:
    """The bytes of every file of a version in the bucket, by name. Raises: StorageError."""
    names = [entry.name for entry in store.entries(prefix) if not entry.name.endswith("/")]
    progress = track(names, fill(READING, prefix=prefix)) if names else iter(())
    objects = {name.removeprefix(prefix): store.read(name) for name in progress}
    return {file: stored.content for file, stored in objects.items() if stored}


def indented(texts: Iterable[str]) -> str:
    """The texts as indented lines below a sentence."""
    return "".join(f"\n  {text}" for text in texts)
