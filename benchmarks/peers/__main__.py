"""`python -m benchmarks.peers`: other tools that serve scikit-learn, and Augure, in turn, on one processor."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from benchmarks.bars import PEER_RULES, bars, with_best
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.environments import CACHE, Environment, Unavailable, prepared
from benchmarks.peers.race import PARTS, WrongAnswer, check_augure, check_peer, target
from benchmarks.peers.record import Record, entry, record, save
from benchmarks.peers.write import writable, write
from benchmarks.report import report_console, show_bars, show_figures
from benchmarks.rounds import compile_sources, interleaved, require_linux
from benchmarks.targets import HELLO, function_target

NAMES = [peer.name for peer in PEERS]
SAYS = Console(stderr=True)
ToPath = click.Path(path_type=Path)


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each server is started.")
@click.option("--requests", default=1000, show_default=True, help="Requests for each figure under load.")
@click.option("--envs", type=ToPath, default=CACHE, help="Folder of the peers' environments.")
@click.option("--json", "raw", type=ToPath, help="File for what every round gave.")
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
def main(rounds: int, requests: int, envs: Path, raw: Path | None, names: tuple[str, ...]) -> None:
    """Measure Augure, a hello-world and the peers NAMES; without names all of them, and write plot and table."""
    writable()
    race = run(rounds, requests, envs.absolute(), names or tuple(NAMES))
    if raw:
        save(race, raw)
    show(race)
    if not names:
        write(race)


def run(rounds: int, requests: int, envs: Path, names: Sequence[str]) -> Record:
    """Prepare, check and measure: `rounds` starts of each, `requests` for each figure.

    Args:
        rounds: how often each server is started.
        requests: for each figure under load.
        envs: where environments are, or come to be.
        names: the peers.
    """
    require_linux()
    compile_sources()
    ours = replace(function_target("predict_species"), parts=PARTS)
    check_augure(ours)
    environments, missing = available(names, envs)
    targets = [HELLO, ours, *map(target, environments.values())]
    measured = interleaved(targets, rounds, requests, PARTS)
    entries = [entry(one, environments.get(one.name), measured[one.name]) for one in targets]
    return record(entries, missing, rounds, requests)


def available(names: Sequence[str], envs: Path) -> tuple[dict[str, Environment], dict[str, str]]:
    """The environments of the peers that answer right, and why the others do not run."""
    found: dict[str, Environment] = {}
    missing: dict[str, str] = {}
    for peer in (peer for peer in PEERS if peer.name in names):
        SAYS.print(f"{peer.name}: preparing")
        try:
            environment = prepared(peer, envs)
            check_peer(environment)
        except (Unavailable, WrongAnswer, RuntimeError, OSError) as error:
            SAYS.print(f"{peer.name}: not run: {error}", style="red", markup=False)
            missing[peer.title] = str(error).splitlines()[0]
        else:
            found[peer.name] = environment
    return found, missing


def show(race: Record) -> None:
    """Print the figures and the bars."""
    console = report_console()
    results = {one.name: one.figures for one in race.entries}
    show_figures(console, results, PARTS, str(HELLO))
    show_bars(console, bars(with_best(results, [name for name in NAMES if name in results]), PEER_RULES))


if __name__ == "__main__":
    main()
