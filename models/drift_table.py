"""The table of a drift, in a terminal."""

from rich.console import Console
from rich.table import Table

from models.drift import Drift, counted
from shared.model_store import Manifest


def show_drift(drift: Drift, manifest: Manifest) -> None:
    """Print every column, those that drifted most first, and what there was too little of."""
    head = ("graphe", "grandeur", "nom", "lignes", "indice", "ce qui a le plus changé", "avant", "maintenant", "dérive")
    table = Table(*head, title=f"{manifest.name} {manifest.version}", caption=counted(drift.observed))
    for shift in drift.shifts:
        shares = f"{shift.expected:.1%}", f"{shift.observed:.1%}"
        word = "OUI" if shift in drift.past else "non"
        table.add_row(
            shift.graph, shift.kind, shift.name, str(shift.rows), f"{shift.psi:.3f}", shift.bin, *shares, word
        )
    for one in drift.thin:
        needed = "référence trop petite" if one.needed is None else f"il en faut {one.needed}"
        table.add_row(one.graph, one.kind, one.name, str(one.rows), "", needed, "", "", "?")
    Console().print(table)
