"""The pointer of a model, `current.json`: which version is served, and how that changes."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from models.published import ABSENT, RegistryError, contents_of, inspect, lines, rfc3339, sha256
from shared.model_store import CURRENT, MANIFEST, Current

if TYPE_CHECKING:  # importing Google's client takes longer than the help of a command may
    from models.bucket import Store


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


class Pointer(msgspec.Struct, frozen=True):
    """`current.json` as it was read: what it says, or why it says nothing, and its generation."""

    current: Current | None
    generation: int
    fault: str | None = None


def read_pointer(store: "Store", name: str) -> Pointer:
    """The pointer of a model. Raises: BucketError."""
    found = store.read(f"{name}/{CURRENT}")
    if found is None:
        return Pointer(None, ABSENT)
    try:
        return Pointer(msgspec.json.decode(found.content, type=Current), found.generation)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Pointer(None, found.generation, f"illisible : {error}")


def promote(store: "Store", name: str, version: str, *, dry_run: bool = False) -> Move:
    """Let the functions that follow the pointer serve a published version, once all of it is verified.

    Raises:
        RegistryError: the version is not published or would be refused, or another promotion came in between.
        BucketError: the bucket cannot be read or written.
    """
    pointer = read_pointer(store, name)  # before the verification: whoever promotes meanwhile is noticed
    wanted = _next(pointer.current, version, _verified(store, name, version))
    return _replace(store, name, wanted, pointer, dry_run=dry_run)


def foresee(store: "Store", name: str, version: str) -> Move:
    """What promoting a version that is not published yet would do. Raises: BucketError."""
    pointer = read_pointer(store, name)
    return _move(name, _next(pointer.current, version, ""), pointer.current, dry_run=True)


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
        BucketError: the bucket cannot be read or written.
    """
    pointer = read_pointer(store, name)
    current = pointer.current
    if current is None:
        raise RegistryError(f"{path(store, name)} : {pointer.fault or 'aucune version n’est courante'}.")
    if to == current.version:
        return _move(name, current, current, dry_run=dry_run)
    if current.previous is None:
        raise RegistryError(
            f"pas de version précédente : {current.version} est courante depuis {current.when}. "
            "Pour en servir une autre : promote."
        )
    if to not in {None, current.previous}:
        raise RegistryError(f"la version précédente est {current.previous}, pas {to}. Pour servir {to} : promote.")
    wanted = Current(current.previous, _verified(store, name, current.previous), None, _now())
    return _replace(store, name, wanted, pointer, dry_run=dry_run)


def _verified(store: "Store", name: str, version: str) -> str:
    """The SHA-256 of a version's manifest, once a function would serve all of it."""
    contents = contents_of(store, f"{name}/{version}/")
    if not contents:
        raise RegistryError(f"{store.uri}/{name}/{version} n'est pas publiée.")
    inspection = inspect(name, version, contents)
    if not inspection.good:
        raise RegistryError(f"{store.uri}/{name}/{version} n'est pas bonne à servir. {lines(inspection.faults())}")
    return sha256(contents[MANIFEST])


def _replace(store: "Store", name: str, wanted: Current, seen: Pointer, *, dry_run: bool) -> Move:
    """Write the pointer if it is still the one that was seen."""
    if dry_run or wanted == seen.current:
        return _move(name, wanted, seen.current, dry_run=dry_run)
    if not store.write(f"{name}/{CURRENT}", _encoded(wanted), seen.generation, cached=False):
        return _lost(store, name, wanted, seen.current)
    return _move(name, wanted, seen.current)


def _next(current: Current | None, version: str, manifest_sha256: str) -> Current:
    """The pointer to a version after `current`; `current` itself where it says so already."""
    if current is None or current.version != version:
        return Current(version, manifest_sha256, current.version if current else None, _now())
    if current.manifest_sha256 == manifest_sha256 or not manifest_sha256:
        return current
    return Current(version, manifest_sha256, current.previous, _now())


def _lost(store: "Store", name: str, wanted: Current, before: Current | None) -> Move:
    """What happened when the pointer was no longer the one that was seen."""
    now = read_pointer(store, name).current
    if now == wanted:  # it was us: the write was made, its answer was lost
        return _move(name, wanted, before)
    if now and (now.version, now.manifest_sha256) == (wanted.version, wanted.manifest_sha256):
        return _move(name, now, now)
    told = f"{now.version} est courante depuis {now.when}" if now else "plus aucune version n'est courante"
    raise RegistryError(f"une autre promotion est passée entre-temps : {told}. {wanted.version} n'a pas été promue.")


def _move(name: str, after: Current, before: Current | None, *, dry_run: bool = False) -> Move:
    version = before.version if before else None
    return Move(name, after.version, version, after.previous, after.when, after != before, dry_run)


def path(store: "Store", name: str) -> str:
    """The pointer's address."""
    return f"{store.uri}/{name}/{CURRENT}"


def _encoded(current: Current) -> bytes:
    return msgspec.json.format(msgspec.json.encode(current), indent=2) + b"\n"


def _now() -> str:
    return rfc3339(datetime.now(UTC))
