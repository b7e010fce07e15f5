"""What the command line shows: progress while it works, tables when it is done."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track
from rich.table import Table

from shared.model.bundle import Manifest
from training.contract import Check

T = TypeVar("T")


def track(items: Sequence[T], description: str) -> Iterator[T]:
    """The items one by one, with a bar and the time that is left, on the error output; in a notebook, without it."""
    console = Console(stderr=True)
    return iter(rich_track(items, description=description, console=console, disable=console.is_jupyter))


def show_metrics(manifest: Manifest) -> None:
    """Print the figures of every graph, and how far it is from scikit-learn."""
    table = Table("graphe", "mesure", "valeur", title=f"{manifest.name} {manifest.version}")
    for role, graph in manifest.graphs.items():
        parity = {f"parité : {name}": value for name, value in graph.parity.items()}
        _add(table, ((role, name, f"{value:g}") for name, value in (graph.metrics | parity).items()))
    _add(table, (("", f"seuil : {name}", f"{value:g}") for name, value in manifest.thresholds.items()))
    Console().print(table)


def show_checks(manifest: Manifest, checks: Sequence[Check]) -> None:
    """Print each figure of the manifest beside the one that was just measured."""
    table = Table(
        "mesure", "manifeste", "mesuré", "écart permis", "accord", title=f"{manifest.name} {manifest.version}"
    )
    _add(
        table,
        (
            (check.what, f"{check.expected:g}", f"{check.measured:g}", f"{check.tolerance:g}", _word(check))
            for check in checks
        ),
    )
    Console().print(table)


def _add(table: Table, rows: Iterable[tuple[str, ...]]) -> None:
    for row in rows:
        table.add_row(*row)


def _word(check: Check) -> str:
    return "oui" if check.agrees else "NON"
