"""The pointer of a model, `current.json`: which version is served, and how that changes."""

from typing import TYPE_CHECKING

import msgspec

from shared import formats
from shared.model.bundle import CURRENT, MANIFEST, Pointer
from training.registry.inspection import ABSENT, RegistryError, contents_of, inspect, lines, sha256

if TYPE_CHECKING:  # importing Google's client takes longer than the help of a command may
    from training.registry.bucket import Store


class Move(msgspec.Struct, frozen=True):
    """A promotion or a rollback.

    Attributes:
        model: the model's name.
        version: the one that is served now (that would be, in a dry run).
        before: the one that was served.
        previous: where a rollback goes now.
        when: since when `version` is served; UTC, RFC 3339.
        changed: False where there was nothing to do.
        dry_run: True where nothing was written.
    """

    model: str
    version: str
    before: str | None
    previous: str | None
    when: str
    changed: bool
    dry_run: bool


class StoredPointer(msgspec.Struct, frozen=True):
    """`current.json` as it was read: what it says, or why it says nothing, and its generation."""

    pointer: Pointer | None
    generation: int
    fault: str | None = None


def read_pointer(store: "Store", name: str) -> StoredPointer:
    """The pointer of a model. Raises: StorageError."""
    found = store.read(f"{name}/{CURRENT}")
    if found is None:
        return StoredPointer(None, ABSENT)
    try:
        return StoredPointer(msgspec.json.decode(found.content, type=Pointer), found.generation)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return StoredPointer(None, found.generation, f"illisible : {error}")


def promote(store: "Store", name: str, version: str, *, dry_run: bool = False) -> Move:
    """Let the functions that follow the pointer serve a published version, once all of it is verified.

    Raises:
        RegistryError: the version is not published or would be refused, or another promotion came in between.
        StorageError: the bucket cannot be read or written.
    """
    stored = read_pointer(store, name)  # before the verification: whoever promotes meanwhile is noticed
    wanted = _next(stored.pointer, version, _verified(store, name, version))
    return _replace(store, name, wanted, stored, dry_run=dry_run)


def foresee(store: "Store", name: str, version: str) -> Move:
    """What promoting a version that is not published yet would do. Raises: StorageError."""
    stored = read_pointer(store, name)
    return _move(name, _next(stored.pointer, version, ""), stored.pointer, dry_run=True)


def rollback(store: "Store", name: str, to: str | None = None, *, dry_run: bool = False) -> Move:
    """Serve the version before the current one again. After that there is no version before, whatever is repeated.

    Args:
        store: the bucket.
        name: the model.
        to: where this must lead; where it is current already, there is nothing to do.
        dry_run: verify and write nothing.

    Raises:
        RegistryError: there is no version before or it is not `to`, it would be refused, or another promotion came in
            between.
        StorageError: the bucket cannot be read or written.
    """
    stored = read_pointer(store, name)
    current = stored.pointer
    if current is None:
        raise RegistryError(f"{path(store, name)} : {stored.fault or 'aucune version n’est courante'}.")
    if to == current.version:
        return _move(name, current, current, dry_run=dry_run)
    if current.previous is None:
        raise RegistryError(
            f"pas de version précédente : {current.version} est courante depuis {current.when}. "
            "Pour en servir une autre : promote."
        )
    if to not in {None, current.previous}:
        raise RegistryError(f"la version précédente est {current.previous}, pas {to}. Pour servir {to} : promote.")
    wanted = Pointer(current.previous, _verified(store, name, current.previous), None, formats.now())
    return _replace(store, name, wanted, stored, dry_run=dry_run)


def _verified(store: "Store", name: str, version: str) -> str:
    """The SHA-256 of a version's manifest, once a function would serve all of it."""
    contents = contents_of(store, f"{name}/{version}/")
    if not contents:
        raise RegistryError(f"{store.uri}/{name}/{version} n'est pas publiée.")
    inspection = inspect(name, version, contents)
    if not inspection.good:
        raise RegistryError(f"{store.uri}/{name}/{version} n'est pas bonne à servir. {lines(inspection.faults())}")
    return sha256(contents[MANIFEST])


def _replace(store: "Store", name: str, wanted: Pointer, seen: StoredPointer, *, dry_run: bool) -> Move:
    """Write the pointer if it is still the one that was seen."""
    if dry_run or wanted == seen.pointer:
        return _move(name, wanted, seen.pointer, dry_run=dry_run)
    if not store.write(f"{name}/{CURRENT}", _encoded(wanted), seen.generation, cached=False):
        return _lost(store, name, wanted, seen.pointer)
    return _move(name, wanted, seen.pointer)


def _next(current: Pointer | None, version: str, manifest_sha256: str) -> Pointer:
    """The pointer to a version after `current`; `current` itself where it says so already."""
    if current is None or current.version != version:
        return Pointer(version, manifest_sha256, current.version if current else None, formats.now())
    if current.manifest_sha256 == manifest_sha256 or not manifest_sha256:
        return current
    return Pointer(version, manifest_sha256, current.previous, formats.now())


def _lost(store: "Store", name: str, wanted: Pointer, before: Pointer | None) -> Move:
    """What happened when the pointer was no longer the one that was seen."""
    now = read_pointer(store, name).pointer
    if now == wanted:  # it was us: the write was made, its answer was lost
        return _move(name, wanted, before)
    if now and (now.version, now.manifest_sha256) == (wanted.version, wanted.manifest_sha256):
        return _move(name, now, now)
    told = f"{now.version} est courante depuis {now.when}" if now else "plus aucune version n'est courante"
    raise RegistryError(f"une autre promotion est passée entre-temps : {told}. {wanted.version} n'a pas été promue.")


def _move(name: str, after: Pointer, before: Pointer | None, *, dry_run: bool = False) -> Move:
    version = before.version if before else None
    return Move(name, after.version, version, after.previous, after.when, after != before, dry_run)


def path(store: "Store", name: str) -> str:
    """The pointer's address."""
    return f"{store.uri}/{name}/{CURRENT}"


def _encoded(current: Pointer) -> bytes:
    return msgspec.json.format(msgspec.json.encode(current), indent=2) + b"\n"
