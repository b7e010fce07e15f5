"""Copies of the repository, for tests that write into it."""

import shutil
from pathlib import Path

from tests.replay import ROOT

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "*cache*", "dist", "saved_images", "requetes_enrg.jsonl", "ml[rf]*")


def copy_repository(to: Path) -> Path:
    """Copy the working tree, without what is no part of it, to a folder that does not exist yet; the folder."""
    shutil.copytree(ROOT, to, symlinks=True, ignore=_LEFT_OUT)
    return to
