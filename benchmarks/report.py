"""The printed report: a table for each part, and the bars."""

from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.bars import Bar
from benchmarks.figures import FIGURES, PARTS, Figures, ratio

TITLES = {
    "start": "start",
    "load": "load; PSS after 1,000 requests",
    "bulk": "large bodies: 1,000 irises, 300 students, 4 clients",
    "slow": "200 clients that send one byte a second; the median of normal requests beside them",
}


WIDE = 150
"""Columns of a report that goes to a file."""


def report_console() -> Console:
    """A console as wide as the terminal, or wide enough for every table."""
    return console if (console := Console()).is_terminal else Console(width=WIDE)


def show_figures(console: Console, results: Mapping[str, Figures], parts: Collection[str], floor: str) -> None:
    """A table for each part, each figure with its ratio to the floor's where that means something."""
    for part in PARTS:
        if part in parts:
            console.print(f"\n{TITLES[part]}", style="bold", highlight=False)
            console.print(_table(part, results, results.get(floor, {})))


def _table(part: str, results: Mapping[str, Figures], floor: Figures) -> Table:
    figures = [one for one in FIGURES if one.part == part and any(one.key in own for own in results.values())]
    table = Table("function")
    for figure in figures:
        table.add_column(figure.heading, justify="right")
    for name, own in results.items():
        if any(figure.key in own for figure in figures):
            cells = []
            for figure in figures:
                value = own.get(figure.key)
                compared = "" if value is None or own is floor else ratio(figure, value, floor.get(figure.key))
                cells.append(f"{figure.text(value)}  {compared}".strip())
            table.add_row(name, *cells)
    return table


def show_bars(console: Console, bars: Sequence[Bar]) -> None:
    """Each bar with its value, and whether it is met."""
    console.print()
    for bar in bars:
        word = Text("met   ", "green") if bar.met else Text("MISSED", "bold red")
        console.print(word, Text(str(bar)), soft_wrap=True)
