"""Finds and loads the versions of a model: the embedded one, those of a folder, those of a bucket."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.settings import ROOT, Settings
from shared.errors import BundleError, Text
from shared.i18n import fill
from shared.model.bundle import MANIFEST, Bundle, check_equal, parse_manifest, read_folder, verify_file
from training.errors import CommandError
from training.registry.inspection import decode
from training.registry.versions import Listing, list_versions

if TYPE_CHECKING:  # Google's client takes half a second to import
    from training.registry.store import StoredObject

MAX_DEPTH = 3
"""Levels of the folder of bundles that are searched: a bucket has MODEL/VERSION/manifest.json."""


class Origin(msgspec.Struct, frozen=True):
    """Where the files of one version are.

    Attributes:
        model: name of the model.
        version: its version.
        place: `embedded`, `folder` or `bucket`.
        location: path of the bundle's folder, or `gs://BUCKET/MODEL`.
    """

    model: str
    version: str
    place: str
    location: str

    @property
    def label(self) -> Text:
        """The version and its place, for the page."""
        return fill(messages.PLACES[self.place], version=self.version)


def model_names() -> list[str]:
    """Names of the repository's models."""
    return sorted(file.parent.parent.name for file in ROOT.glob(f"models/*/bundle/{MANIFEST}"))


def local_origins(model: str, settings: Settings) -> list[Origin]:
    """The embedded version, then the other versions in the folder of bundles."""
    folder = ROOT / "models" / model / "bundle"
    origins = [Origin(model, version, "embedded", str(folder)) for version in _version(model, folder / MANIFEST)]
    embedded = {origin.version for origin in origins}
    in_folder = _in_folder(model, Path(settings.bundles)) if settings.bundles else ()
    others = {origin.version: origin for origin in in_folder if origin.version not in embedded}
    return origins + [origin for _, origin in sorted(others.items())]


def _in_folder(model: str, folder: Path) -> Iterator[Origin]:
    for path, names, files in os.walk(folder):
        if len(Path(path).relative_to(folder).parts) >= MAX_DEPTH:
            names.clear()
        if MANIFEST in files:
            yield from (Origin(model, version, "folder", path) for version in _version(model, Path(path, MANIFEST)))


def _version(model: str, path: Path) -> Iterator[str]:
    """The version that the manifest at `path` claims, if it is of this model. `load_bundle` verifies it."""
    with contextlib.suppress(OSError):
        manifest = decode(path.read_bytes())
        if manifest is not None and manifest.name == model:
            yield manifest.version


def list_bucket(model: str, bucket: str) -> Listing:
    """The versions of a model in `gs://BUCKET`, and its pointer.

    Raises:
        ExplorerError: the bucket cannot be read.
    """
    from training.registry.store import Store  # noqa: PLC0415  # see above

    with _translated_errors():
        return list_versions(Store(bucket.removeprefix("gs://")), model)


def published_origins(listing: Listing) -> list[Origin]:
    """The complete versions of a listing, the last published first."""
    return [
        Origin(listing.model, row.version, "bucket", listing.uri) for row in listing.versions if row.state == "complete"
    ]


def load_bundle(origin: Origin) -> Bundle:
    """The bundle of a version, all of its files verified.

    Raises:
        ExplorerError: it cannot be read, or a file differs from the manifest.
    """
    try:
        if origin.place == "bucket":
            return _from_bucket(origin)
        bundle = read_folder(Path(origin.location), origin.model)
        check_equal("version", origin.version, bundle.manifest.version)
    except BundleError as error:
        raise ExplorerError(fill(messages.BAD_BUNDLE, version=origin.version, reason=error.detail)) from error
    return bundle


def _from_bucket(origin: Origin) -> Bundle:
    from training.registry.store import Store  # noqa: PLC0415  # see above

    prefix = f"{origin.model}/{origin.version}"
    with _translated_errors():
        store = Store(origin.location.removeprefix("gs://").partition("/")[0])
        manifest = parse_manifest(_content(store.read(f"{prefix}/{MANIFEST}"), MANIFEST), origin.model)
        check_equal("version", origin.version, manifest.version)
        files = {
            file: verify_file(file, facts, _content(store.read(f"{prefix}/{file}"), file))
            for file, facts in manifest.files.items()
        }
    return Bundle(manifest, files)


def _content(blob: "StoredObject | None", file: str) -> bytes:
    if blob is None:
        raise BundleError((f"{file} n'est pas dans le bucket", f"{file} is not in the bucket"))
    return blob.content


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    """Turns an error of the registry into one for the page."""
    try:
        yield
    except CommandError as error:
        raise ExplorerError(fill(messages.BUCKET, reason=error.detail)) from error
