"""Tiny real bundles for tests: copies of the committed ones, altered at will."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from shared.model.bundle import MANIFEST, Manifest, version_of
from tests.replay import ROOT


def copy_bundle(name: str, to: Path) -> Path:
    """A copy of a committed bundle."""
    folder = to / name
    shutil.copytree(ROOT / "models" / name / "bundle", folder)
    return folder


def change_manifest(folder: Path, changes: Mapping[str, Any], *, sealed: bool) -> None:
    """Change members of a bundle's manifest; `sealed` gives it the version of its new content."""
    facts = msgspec.json.decode((folder / MANIFEST).read_bytes()) | changes
    if sealed:
        facts["version"] = version_of(msgspec.convert(facts, Manifest))
    (folder / MANIFEST).write_bytes(msgspec.json.encode(facts))
