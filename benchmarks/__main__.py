"""`python -m benchmarks`: every function beside the Functions Framework's hello-world, in turn, on one processor.

Each function with a model is started twice: with its embedded one, and with the same in a bucket of an emulator.
"""

import compileall
import os
import platform
import shutil
import statistics
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.client import latencies, throughput
from benchmarks.server import ROOT, Target, proportional_memory, started
from tests.buckets import environment, promote, publish
from tests.gcs import FakeGcs, fake
from tools.examples import cases
from tools.package import has_model

HELLO = Target(
    "hello", ROOT / "benchmarks/hello/main.py", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"Hello world!"
)
FIGURES = (
    ("first answer", "ms", 1000.0, 0),
    ("start CPU", "ms", 1000.0, 0),
    ("PSS", "MB", 1.0, 1),
    ("p50, 1 client", "ms", 1000.0, 2),
    ("16 clients", "req/s", 1.0, 0),
)
PACKAGES = ("functions-framework", "gunicorn", "flask", "onnxruntime", "numpy", "msgspec")


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each server is started.")
@click.option("--requests", default=1000, show_default=True, help="Requests for each figure under load.")
@click.argument("names", nargs=-1)
def main(rounds: int, requests: int, names: tuple[str, ...]) -> None:
    """Measure the functions NAMES (all of them by default) beside a hello-world."""
    if not Path("/proc/self/smaps_rollup").exists() or shutil.which("taskset") is None:
        raise click.UsageError("this measures with /proc and taskset, and so on Linux only")
    compiled = [ROOT / "shared", ROOT / "functions", ROOT / "benchmarks"]  # as a container image has it
    for folder in compiled:
        compileall.compile_dir(folder, quiet=1)
    with fake() as emulator:
        targets = [HELLO]
        for name in names or function_names():
            target = function_target(name)
            pulled = [from_bucket(target, emulator)] if has_model(ROOT / "functions" / name) else []
            targets += [target, *pulled]
        order = [target for _ in range(rounds) for target in targets]
        measured: dict[str, list[tuple[float, ...]]] = {str(target): [] for target in targets}
        for target in track(order, description="measuring", console=Console(stderr=True)):
            measured[str(target)].append(measure(target, requests))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in measured.items()
    }
    show(medians, rounds)


def function_names() -> list[str]:
    """The functions that have a benchmark request: those with examples."""
    return sorted(folder.parent.name for folder in ROOT.glob("functions/*/examples"))


def function_target(name: str) -> Target:
    """The first example of a function that succeeds, as a request."""
    folder = ROOT / "functions" / name
    for case in cases(folder):
        if case.status == 200:
            head = f"{case.method} {case.path} HTTP/1.1\r\nHost: localhost\r\n"
            head += "".join(f"{header}: {value}\r\n" for header, value in case.headers.items())
            head += f"Content-Length: {len(case.body)}\r\n" if case.body else ""
            return Target(name, folder / "main.py", f"{head}\r\n".encode() + case.body, b"HTTP/1.1 200 OK")
    raise click.UsageError(f"functions/{name}/examples has none that succeeds")


def from_bucket(target: Target, emulator: FakeGcs) -> Target:
    """The same function, its model pulled from a bucket into which it is published here."""
    folder = ROOT / "models" / target.name / "bundle"
    publish(emulator, folder)
    promote(emulator, folder)
    environ = {**environment(emulator, target.name), "MODEL_FALLBACK": "none"}
    return replace(target, environ=environ, label=", gs://")


def measure(target: Target, requests: int) -> tuple[float, ...]:
    """Start a server once: seconds to the first answer, CPU seconds, PSS in MB, seconds a request, requests/s."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, started(target, cores[0], Path(folder)) as server:
        os.sched_setaffinity(0, {cores[-1]})
        try:
            median = statistics.median(latencies(server.port, target.request, requests))
            memory = proportional_memory(server.pid)
            rate = throughput(server.port, target.request, 16, 2 * requests)
        finally:
            os.sched_setaffinity(0, cores)
        return server.first_answer, server.cpu, memory, median, rate


def show(medians: dict[str, list[float]], rounds: int) -> None:
    """Print the medians, with each figure's ratio to the hello-world's."""
    table = Table(title=f"medians of {rounds} rounds, server on one processor, validation, hashes and log line on")
    table.add_column("function")
    for name, unit, _, _ in FIGURES:
        table.add_column(f"{name} ({unit})", justify="right")
    for name, values in medians.items():
        floor = medians[HELLO.name]
        cells = [
            f"{value * scale:.{digits}f}" + ("" if name == HELLO.name else f"  x{value / base:.2f}")
            for value, base, (_, _, scale, digits) in zip(values, floor, FIGURES, strict=True)
        ]
        table.add_row(name, *cells)
    console = Console()
    console.print(table)
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    console.print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
