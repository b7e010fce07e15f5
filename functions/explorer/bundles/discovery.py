"""The versions of a model that there are: the embedded one, those of a folder, those of a bucket."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.settings import ROOT, Settings
from shared.errors import BundleError, Text
from shared.i18n import fill
from shared.model.bundle import MANIFEST, Bundle, parse_manifest, read_folder, same, verified
from training.errors import CommandError
from training.registry.inspection import decode
from training.registry.versions import Listing, list_versions

if TYPE_CHECKING:  # Google's client takes half a second to import
    from training.registry.store import StoredObject

DEEPEST = 3
"""Levels of a folder of bundles that are looked at: a bucket has MODEL/VERSION/manifest.json."""


class Origin(msgspec.Struct, frozen=True):
    """One version of a model, and where its files are: `embedded`, `folder` (`where` is its path) or `bucket`."""

    model: str
    version: str
    place: str
    where: str

    @property
    def label(self) -> Text:
        """The version and where it comes from, for people."""
        return fill(texts.PLACES[self.place], version=self.version)


def models() -> list[str]:
    """The models of this program, by name."""
    return sorted(file.parent.parent.name for file in ROOT.glob(f"models/*/bundle/{MANIFEST}"))


def local(model: str, settings: Settings) -> list[Origin]:
    """The embedded version, then those of the folder of bundles that are others."""
    here = ROOT / "models" / model / "bundle"
    found = {origin.version: origin for origin in _in_folder(model, Path(settings.bundles))} if settings.bundles else {}
    embedded = [Origin(model, version, "embedded", str(here)) for version in _version(model, here / MANIFEST)]
    return embedded + [
        origin for version, origin in sorted(found.items()) if version not in {one.version for one in embedded}
    ]


def _in_folder(model: str, folder: Path) -> Iterator[Origin]:
    for place, names, files in os.walk(folder):
        if len(Path(place).relative_to(folder).parts) >= DEEPEST:
            names.clear()
        if MANIFEST in files:
            yield from (Origin(model, version, "folder", place) for version in _version(model, Path(place, MANIFEST)))


def _version(model: str, manifest: Path) -> Iterator[str]:
    """The version of a manifest of this model, as it says; its bundle is verified when it is loaded."""
    with contextlib.suppress(OSError):
        found = decode(manifest.read_bytes())
        if found is not None and found.name == model:
            yield found.version


def listing(model: str, bucket: str) -> Listing:
    """The versions of a model in `gs://BUCKET`, and its pointer.

    Raises:
        Refused: the bucket cannot be read.
    """
    from training.registry.store import Store  # noqa: PLC0415  # see above

    with _explained():
        return list_versions(Store(bucket.removeprefix("gs://")), model)


def published(found: Listing) -> list[Origin]:
    """The versions of a listing that are complete, the last published first."""
    return [Origin(found.model, row.version, "bucket", found.uri) for row in found.versions if row.state == "complete"]


def load(origin: Origin) -> Bundle:
    """A version, all of its files verified.

    Raises:
        Refused: it cannot be read, or a file is not what the manifest says.
    """
    try:
        if origin.place == "bucket":
            return _from_bucket(origin)
        bundle = read_folder(Path(origin.where), origin.model)
        same("version", origin.version, bundle.manifest.version)
    except BundleError as error:
        raise Refused(fill(texts.BAD_BUNDLE, version=origin.version, reason=error.detail)) from error
    return bundle


def _from_bucket(origin: Origin) -> Bundle:
    from training.registry.store import Store  # noqa: PLC0415  # see above

    prefix = f"{origin.model}/{origin.version}"
    with _explained():
        store = Store(origin.where.removeprefix("gs://").partition("/")[0])
        manifest = parse_manifest(_content(store.read(f"{prefix}/{MANIFEST}"), MANIFEST), origin.model)
        same("version", origin.version, manifest.version)
        files = {
            file: verified(file, facts, _content(store.read(f"{prefix}/{file}"), file))
            for file, facts in manifest.files.items()
        }
    return Bundle(manifest, files)


def _content(found: "StoredObject | None", file: str) -> bytes:
    if found is None:
        raise BundleError((f"{file} n'est pas dans le bucket", f"{file} is not in the bucket"))
    return found.content


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Raises Refused with the sentence of a registry error."""
    try:
        yield
    except CommandError as error:
        raise Refused(fill(texts.BUCKET, reason=error.detail)) from error
