"""cloudbuild.yaml as Cloud Build reads it, and `gcloud` for tests that need the real one."""

import re
import shutil
from collections.abc import Mapping
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.replay import ROOT

CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in CONFIG["steps"]}
SUBSTITUTION = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
"""A name that Cloud Build replaces, in braces or not."""

needs_gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


def command(step: str, values: Mapping[str, str]) -> list[str]:
    """What a step runs, with the substitutions in place."""
    words = [STEPS[step]["entrypoint"], *STEPS[step]["args"]]
    return [SUBSTITUTION.sub(lambda found: values[found[1] or found[2]], word) for word in words]
