"""Copies of the committed bundles, for tests to alter."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from shared.model.bundle import MANIFEST, Manifest, version_of
from tests.replay import ROOT


def copy_bundle(name: str, to: Path) -> Path:
    """Copy a committed bundle to `to/name`."""
    folder = to / name
    shutil.copytree(ROOT / "models" / name / "bundle", folder)
    return folder


def change_manifest(folder: Path, changes: Mapping[str, Any], *, sealed: bool) -> None:
    """Replace members of a bundle's manifest; `sealed` recomputes its version."""
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes()) | changes
    if sealed:
        manifest["version"] = version_of(msgspec.convert(manifest, Manifest))
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
