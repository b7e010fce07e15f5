"""The table of a drift, in the terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from shared.errors import Text
from shared.model.bundle import Manifest
from shared.terminal import say
from training.drift.comparison import PREDICTIONS, Drift, Shift, SparseColumn, summary
from training.drift.reference import MISSING, OTHER_CODES, WHOLE_RANGE

NAME, MOST_CHANGED = ("nom", "name"), ("le plus changé", "most changed")
HEADS = (
    ("graphe", "graph"),
    NAME,
    ("lignes", "rows"),
    ("indice", "index"),
    MOST_CHANGED,
    ("avant", "before"),
    ("après", "after"),
    ("dérive", "drift"),
)
WRAPPED = {NAME, MOST_CHANGED}
"""Columns that a narrow terminal folds instead of cutting them."""
YES, NO = ("OUI", "YES"), ("non", "no")
SMALL_REFERENCE = ("référence trop petite", "reference too small")
NEEDED = ("il en faut {rows}", "{rows} needed")
PREDICTION = ("{name} (réponse)", "{name} (prediction)")
BINS: dict[str, Text] = {
    OTHER_CODES: (OTHER_CODES, "others"),
    WHOLE_RANGE: (WHOLE_RANGE, "all"),
    MISSING: (MISSING, "missing"),
}
"""Bins whose name is a word."""


def show_drift(drift: Drift, manifest: Manifest) -> None:
    """Print every column: the compared ones, most drifted first, then those with too few rows."""
    columns = (Column(say(head), overflow="fold", no_wrap=head not in WRAPPED) for head in HEADS)
    table = Table(
        *columns,
        title=f"{manifest.name} {manifest.version}",
        caption=say(summary(drift.observed)),
        box=SIMPLE_HEAD,
        padding=0,
    )
    for shift in drift.shifts:
        shares = f"{shift.expected:.1%}", f"{shift.observed:.1%}"
        verdict = say(YES if shift in drift.past else NO)
        most = say(BINS[shift.bin]) if shift.bin in BINS else shift.bin
        table.add_row(shift.graph, _name(shift), str(shift.rows), f"{shift.psi:.3f}", most, *shares, verdict)
    for column in drift.sparse:
        needed = say(SMALL_REFERENCE) if column.needed is None else say(NEEDED, rows=column.needed)
        table.add_row(column.graph, _name(column), str(column.rows), "", needed, "", "", "?")
    Console().print(table)


def _name(column: Shift | SparseColumn) -> str:
    return say(PREDICTION, name=column.name) if column.kind == PREDICTIONS else column.name
