"""Many servers measured in turn, round after round, so that a busy minute of the machine meets all of them."""

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


def require_linux() -> None:
    """Refuse where there is no way to measure.

    Raises:
        UsageError: no /proc or no taskset.
    """
    if not Path("/proc/self/smaps_rollup").exists() or shutil.which("taskset") is None:
        raise click.UsageError("this measures with /proc and taskset, and so on Linux only")


def compile_sources() -> None:
    """Write the bytecode of what is served, as a container image has it."""
    for folder in ("shared", "functions", "benchmarks"):
        compileall.compile_dir(ROOT / folder, quiet=1)


def interleaved(
    targets: Sequence[Target], rounds: int, requests: int, parts: Collection[str]
) -> dict[str, list[Figures]]:
    """Measure all targets in turn, `rounds` times: what each round gave, by target.

    Args:
        targets: the servers.
        rounds: how often each is started.
        requests: for each figure under load.
        parts: what to measure.
    """
    measured: dict[str, list[Figures]] = {str(target): [] for target in targets}
    order = [target for _ in range(rounds) for target in targets]
    for target in track(order, description="measuring", console=Console(stderr=True)):
        measured[str(target)].append(_tried(target, requests, parts))
    return measured


def _tried(target: Target, requests: int, parts: Collection[str]) -> Figures:
    try:
        return measure(target, requests, parts)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return {"first": math.nan}
