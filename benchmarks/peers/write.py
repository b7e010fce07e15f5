"""`python -m benchmarks.peers.write FILE`: plot and table again from what `--json` kept, without measuring."""

import os
from pathlib import Path

import click

from benchmarks.peers.record import Record, load
from benchmarks.peers.table import MARKS, between, document
from benchmarks.server import ROOT

DOCUMENT, PLOT = ROOT / "docs/benchmarks.md", ROOT / "docs/images/peers.png"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def main(file: Path) -> None:
    """Write the plot and the marked part of the page from FILE."""
    write(load(file))


def writable() -> None:
    """See that the page has its marks, before anything takes time.

    Raises:
        ValueError: it has not.
    """
    between(DOCUMENT.read_text(encoding="utf-8"), MARKS, "")


def write(race: Record) -> None:
    """Draw the plot and put the table into the page."""
    from benchmarks.peers.plot import draw  # noqa: PLC0415  # maps numpy, which servers under measure use too

    draw(race, PLOT)
    part = document(race, os.path.relpath(PLOT, DOCUMENT.parent))
    DOCUMENT.write_text(between(DOCUMENT.read_text(encoding="utf-8"), MARKS, part), encoding="utf-8")


if __name__ == "__main__":
    main()
