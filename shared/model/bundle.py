"""A model bundle: its format, and how it is read and verified.

A bundle is a folder of data, never of code: `manifest.json`, ONNX graphs, a card. The manifest names every file with
its SHA-256. Its version is the first 12 hexadecimal digits of the SHA-256 of its canonical form: the same training
inputs give the same version, and an altered manifest no longer matches its version.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from shared.errors import BundleError
from shared.model.table import Table

MANIFEST = "manifest.json"
CURRENT = "current.json"
CARD = "CARD.md"
FORMAT = 1
"""Version of the manifest's layout."""


class FileFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size in bytes and SHA-256 (lower-case hexadecimal) of a file."""

    bytes: int
    sha256: str


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One column of a graph's input.

    Attributes:
        minimum: smallest value in the training data.
        maximum: largest value in the training data.
        categories: the codes in the training data, if the column holds codes.
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[int, ...] | None = None


class Graph(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ONNX graph: input float32 of shape (rows, len(inputs)), outputs float32 of shape (rows, columns).

    The graph of a `Manifest.table` has one input for each feed of the table instead, and outputs of double precision.

    Attributes:
        file: name of the graph's file.
        input: name of the graph's input; empty if the feeds of `Manifest.table` name them.
        inputs: columns of the input, in order.
        outputs: number of columns by output; `probabilities` has one column per class.
        opset: ONNX operator set of the default domain.
        parity: differences from scikit-learn's predictions on the test rows.
        metrics: figures of the evaluation.
        constants: numbers that an explanation needs.
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
    """The training data: its title, source, licence, size, and the SHA-256 of its files by name."""

    title: str
    source: str
    licence: str
    rows: int
    sha256: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The only contract between training and serving.

    Only `table`, `seed` and `quick` have defaults; they are written when they differ from them.

    Attributes:
        format: version of the layout; a reader refuses an unknown one.
        name: name of the model and of its function.
        classes: class of each column of `probabilities`, in order.
        graphs: the graphs by role (`predire` has one per stage).
        thresholds: decision thresholds, as probabilities in [0, 1].
        libraries: versions of the libraries that made the bundle.
        command: the command that makes the bundle again.
        files: the other files of the bundle, by name.
        version: first 12 hexadecimal digits of the SHA-256 of the other fields.
        table: what a model that reads a table is fed and answers; None: its function's `schema.py` knows.
        seed: random seed of the training.
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
    table: Table | None = None
    seed: int = 0
    quick: bool = False


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The promoted version of a model in a bucket, `MODEL/current.json`.

    Attributes:
        version: folder of the bundle, next to the pointer.
        manifest_sha256: SHA-256 of the stored manifest.json, in lower-case hexadecimal.
        previous: target of a rollback. None before the first promotion and after a rollback, so that a repeated
            rollback does not return to the bad version.
        when: time of the promotion, UTC, RFC 3339 (`2026-11-21T12:44:45.123456Z`).
    """

    version: str
    manifest_sha256: str
    previous: str | None
    when: str


class Bundle(msgspec.Struct, frozen=True):
    """A verified bundle.

    Attributes:
        files: content by file name: all files if read from a folder, `serving_files` if pulled from a bucket.
    """

    manifest: Manifest
    files: Mapping[str, bytes]


ReadFile = Callable[[str], bytes]
"""Reads a file of a bundle by name. Raises BundleError: it is missing, or differs from the manifest."""


def describe(content: bytes) -> FileFacts:
    """Size and SHA-256 of a file with this content."""
    return FileFacts(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def version_of(manifest: Manifest) -> str:
    """Compute the version of a manifest, 12 hexadecimal digits, without regard to `manifest.version`."""
    facts = msgspec.to_builtins(manifest)
    del facts["version"]
    canonical = msgspec.json.encode(facts, order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:12]


def seal(manifest: Manifest) -> Manifest:
    """A manifest as its reader decodes it, with its version: 18 of a float field is 18.0 there."""
    decoded = msgspec.convert(msgspec.to_builtins(manifest), Manifest)
    return msgspec.structs.replace(decoded, version=version_of(decoded))


def read_folder(folder: Path, name: str) -> Bundle:
    """Read and verify the bundle of the model `name` in a folder.

    Raises:
        BundleError: a file is missing or altered, or the manifest belongs to another model.
    """
    return read_bundle(partial(_read, folder), name)


def read_manifest(folder: Path, name: str) -> Manifest:
    """Read and verify the manifest alone of the model `name` in a folder. Raises BundleError: missing or altered."""
    return parse_manifest(_read(folder, MANIFEST), name)


def read_bundle(read: ReadFile, name: str) -> Bundle:
    """Read and verify the bundle of the model `name`, wherever its files are.

    Args:
        read: reads a file by name, without verifying it.
        name: name of the model.

    Raises:
        BundleError: a file is missing or altered, or the manifest belongs to another model.
    """
    manifest = parse_manifest(read(MANIFEST), name)
    return Bundle(manifest, {file: verify_file(file, facts, read(file)) for file, facts in manifest.files.items()})


def serving_files(manifest: Manifest) -> list[str]:
    """The files that a function reads to answer: the graphs, and what `Manifest.table` names."""
    graphs = {graph.file for graph in manifest.graphs.values()}
    return sorted(graphs.union(manifest.table.files() if manifest.table else ()))


def folder_reader(folder: Path, manifest: Manifest) -> ReadFile:
    """A function that reads and verifies files of a bundle in a folder."""
    return lambda file: verify_file(file, manifest.files[file], _read(folder, file))


def _read(folder: Path, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BundleError((f"{file} illisible : {reason}", f"{file} cannot be read: {reason}")) from error


def parse_manifest(content: bytes, name: str) -> Manifest:
    """Parse and verify the manifest of the model `name`.

    Raises:
        BundleError: it is invalid or altered, belongs to another model or format, or names a file outside its folder.
    """
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError((f"{MANIFEST} illisible : {error}", f"{MANIFEST} cannot be read: {error}")) from error
    check_equal("format", str(FORMAT), str(manifest.format))
    check_equal("name", name, manifest.name)
    check_equal("version", version_of(manifest), manifest.version)
    for file in serving_files(manifest):
        if file not in manifest.files:
            raise BundleError((f"{file} n'est pas dans `files`", f"{file} is not in `files`"))
    for file in manifest.files:
        if "/" in file or file.startswith("."):
            raise BundleError((f"nom de fichier refusé dans le manifeste : {file!r}", f"file name refused: {file!r}"))
    return manifest


def verify_file(file: str, facts: FileFacts, content: bytes) -> bytes:
    """Verify a file against its manifest.

    Args:
        file: name of the file, for the error.
        facts: size and SHA-256 in the manifest.
        content: content of the file.

    Returns:
        `content`.

    Raises:
        BundleError: size or SHA-256 differs.
    """
    actual = describe(content)
    check_equal(f"bytes {file}", str(facts.bytes), str(actual.bytes))
    check_equal(f"sha256 {file}", facts.sha256, actual.sha256)
    return content


def check_equal(what: str, expected: str, actual: str) -> None:
    """Compare a property of a bundle with its expected value.

    Args:
        what: the property, for the error.
        expected: its expected value.
        actual: its actual value.

    Raises:
        BundleError: they differ; the message has both.
    """
    if expected != actual:
        raise BundleError(
            (f"{what} : attendu {expected}, reçu {actual}", f"{what}: expected {expected}, got {actual}"),
        )
