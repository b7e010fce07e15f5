"""cloudbuild.yaml with its substitutions, and a mark for tests that need the real `gcloud`."""

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
"""A variable that Cloud Build substitutes, with or without braces."""

needs_gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


def command(step: str, values: Mapping[str, str]) -> list[str]:
    """The command of a step, with these substitutions."""
    words = [STEPS[step]["entrypoint"], *STEPS[step]["args"]]
    return [SUBSTITUTION.sub(lambda match: values[match[1] or match[2]], word) for word in words]
