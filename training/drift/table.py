"""The table of a drift, in a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from shared.model.bundle import Manifest
from training.drift.comparison import ANSWERS, Drift, Shift, SparseColumn, counted

WRAPPED = ("nom", "le plus changé")
"""The columns that a narrow terminal breaks into lines: nothing of them is ever cut away."""


def show_drift(drift: Drift, manifest: Manifest) -> None:
    """Print every column, those that drifted most first, and what there was too little of."""
    heads = ("graphe", "nom", "lignes", "indice", "le plus changé", "avant", "après", "dérive")
    columns = (Column(head, overflow="fold", no_wrap=head not in WRAPPED) for head in heads)
    table = Table(
        *columns,
        title=f"{manifest.name} {manifest.version}",
        caption=counted(drift.observed),
        box=SIMPLE_HEAD,
        padding=0,
    )
    for shift in drift.shifts:
        shares = f"{shift.expected:.1%}", f"{shift.observed:.1%}"
        word = "OUI" if shift in drift.past else "non"
        table.add_row(shift.graph, _name(shift), str(shift.rows), f"{shift.psi:.3f}", shift.bin, *shares, word)
    for one in drift.thin:
        needed = "référence trop petite" if one.needed is None else f"il en faut {one.needed}"
        table.add_row(one.graph, _name(one), str(one.rows), "", needed, "", "", "?")
    Console().print(table)


def _name(one: Shift | SparseColumn) -> str:
    return f"{one.name} (réponse)" if one.kind == ANSWERS else one.name
