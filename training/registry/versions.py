"""The registry of models in a bucket: versions that are written once, and a pointer that says which one is served.

    gs://BUCKET/MODEL/VERSION/...        each file written once, manifest.json last: a version without it is unfinished
    gs://BUCKET/MODEL/current.json       replaced against the generation that was seen: of two promotions one wins

Every step may be stopped anywhere and made again.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shared.formats import VERSION, rfc3339
from shared.model.bundle import MANIFEST, Pointer
from training.console import track
from training.registry.inspection import (
    ABSENT,
    Inspection,
    RegistryError,
    contents_of,
    decode,
    inspect,
    lines,
    sha256,
)
from training.registry.pointer import Move, path, read_pointer

if TYPE_CHECKING:  # importing Google's client takes longer than the help of a command may
    from training.registry.bucket import Entry, Store


class Publication(msgspec.Struct, frozen=True):
    """A version in the bucket: the files that were sent just now, and those that were there with the same bytes."""

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
        version: its name.
        state: `complete`, `incomplete` (no manifest: the publication was stopped), `unreadable` (no manifest of ours).
        role: `current`, `previous` (where a rollback goes) or nothing.
        files: how many there are.
        bytes: their size.
        published: when the manifest was written; UTC, RFC 3339.
        metrics: the figures of each graph, by role.
    """

    version: str
    state: str
    role: str | None
    files: int
    bytes: int
    published: str | None
    metrics: dict[str, dict[str, float]]


class Listing(msgspec.Struct, frozen=True):
    """A model's versions, the last published first, and the pointer; `fault` says why that cannot be read."""

    model: str
    uri: str
    current: Pointer | None
    fault: str | None
    versions: tuple[Version, ...]


def publish(store: "Store", name: str, folder: Path, *, dry_run: bool = False) -> Publication:
    """Write a bundle into the bucket, each file once, the manifest last.

    What is there already with the same bytes is left as it is.

    Raises:
        RegistryError: a function would refuse the bundle, or the version is taken by other bytes.
        StorageError: the bucket cannot be read or written.
    """
    contents, version = _bundle(name, folder)
    prefix = f"{name}/{version}/"
    there = {file: content for file, content in contents_of(store, prefix).items() if file in contents}
    _refuse_other_bytes(f"{store.uri}/{prefix}", contents, there)
    missing = [file for file in contents if file not in there]
    if missing and not dry_run:
        for file in track(missing, f"Envoi de {name} {version}"):
            _send(store, prefix, file, contents[file])
    size = sum(map(len, contents.values()))
    return Publication(name, version, f"{store.uri}/{prefix}", size, tuple(missing), tuple(there), dry_run)


def versions(store: "Store", name: str) -> Listing:
    """Every version of a model. Raises: StorageError."""
    stored = read_pointer(store, name)
    rows = [_version(store, version, files, stored.pointer) for version, files in _files(store, name).items()]
    rows.sort(key=lambda row: (row.published or "", row.version), reverse=True)
    return Listing(name, f"{store.uri}/{name}", stored.pointer, stored.fault, tuple(rows))


def verify(store: "Store", name: str, version: str | None = None) -> list[Inspection]:
    """Read every file of a version, or of all, and hold it against its manifest; the current one against the pointer.

    Raises:
        RegistryError: there is no such version, or none at all, or the pointer cannot be read.
        StorageError: the bucket cannot be read.
    """
    stored = read_pointer(store, name)
    if stored.fault:
        raise RegistryError(f"{path(store, name)} : {stored.fault}.")
    pointed = {stored.pointer.version} if stored.pointer else set()
    wanted = [version] if version else sorted(pointed | set(_files(store, name)))
    if not wanted:
        raise RegistryError(f"{store.uri}/{name} : aucune version n'est publiée.")
    return [_inspect(store, name, each, stored.pointer) for each in wanted]


def _bundle(name: str, folder: Path) -> tuple[dict[str, bytes], str]:
    """The files that a manifest names, and the manifest itself at the end, verified; and their version."""
    try:
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
    except OSError as error:
        raise RegistryError(f"{folder} illisible : {error.strerror}.") from error
    manifest = decode(files.get(MANIFEST, b""))
    version = manifest.version if manifest else ""
    inspection = inspect(name, version, files)
    if not inspection.good or manifest is None:
        raise RegistryError(f"{folder} n'est pas un paquet à publier. {lines(inspection.faults())}")
    return {file: files[file] for file in (*manifest.files, MANIFEST)}, version


def _refuse_other_bytes(uri: str, contents: Mapping[str, bytes], there: Mapping[str, bytes]) -> None:
    other = [
        f"{file} : SHA-256 publié {sha256(content)}, à publier {sha256(contents[file])}"
        for file, content in there.items()
        if content != contents[file]
    ]
    if other:
        raise RegistryError(f"{uri} est déjà prise par d'autres octets. {lines(other)}")


def _send(store: "Store", prefix: str, file: str, content: bytes) -> None:
    if store.write(f"{prefix}{file}", content, ABSENT):
        return
    found = store.read(f"{prefix}{file}")  # another publication wrote it, or this one, whose answer was lost
    _refuse_other_bytes(f"{store.uri}/{prefix}", {file: content}, {file: found.content if found else b""})


def _files(store: "Store", name: str) -> dict[str, dict[str, "Entry"]]:
    """The files of each version that is in the bucket; whatever else is there is no version."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in store.entries(f"{name}/"):
        if parts := re.fullmatch(f"({VERSION})/(.+)", entry.name.removeprefix(f"{name}/")):
            found.setdefault(parts[1], {})[parts[2]] = entry
    return found


def _version(store: "Store", version: str, files: Mapping[str, "Entry"], current: Pointer | None) -> Version:
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
        raise RegistryError(f"{store.uri}/{name}/{version} n'est pas publiée.")
    return inspect(name, version, contents, current.manifest_sha256 if current and pointed else None)
