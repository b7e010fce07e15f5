"""`python -m benchmarks.peers`: other tools that serve scikit-learn, and Augure, in turn, on one processor."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from benchmarks.bars import PEER_RULES, bars, with_best
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.environments import CACHE, Environment, Unavailable, prepare
from benchmarks.peers.race import PARTS, WrongAnswer, check_augure, check_peer, peer_target
from benchmarks.peers.record import Race, make_entry, make_race, save
from benchmarks.peers.write import check_document, write
from benchmarks.report import report_console, show_bars, show_figures
from benchmarks.rounds import REQUESTS, ROUNDS, compile_sources, interleaved, require_linux
from benchmarks.targets import HELLO, function_target
from shared.terminal import localize, say

NAMES = [peer.name for peer in PEERS]
PROGRESS = Console(stderr=True)
ToPath = click.Path(path_type=Path)

HELP = (
    "Mesurer Augure, un hello-world et les outils NAMES ; sans nom tous, et récrire le graphique et le tableau.",
    "Measure Augure, a hello-world and the peers NAMES; without names all of them, and write plot and table.",
)
ENVS = ("Dossier des environnements des outils.", "Folder of the peers' environments.")
JSON = ("Fichier pour les mesures de chaque tour.", "File for the figures of every round.")


@click.command(help=say(HELP))
@click.option("--rounds", default=5, show_default=True, help=say(ROUNDS))
@click.option("--requests", default=1000, show_default=True, help=say(REQUESTS))
@click.option("--envs", type=ToPath, default=CACHE, help=say(ENVS))
@click.option("--json", "raw", type=ToPath, help=say(JSON))
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
def main(rounds: int, requests: int, envs: Path, raw: Path | None, names: tuple[str, ...]) -> None:
    """Measure, print tables and bars, and write the document if all peers were measured."""
    check_document()
    race = run(rounds, requests, envs.absolute(), names or tuple(NAMES))
    if raw:
        save(race, raw)
    show(race)
    if not names:
        write(race)


def run(rounds: int, requests: int, envs: Path, names: Sequence[str]) -> Race:
    """Prepare, check and measure Augure, a hello-world and the peers.

    Args:
        rounds: starts of each server.
        requests: for each figure under load.
        envs: folder of the environments; missing ones are created.
        names: of the peers.
    """
    require_linux()
    compile_sources()
    ours = replace(function_target("predict_species"), parts=PARTS)
    check_augure(ours)
    environments, missing = prepare_all(names, envs)
    targets = [HELLO, ours, *map(peer_target, environments.values())]
    measured = interleaved(targets, rounds, requests, PARTS)
    entries = [make_entry(target, environments.get(target.name), measured[target.name]) for target in targets]
    return make_race(entries, missing, rounds, requests)


def prepare_all(names: Sequence[str], envs: Path) -> tuple[dict[str, Environment], dict[str, str]]:
    """The environments of the peers that answer correctly, and the reason why each other peer does not run."""
    environments: dict[str, Environment] = {}
    missing: dict[str, str] = {}
    for peer in (peer for peer in PEERS if peer.name in names):
        PROGRESS.print(say(("{peer} : préparation", "{peer}: preparing"), peer=peer.name))
        try:
            environment = prepare(peer, envs)
            check_peer(environment)
        except (Unavailable, WrongAnswer, RuntimeError, OSError) as error:
            text = ("{peer} : pas mesuré : {error}", "{peer}: not run: {error}")
            PROGRESS.print(say(text, peer=peer.name, error=error), style="red", markup=False)
            missing[peer.title] = str(error).splitlines()[0]
        else:
            environments[peer.name] = environment
    return environments, missing


def show(race: Race) -> None:
    """Print the figures and the bars."""
    console = report_console()
    results = {entry.name: entry.figures for entry in race.entries}
    show_figures(console, results, PARTS, str(HELLO))
    show_bars(console, bars(with_best(results, [name for name in NAMES if name in results]), PEER_RULES))


if __name__ == "__main__":
    localize()
    main()
