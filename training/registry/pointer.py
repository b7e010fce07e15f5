"""The pointer of a model, `current.json`: the version that is served, and how a command moves it."""

from typing import TYPE_CHECKING

import msgspec

from shared import formats
from shared.errors import Text
from shared.i18n import fill
from shared.model.bundle import CURRENT, MANIFEST, Pointer
from training.registry.inspection import ABSENT, RegistryError, contents_of, indented, inspect, sha256

if TYPE_CHECKING:  # Google's client would slow down the help of a command
    from training.registry.store import Store

UNREADABLE = ("{path} : illisible : {fault}.", "{path}: cannot be read: {fault}.")
NO_CURRENT = ("{path} : aucune version n’est courante.", "{path}: no version is current.")
NO_PREVIOUS = (
    "pas de version précédente : {version} est courante depuis {when}. Pour en servir une autre : promote.",
    "no previous version: {version} is current since {when}. To serve another one: promote.",
)
OTHER_PREVIOUS = (
    "la version précédente est {previous}, pas {to}. Pour servir {to} : promote.",
    "the previous version is {previous}, not {to}. To serve {to}: promote.",
)
NOT_PUBLISHED = ("{path} n'est pas publiée.", "{path} is not published.")
NOT_GOOD = ("{path} n'est pas bonne à servir. {faults}", "{path} cannot be served. {faults}")
LOST = (
    "une autre promotion est passée entre-temps : {current}. {version} n'a pas été promue.",
    "another promotion came first: {current}. {version} was not promoted.",
)
CURRENT_SINCE = ("{version} est courante depuis {when}", "{version} is current since {when}")
NO_MORE_CURRENT = ("plus aucune version n'est courante", "no version is current any more")


class Move(msgspec.Struct, frozen=True):
    """A promotion or a rollback.

    Attributes:
        model: the model's name.
        version: the version that is current now; in a dry run, the one that would be.
        before: the version that was current.
        previous: the version that a rollback would go to now.
        when: time at which `version` became current; UTC, RFC 3339.
        changed: False if there was nothing to do.
        dry_run: True if nothing was written.
    """

    model: str
    version: str
    before: str | None
    previous: str | None
    when: str
    changed: bool
    dry_run: bool


class StoredPointer(msgspec.Struct, frozen=True):
    """`current.json` and its generation; `fault` is the decoder's message if it cannot be read."""

    pointer: Pointer | None
    generation: int
    fault: str | None = None


def read_pointer(store: "Store", name: str) -> StoredPointer:
    """The pointer of a model. Raises: StorageError."""
    stored = store.read(f"{name}/{CURRENT}")
    if stored is None:
        return StoredPointer(None, ABSENT)
    try:
        return StoredPointer(msgspec.json.decode(stored.content, type=Pointer), stored.generation)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return StoredPointer(None, stored.generation, str(error))


def promote(store: "Store", name: str, version: str, *, dry_run: bool = False) -> Move:
    """Verify a published version, then make it the current one.

    Args:
        store: the bucket.
        name: the model.
        version: the version to serve.
        dry_run: verify and write nothing.

    Raises:
        RegistryError: the version is not published or cannot be served, or another promotion came first.
        StorageError: the bucket cannot be read or written.
    """
    stored = read_pointer(store, name)  # before the verification, to notice a promotion in the meantime
    wanted = _next(stored.pointer, version, _verified(store, name, version))
    return _replace(store, name, wanted, stored, dry_run=dry_run)


def preview_promotion(store: "Store", name: str, version: str) -> Move:
    """The move that promoting a version would make before it is published.

    Args:
        store: the bucket.
        name: the model.
        version: the version to serve.

    Raises:
        StorageError: the bucket cannot be read.
    """
    stored = read_pointer(store, name)
    return _move(name, _next(stored.pointer, version, ""), stored.pointer, dry_run=True)


def rollback(store: "Store", name: str, to: str | None = None, *, dry_run: bool = False) -> Move:
    """Make the version before the current one current again.

    The new pointer has no previous version, so that repeating a rollback never goes forward.

    Args:
        store: the bucket.
        name: the model.
        to: the expected target; if it is already current, there is nothing to do.
        dry_run: verify and write nothing.

    Raises:
        RegistryError: there is no previous version, it is not `to` or cannot be served, or another promotion came
            first.
        StorageError: the bucket cannot be read or written.
    """
    stored = read_pointer(store, name)
    current = stored.pointer
    if current is None:
        text = UNREADABLE if stored.fault else NO_CURRENT
        raise RegistryError(text, path=path(store, name), fault=stored.fault)
    if to == current.version:
        return _move(name, current, current, dry_run=dry_run)
    if current.previous is None:
        raise RegistryError(NO_PREVIOUS, version=current.version, when=current.when)
    if to not in {None, current.previous}:
        raise RegistryError(OTHER_PREVIOUS, previous=current.previous, to=to)
    wanted = Pointer(current.previous, _verified(store, name, current.previous), None, formats.now())
    return _replace(store, name, wanted, stored, dry_run=dry_run)


def _verified(store: "Store", name: str, version: str) -> str:
    """The SHA-256 of a version's manifest. Raises RegistryError: a function would refuse the version."""
    contents = contents_of(store, f"{name}/{version}/")
    address = f"{store.uri}/{name}/{version}"
    if not contents:
        raise RegistryError(NOT_PUBLISHED, path=address)
    inspection = inspect(name, version, contents)
    if not inspection.good:
        raise RegistryError(NOT_GOOD, path=address, faults=indented(inspection.faults()))
    return sha256(contents[MANIFEST])


def _replace(store: "Store", name: str, wanted: Pointer, stored: StoredPointer, *, dry_run: bool) -> Move:
    """Write the pointer, unless it has changed since it was read. Raises RegistryError: it has."""
    if dry_run or wanted == stored.pointer:
        return _move(name, wanted, stored.pointer, dry_run=dry_run)
    if not store.write(f"{name}/{CURRENT}", _encoded(wanted), stored.generation, cached=False):
        return _lost(store, name, wanted, stored.pointer)
    return _move(name, wanted, stored.pointer)


def _next(current: Pointer | None, version: str, manifest_sha256: str) -> Pointer:
    """The pointer to a version after `current`; `current` itself if it names that version already."""
    if current is None or current.version != version:
        return Pointer(version, manifest_sha256, current.version if current else None, formats.now())
    if current.manifest_sha256 == manifest_sha256 or not manifest_sha256:
        return current
    return Pointer(version, manifest_sha256, current.previous, formats.now())


def _lost(store: "Store", name: str, wanted: Pointer, before: Pointer | None) -> Move:
    """The move after a refused write. Raises RegistryError: another promotion came first."""
    now = read_pointer(store, name).pointer
    if now == wanted:  # this write succeeded, its response was lost
        return _move(name, wanted, before)
    if now and (now.version, now.manifest_sha256) == (wanted.version, wanted.manifest_sha256):
        return _move(name, now, now)
    current: Text = fill(CURRENT_SINCE, version=now.version, when=now.when) if now else NO_MORE_CURRENT
    raise RegistryError(LOST, current=current, version=wanted.version)


def _move(name: str, after: Pointer, before: Pointer | None, *, dry_run: bool = False) -> Move:
    version = before.version if before else None
    return Move(name, after.version, version, after.previous, after.when, after != before, dry_run)


def path(store: "Store", name: str) -> str:
    """The `gs://` address of the pointer."""
    return f"{store.uri}/{name}/{CURRENT}"


def _encoded(current: Pointer) -> bytes:
    return msgspec.json.format(msgspec.json.encode(current), indent=2) + b"\n"
