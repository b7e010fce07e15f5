"""`python -m benchmarks.peers.write FILE`: write plot and table again from the file of `--json`, without measuring."""

import os
from pathlib import Path

import click

from benchmarks.peers.record import Race, load
from benchmarks.peers.table import MARKERS, document, replace_part
from benchmarks.server import ROOT
from shared.terminal import localize, say

DOCUMENT, PLOT = ROOT / "docs/benchmarks.md", ROOT / "docs/images/peers.png"


HELP = (
    "Récrire le graphique et la partie marquée de la page d'après FILE.",
    "Write the plot and the marked part of the page from FILE.",
)


@click.command(help=say(HELP))
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def main(file: Path) -> None:
    """Write both."""
    write(load(file))


def check_document() -> None:
    """Check early that the document has its markers.

    Raises:
        ValueError: it has not.
    """
    replace_part(DOCUMENT.read_text(encoding="utf-8"), MARKERS, "")


def write(race: Race) -> None:
    """Draw the plot and write the table into the document."""
    from benchmarks.peers.plot import draw  # noqa: PLC0415  # maps numpy, which servers under measure use too

    draw(race, PLOT)
    part = document(race, os.path.relpath(PLOT, DOCUMENT.parent))
    DOCUMENT.write_text(replace_part(DOCUMENT.read_text(encoding="utf-8"), MARKERS, part), encoding="utf-8")


if __name__ == "__main__":
    localize()
    main()
