"""Where a model comes from: a bundle, read whole and verified before anyone looks inside.

A bundle is a folder of data, never of code: `manifest.json`, ONNX graphs, a card. The manifest names every file
with its SHA-256 and has a version of its own: the first 12 hexadecimal digits of the SHA-256 of its canonical
form, so that the same training inputs give the same version and an altered manifest gives itself away.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from shared.errors import BundleError

MANIFEST = "manifest.json"
CURRENT = "current.json"
CARD = "CARD.md"
FORMAT = 1


class FileFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle: size in bytes and SHA-256 in lower-case hexadecimal digits."""

    bytes: int
    sha256: str


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One column of a graph's input, in the order of the columns.

    `minimum` and `maximum` are what the training data held; `categories` the codes that it held, for a column of codes.
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[int, ...] | None = None


class Graph(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ONNX graph: a float32 matrix of shape (rows, len(inputs)) in, float32 matrices out.

    Every graph gives `probabilities`, of shape (rows, len(classes)). `outputs` maps each output's name to its
    number of columns. `opset` is the ONNX operator set of the default domain. `parity` says how far the graph is
    from scikit-learn on the rows that it was compared on. `constants` holds the numbers an explanation needs.
    """

    file: str
    input: str
    inputs: tuple[Feature, ...]
    outputs: dict[str, int]
    opset: int
    parity: dict[str, float]
    metrics: dict[str, float]
    constants: dict[str, float] = {}


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The training data: what it is, where it comes from, and which bytes exactly (file name to SHA-256)."""

    title: str
    source: str
    licence: str
    rows: int
    sha256: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The only contract between training and serving.

    `seed` and `quick` are written only when they differ from their defaults; no other field may have a default.

    Attributes:
        format: the layout of this file; a reader refuses one that it does not know.
        name: the model's name, which is the function's.
        classes: what each column of `probabilities` stands for, in order.
        graphs: the graphs by role (`predire` has one a stage).
        thresholds: decision limits, as probabilities in [0, 1].
        libraries: the versions that made the bundle.
        command: what to type to make it again.
        files: size and SHA-256 of every other file of the bundle, by name.
        version: the first 12 hexadecimal digits of the SHA-256 of all other fields, in canonical form.
        seed: the seed that it was trained with.
        quick: True for a reduced model, to try and not to serve.
    """

    format: int
    name: str
    classes: tuple[str, ...]
    graphs: dict[str, Graph]
    thresholds: dict[str, float]
    data: Data
    libraries: dict[str, str]
    command: str
    files: dict[str, FileFacts]
    version: str
    seed: int = 0
    quick: bool = False


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pointer of a model in a bucket, `MODEL/current.json`: which version is served.

    Attributes:
        version: the folder beside the pointer that holds the bundle.
        manifest_sha256: SHA-256 of that folder's manifest.json as it is stored, in lower-case hexadecimal digits.
        previous: the version that was served before, where a rollback goes; none at first and after a rollback, so that
            a rollback that is repeated does not come back.
        when: UTC, RFC 3339 (`2026-11-21T12:44:45.123456Z`).
    """

    version: str
    manifest_sha256: str
    previous: str | None
    when: str


class Bundle(msgspec.Struct, frozen=True):
    """A verified bundle: its manifest and the bytes of the files that were read.

    From a folder these are all that the manifest names; from a bucket its graphs, which is what serving needs.
    """

    manifest: Manifest
    files: Mapping[str, bytes]


Read = Callable[[str], bytes]
"""Reads a file that a manifest names. Raises BundleError: it is not there, or not what the manifest says."""


def describe(content: bytes) -> FileFacts:
    """What a manifest says of a file with this content."""
    return FileFacts(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def version_of(manifest: Manifest) -> str:
    """The version that this manifest must carry: 12 hexadecimal digits, whatever `manifest.version` says."""
    facts = msgspec.to_builtins(manifest)
    del facts["version"]
    canonical = msgspec.json.encode(facts, order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:12]


def read_folder(folder: Path, name: str) -> Bundle:
    """Read the bundle of the model `name` from a folder, and verify all of it.

    Raises:
        BundleError: a file is missing or altered, or the manifest is not one of this model.
    """
    return read_bundle(partial(_read, folder), name)


def read_bundle(read: Callable[[str], bytes], name: str) -> Bundle:
    """Read the bundle of the model `name` from anywhere, and verify all of it.

    Args:
        read: the content of a file, by its name, unverified; raises BundleError if it cannot be read.
        name: the model's name.

    Raises:
        BundleError: a file is missing or altered, or the manifest is not one of this model.
    """
    manifest = parse_manifest(read(MANIFEST), name)
    return Bundle(manifest, {file: verified(file, facts, read(file)) for file, facts in manifest.files.items()})


def reader(folder: Path, manifest: Manifest) -> Read:
    """Reads from the folder of a bundle what its manifest names."""
    return lambda file: verified(file, manifest.files[file], _read(folder, file))


def _read(folder: Path, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BundleError((f"{file} illisible : {reason}", f"{file} cannot be read: {reason}")) from error


def parse_manifest(content: bytes, name: str) -> Manifest:
    """The manifest of a bundle of the model `name`.

    Raises:
        BundleError: it cannot be read, is of another model or format, was altered, or names a file that is elsewhere.
    """
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError((f"{MANIFEST} illisible : {error}", f"{MANIFEST} cannot be read: {error}")) from error
    same("format", str(FORMAT), str(manifest.format))
    same("name", name, manifest.name)
    same("version", version_of(manifest), manifest.version)
    for graph in manifest.graphs.values():
        if graph.file not in manifest.files:
            raise BundleError((f"{graph.file} n'est pas dans `files`", f"{graph.file} is not in `files`"))
    for file in manifest.files:
        if "/" in file or file.startswith("."):
            raise BundleError((f"nom de fichier refusé dans le manifeste : {file!r}", f"file name refused: {file!r}"))
    return manifest


def verified(file: str, facts: FileFacts, content: bytes) -> bytes:
    """The content of a file, once it is what the manifest says of it. Raises BundleError: it is not."""
    actual = describe(content)
    same(f"bytes {file}", str(facts.bytes), str(actual.bytes))
    same(f"sha256 {file}", facts.sha256, actual.sha256)
    return content


def same(what: str, expected: str, actual: str) -> None:
    """Refuse a bundle of which something is not what it must be. Raises BundleError: with both."""
    if expected != actual:
        raise BundleError(
            (f"{what} : attendu {expected}, reçu {actual}", f"{what}: expected {expected}, got {actual}"),
        )
