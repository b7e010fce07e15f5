"""The versions of a model in a bucket: publish, list, verify.

    gs://BUCKET/MODEL/VERSION/...        each file written once, manifest.json last: a version without it is incomplete
    gs://BUCKET/MODEL/current.json       the pointer, replaced with a generation precondition (`pointer.py`)

A publication may be stopped anywhere and repeated.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shared.formats import VERSION, rfc3339
from shared.i18n import fill
from shared.model.bundle import MANIFEST, Pointer
from shared.terminal import say
from training.console import track
from training.registry.inspection import (
    ABSENT,
    Inspection,
    RegistryError,
    contents_of,
    decode,
    indented,
    inspect,
    sha256,
)
from training.registry.pointer import NOT_PUBLISHED, UNREADABLE, Move, path, read_pointer

if TYPE_CHECKING:  # Google's client would slow down the help of a command
    from training.registry.store import ListedObject, Store

SENDING = ("Envoi de {name} {version}", "Sending {name} {version}")
NO_VERSION = ("{path} : aucune version n'est publiée.", "{path}: no version is published.")
FOLDER_UNREADABLE = ("{folder} illisible : {reason}.", "{folder} cannot be read: {reason}.")
NOT_A_BUNDLE = ("{folder} n'est pas un paquet à publier. {faults}", "{folder} is not a bundle to publish. {faults}")
OTHER_BYTES = (
    "{file} : SHA-256 publié {published}, à publier {new}",
    "{file}: published SHA-256 {published}, to publish {new}",
)
TAKEN = ("{uri} est déjà prise par d'autres octets. {files}", "{uri} is already taken by other bytes. {files}")


class Publication(msgspec.Struct, frozen=True):
    """A published version: the files sent now, and those already present with the same bytes."""

    model: str
    version: str
    uri: str
    bytes: int
    sent: tuple[str, ...]
    present: tuple[str, ...]
    dry_run: bool
    promotion: Move | None = None


class Version(msgspec.Struct, frozen=True):
    """A version in a list.

    Attributes:
        version: 12 hexadecimal digits.
        state: `complete`, `incomplete` (no manifest: the publication was stopped) or `unreadable` (malformed manifest).
        role: `current`, `previous` (the target of a rollback) or None.
        files: number of files.
        bytes: their total size.
        published: time at which the manifest was written; UTC, RFC 3339.
        metrics: the metrics of each graph, by role.
    """

    version: str
    state: str
    role: str | None
    files: int
    bytes: int
    published: str | None
    metrics: dict[str, dict[str, float]]


class Listing(msgspec.Struct, frozen=True):
    """A model's versions, newest first, and its pointer; `fault` is the decoder's message about an unreadable one."""

    model: str
    uri: str
    current: Pointer | None
    fault: str | None
    versions: tuple[Version, ...]


def publish(store: "Store", name: str, folder: Path, *, dry_run: bool = False) -> Publication:
    """Write a bundle to the bucket, each file once, the manifest last; files with the same bytes stay.

    Args:
        store: the bucket.
        name: the model.
        folder: the folder of the bundle.
        dry_run: verify and write nothing.

    Raises:
        RegistryError: a function would refuse the bundle, or the version exists with other bytes.
        StorageError: the bucket cannot be read or written.
    """
    contents, version = _bundle(name, folder)
    prefix = f"{name}/{version}/"
    present = {file: content for file, content in contents_of(store, prefix).items() if file in contents}
    _refuse_other_bytes(f"{store.uri}/{prefix}", contents, present)
    missing = [file for file in contents if file not in present]
    if missing and not dry_run:
        for file in track(missing, fill(SENDING, name=name, version=version)):
            _send(store, prefix, file, contents[file])
    size = sum(map(len, contents.values()))
    return Publication(name, version, f"{store.uri}/{prefix}", size, tuple(missing), tuple(present), dry_run)


def list_versions(store: "Store", name: str) -> Listing:
    """Every version of a model. Raises: StorageError."""
    stored = read_pointer(store, name)
    rows = [_version(store, version, files, stored.pointer) for version, files in _files(store, name).items()]
    rows.sort(key=lambda row: (row.published or "", row.version), reverse=True)
    return Listing(name, f"{store.uri}/{name}", stored.pointer, stored.fault, tuple(rows))


def verify(store: "Store", name: str, version: str | None = None) -> list[Inspection]:
    """Compare every file with its manifest, and the current manifest with the pointer.

    Args:
        store: the bucket.
        name: the model.
        version: the version to verify; None: all.

    Raises:
        RegistryError: the version is not published, no version is, or the pointer cannot be read.
        StorageError: the bucket cannot be read.
    """
    stored = read_pointer(store, name)
    if stored.fault:
        raise RegistryError(UNREADABLE, path=path(store, name), fault=stored.fault)
    pointed = {stored.pointer.version} if stored.pointer else set()
    wanted = [version] if version else sorted(pointed | set(_files(store, name)))
    if not wanted:
        raise RegistryError(NO_VERSION, path=f"{store.uri}/{name}")
    return [_inspect(store, name, each, stored.pointer) for each in wanted]


def _bundle(name: str, folder: Path) -> tuple[dict[str, bytes], str]:
    """The verified files of a bundle, its manifest last, and its version."""
    try:
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
    except OSError as error:
        raise RegistryError(FOLDER_UNREADABLE, folder=folder, reason=error.strerror) from error
    manifest = decode(files.get(MANIFEST, b""))
    version = manifest.version if manifest else ""
    inspection = inspect(name, version, files)
    if not inspection.good or manifest is None:
        raise RegistryError(NOT_A_BUNDLE, folder=folder, faults=indented(inspection.faults()))
    return {file: files[file] for file in (*manifest.files, MANIFEST)}, version


def _refuse_other_bytes(uri: str, contents: Mapping[str, bytes], present: Mapping[str, bytes]) -> None:
    different = [
        say(OTHER_BYTES, file=file, published=sha256(content), new=sha256(contents[file]))
        for file, content in present.items()
        if content != contents[file]
    ]
    if different:
        raise RegistryError(TAKEN, uri=uri, files=indented(different))


def _send(store: "Store", prefix: str, file: str, content: bytes) -> None:
    if store.write(f"{prefix}{file}", content, ABSENT):
        return
    stored = store.read(f"{prefix}{file}")  # written by another publication, or by this one with a lost response
    _refuse_other_bytes(f"{store.uri}/{prefix}", {file: content}, {file: stored.content if stored else b""})


def _files(store: "Store", name: str) -> dict[str, dict[str, "ListedObject"]]:
    """The files of each version, by version then by name; other objects are ignored."""
    files: dict[str, dict[str, ListedObject]] = {}
    for entry in store.entries(f"{name}/"):
        if parts := re.fullmatch(f"({VERSION})/(.+)", entry.name.removeprefix(f"{name}/")):
            files.setdefault(parts[1], {})[parts[2]] = entry
    return files


def _version(store: "Store", version: str, files: Mapping[str, "ListedObject"], current: Pointer | None) -> Version:
    content = store.read(files[MANIFEST].name) if MANIFEST in files else None
    manifest = decode(content.content) if content else None
    roles = {current.previous: "previous", current.version: "current"} if current else {}
    return Version(
        version=version,
        state="complete" if manifest else "unreadable" if content else "incomplete",
        role=roles.get(version),
        files=len(files),
        bytes=sum(entry.size for entry in files.values()),
        published=rfc3339(files[MANIFEST].written) if content else None,
        metrics={role: graph.metrics for role, graph in manifest.graphs.items()} if manifest else {},
    )


def _inspect(store: "Store", name: str, version: str, current: Pointer | None) -> Inspection:
    contents = contents_of(store, f"{name}/{version}/")
    pointed = current is not None and current.version == version
    if not contents and not pointed:
        raise RegistryError(NOT_PUBLISHED, path=f"{store.uri}/{name}/{version}")
    return inspect(name, version, contents, current.manifest_sha256 if current and pointed else None)
