"""`python -m benchmarks`: every function beside the Functions Framework's hello-worlds, in turn, on one processor.

Each function with a model is started twice: with its embedded model, and with the same one in an emulated bucket.
"""

from collections.abc import Sequence

import click

from benchmarks.bars import bars
from benchmarks.figures import PARTS, medians
from benchmarks.machine import machine, versions
from benchmarks.report import report_console, show_bars, show_figures
from benchmarks.rounds import REQUESTS, ROUNDS, compile_sources, interleaved, require_linux
from benchmarks.server import ROOT, Target
from benchmarks.targets import HELLO, HELLO_ASGI, from_bucket, function_names, function_target
from shared.terminal import localize, say
from tests.gcs import FakeGcs, fake
from tools.package import has_model

HELP = (
    "Mesurer les fonctions NAMES (toutes par défaut) à côté de deux hello-world.",
    "Measure the functions NAMES (all of them by default) beside two hello-worlds.",
)
SUMMARY = (
    "Médianes de {rounds} tour(s) ; un processeur ; avec validation, empreintes et journal. Rapports : à {baseline}.",
    "Medians of {rounds} round(s); one processor; validation, hashes and log line on. Ratios: to {baseline}.",
)


def parse_parts(_: click.Context, __: click.Parameter, value: str) -> list[str]:
    """The parts of `--only`, separated by commas."""
    parts = value.split(",")
    if unknown := sorted(set(parts) - set(PARTS)):
        text = ("attendu : {known}, reçu : {unknown}", "expected: {known}, got: {unknown}")
        raise click.BadParameter(say(text, known=", ".join(PARTS), unknown=", ".join(unknown)))
    return parts


@click.command(help=say(HELP))
@click.option("--rounds", default=5, show_default=True, help=say(ROUNDS))
@click.option("--requests", default=1000, show_default=True, help=say(REQUESTS))
@click.option(
    "--only",
    default=",".join(PARTS),
    show_default=True,
    callback=parse_parts,
    help=say(("Les parties à mesurer.", "The parts to measure.")),
)
@click.argument("names", nargs=-1)
def main(rounds: int, requests: int, only: list[str], names: tuple[str, ...]) -> None:
    """Measure, and print tables and bars."""
    require_linux()
    compile_sources()
    with fake() as emulator:
        measured = interleaved(targets(names or tuple(function_names()), emulator), rounds, requests, only)
    results = {name: medians(figures) for name, figures in measured.items()}
    console = report_console()
    console.print(say(SUMMARY, rounds=rounds, baseline=HELLO))
    show_figures(console, results, only, str(HELLO))
    show_bars(console, bars(results))
    console.print(f"{machine()}\n{versions()}", highlight=False)


def targets(names: Sequence[str], emulator: FakeGcs) -> list[Target]:
    """The hello-worlds and the functions; those with a model a second time, from the bucket."""
    servers = [HELLO, HELLO_ASGI]
    for name in names:
        target = function_target(name)
        servers += [target, *([from_bucket(target, emulator)] if has_model(ROOT / "functions" / name) else [])]
    return servers


if __name__ == "__main__":
    localize()
    main()
