"""Progress bars and tables of the command line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track
from rich.table import Table

from shared.errors import Text
from shared.model.bundle import Manifest
from shared.terminal import say
from training.contract import Check

T = TypeVar("T")

METRICS = (("graphe", "graph"), ("mesure", "metric"), ("valeur", "value"))
"""Columns of the table of a training."""
CHECKS = (
    ("mesure", "metric"),
    ("manifeste", "manifest"),
    ("mesuré", "measured"),
    ("écart permis", "tolerance"),
    ("accord", "agrees"),
)
"""Columns of the table of an evaluation."""
PARITY = ("parité : {name}", "parity: {name}")
THRESHOLD = ("seuil : {name}", "threshold: {name}")
YES, NO = ("oui", "yes"), ("NON", "NO")
COLUMNS = (
    ("colonne", "column"),
    ("genre", "kind"),
    ("vu dans les données", "seen in the data"),
    ("absent", "missing"),
    ("exemple", "example"),
)
"""Columns of the table of a user's columns."""
FIGURES = (
    ("mesure", "metric"),
    ("modèle", "model"),
    ("intervalle à 95 %", "95 % interval"),
    ("témoin", "baseline"),
)
"""Columns of the table of figures beside a baseline."""


def track(items: Sequence[T], description: Text) -> Iterator[T]:
    """Yield the items under a progress bar on stderr, which a notebook does not show."""
    console = Console(stderr=True)
    return iter(rich_track(items, description=say(description), console=console, disable=console.is_jupyter))


def show_metrics(manifest: Manifest) -> None:
    """Print the metrics of every graph, its parity with scikit-learn, and the thresholds."""
    table = Table(*map(say, METRICS), title=f"{manifest.name} {manifest.version}")
    for role, graph in manifest.graphs.items():
        parity = {say(PARITY, name=name): value for name, value in graph.parity.items()}
        _add(table, ((role, name, f"{value:g}") for name, value in (graph.metrics | parity).items()))
    _add(table, (("", say(THRESHOLD, name=name), f"{value:g}") for name, value in manifest.thresholds.items()))
    Console().print(table)


def show_checks(manifest: Manifest, checks: Sequence[Check]) -> None:
    """Print each figure of the manifest beside the one measured again."""
    table = Table(*map(say, CHECKS), title=f"{manifest.name} {manifest.version}")
    _add(
        table,
        (
            (check.what, f"{check.expected:g}", f"{check.measured:g}", f"{check.tolerance:g}", _agreement(check))
            for check in checks
        ),
    )
    Console().print(table)


def show_columns(rows: Iterable[tuple[Text, Text, Text, Text, Text]], title: str) -> None:
    """Print the columns of a table as they were understood: name, kind, range or values, share of null, example."""
    table = Table(*map(say, COLUMNS), title=title)
    _add(table, (tuple(map(say, row)) for row in rows))
    Console().print(table)


def show_figures(rows: Iterable[tuple[Text, str, str, str]], title: str) -> None:
    """Print figures: name, value, 95 % interval, value of the baseline."""
    table = Table(*map(say, FIGURES), title=title)
    _add(table, ((say(name), *cells) for name, *cells in rows))
    Console().print(table)


def _add(table: Table, rows: Iterable[tuple[str, ...]]) -> None:
    for row in rows:
        table.add_row(*row)


def _agreement(check: Check) -> str:
    return say(YES if check.agrees else NO)
