"""The printed report: a table for each part, and the bars."""

from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from benchmarks.bars import Bar
from benchmarks.figures import FIGURES, PARTS, Figure, Figures, ratio
from shared.terminal import say

TITLES = {
    "start": ("démarrage", "start"),
    "load": ("charge ; PSS après 1 000 requêtes", "load; PSS after 1,000 requests"),
    "bulk": (
        "grands corps : 1 000 iris, 300 étudiants, 4 clients",
        "large bodies: 1,000 irises, 300 students, 4 clients",
    ),
    "slow": (
        "200 clients qui envoient un octet par seconde ; médiane des requêtes normales à côté d'eux",
        "200 clients that send one byte a second; the median of normal requests beside them",
    ),
}

FILE_WIDTH = 150
"""Width of a report that goes to a file, columns."""


def report_console() -> Console:
    """A console as wide as the terminal, or wide enough for every table."""
    return console if (console := Console()).is_terminal else Console(width=FILE_WIDTH)


def show_figures(console: Console, results: Mapping[str, Figures], parts: Collection[str], baseline: str) -> None:
    """A table for each part, each figure with its ratio to the baseline's.

    Args:
        console: where they are printed.
        results: the medians of every server.
        parts: the measured parts.
        baseline: name of the server to which ratios are taken.
    """
    for part in PARTS:
        if part in parts:
            console.print(f"\n{say(TITLES[part])}", style="bold", highlight=False)
            console.print(_table(part, results, results.get(baseline, {})))


def _table(part: str, results: Mapping[str, Figures], baseline: Figures) -> Table:
    columns = [
        figure for figure in FIGURES if figure.part == part and any(figure.key in row for row in results.values())
    ]
    table = Table(say(("fonction", "function")))
    for figure in columns:
        table.add_column(say(figure.heading), justify="right")
    for name, row in results.items():
        if any(figure.key in row for figure in columns):
            table.add_row(name, *(_cell(figure, row, baseline) for figure in columns))
    return table


def _cell(figure: Figure, row: Figures, baseline: Figures) -> str:
    value = row.get(figure.key)
    compared = "" if value is None or row is baseline else say(ratio(figure, value, baseline.get(figure.key)))
    return f"{say(figure.text(value))}  {compared}".strip()


def show_bars(console: Console, bars: Sequence[Bar]) -> None:
    """Each bar with its value, and whether it is met."""
    console.print()
    met, missed = say(("atteint", "met   ")), say(("MANQUÉ ", "MISSED"))
    for bar in bars:
        word = Styled(met, "green") if bar.met else Styled(missed, "bold red")
        console.print(word, Styled(str(bar)), soft_wrap=True)
