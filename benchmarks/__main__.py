"""`python -m benchmarks`: every function beside the Functions Framework's hello-worlds, in turn, on one processor.

Each function with a model is started twice: with its embedded one, and with the same in a bucket of an emulator.
"""

from collections.abc import Sequence

import click

from benchmarks.bars import bars
from benchmarks.figures import PARTS, medians
from benchmarks.machine import machine, versions
from benchmarks.report import report_console, show_bars, show_figures
from benchmarks.rounds import compile_sources, interleaved, require_linux
from benchmarks.server import ROOT, Target
from benchmarks.targets import HELLO, HELLO_ASGI, from_bucket, function_names, function_target
from tests.gcs import FakeGcs, fake
from tools.package import has_model

__all__ = ["HELLO", "from_bucket", "function_target"]


def chosen(_: click.Context, __: click.Parameter, value: str) -> list[str]:
    """The parts of `--only`, which are separated by commas."""
    names = value.split(",")
    if unknown := sorted(set(names) - set(PARTS)):
        raise click.BadParameter(f"expected: {', '.join(PARTS)}, got: {', '.join(unknown)}")
    return names


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each server is started.")
@click.option("--requests", default=1000, show_default=True, help="Requests for each figure under load.")
@click.option("--only", default=",".join(PARTS), show_default=True, callback=chosen, help="The parts to measure.")
@click.argument("names", nargs=-1)
def main(rounds: int, requests: int, only: list[str], names: tuple[str, ...]) -> None:
    """Measure the functions NAMES (all of them by default) beside two hello-worlds."""
    require_linux()
    compile_sources()
    with fake() as emulator:
        measured = interleaved(targets(names or tuple(function_names()), emulator), rounds, requests, only)
    results = {name: medians(own) for name, own in measured.items()}
    console = report_console()
    console.print(
        f"Medians of {rounds} round(s); one processor; validation, hashes and log line on. Ratios: to {HELLO}."
    )
    show_figures(console, results, only, str(HELLO))
    show_bars(console, bars(results))
    console.print(f"{machine()}\n{versions()}", highlight=False)


def targets(names: Sequence[str], emulator: FakeGcs) -> list[Target]:
    """The hello-worlds and the functions, each with a model a second time, from the bucket."""
    found = [HELLO, HELLO_ASGI]
    for name in names:
        target = function_target(name)
        found += [target, *([from_bucket(target, emulator)] if has_model(ROOT / "functions" / name) else [])]
    return found


if __name__ == "__main__":
    main()
