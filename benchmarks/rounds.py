"""Many servers measured in turn, round after round, so that a busy minute of the machine affects all of them."""

import compileall
import math
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks.figures import Figures
from benchmarks.measure import measure
from benchmarks.server import ROOT, Target
from shared.terminal import say

ROUNDS = ("Nombre de démarrages de chaque serveur.", "How often each server is started.")
REQUESTS = ("Requêtes pour chaque mesure en charge.", "Requests for each figure under load.")
"""Help of the options --rounds and --requests."""


def require_linux() -> None:
    """Check that this machine can measure.

    Raises:
        UsageError: it has no /proc or no taskset.
    """
    if not Path("/proc/self/smaps_rollup").exists() or shutil.which("taskset") is None:
        text = (
            "la mesure demande /proc et taskset, donc Linux",
            "measuring needs /proc and taskset, that is Linux",
        )
        raise click.UsageError(say(text))


def compile_sources() -> None:
    """Write the bytecode of everything that is served, as container images have it."""
    for folder in ("shared", "functions", "benchmarks"):
        compileall.compile_dir(ROOT / folder, quiet=1)


def interleaved(
    targets: Sequence[Target], rounds: int, requests: int, parts: Collection[str]
) -> dict[str, list[Figures]]:
    """Measure all targets in turn, `rounds` times: the figures of each round, by target.

    Args:
        targets: the servers.
        rounds: starts of each server.
        requests: for each figure under load.
        parts: some of `PARTS`.
    """
    measured: dict[str, list[Figures]] = {str(target): [] for target in targets}
    order = [target for _ in range(rounds) for target in targets]
    for target in track(order, description=say(("mesure", "measuring")), console=Console(stderr=True)):
        measured[str(target)].append(_measure(target, requests, parts))
    return measured


def _measure(target: Target, requests: int, parts: Collection[str]) -> Figures:
    try:
        return measure(target, requests, parts)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return {"first": math.nan}
