"""What the commands of the registry show."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table

from training.registry.inspection import Inspection
from training.registry.pointer import Move
from training.registry.versions import Listing, Publication, Version

STATES = {"complete": "publiée", "incomplete": "incomplète", "unreadable": "illisible"}
ROLES = {"current": "courante", "previous": "précédente"}
KEPT = {"version", "mesures"}
"""The columns that a narrow terminal leaves whole."""

HEADLINE = 2
"""How many figures of a graph a list shows: the first ones of the manifest."""


def show_publication(done: Publication) -> None:
    """Print what was sent and what was there, and what was promoted."""
    table = Table("fichier", "état", title=f"{done.model} {done.version}")
    for file in done.present:
        table.add_row(file, "déjà publié")
    for file in done.sent:
        table.add_row(file, "à envoyer" if done.dry_run else "envoyé")
    Console().print(table)
    if not done.sent:
        said = f"{done.uri} est déjà publiée : rien à faire."
    elif done.dry_run:
        said = f"{done.uri} serait publiée ({size(done.bytes)}) : rien n'est écrit."
    else:
        said = f"{done.uri} est publiée ({size(done.bytes)})."
    _say(said)
    if done.promotion:
        show_move(done.promotion)


def show_move(move: Move) -> None:
    """Print which version is served now."""
    after = f" après {move.before}" if move.before else ""
    if not move.changed:
        _say(f"{move.model} : {move.version} est déjà courante, depuis {move.when} : rien à faire.")
    elif move.dry_run:
        _say(f"{move.model} : {move.version} serait courante{after} : rien n'est écrit.")
    else:
        _say(f"{move.model} : {move.version} est courante{after}, depuis {move.when}.")


def show_versions(listing: Listing) -> None:
    """Print every version, the last published first."""
    if listing.versions:
        columns = (Column(name, no_wrap=name in KEPT) for name in ("version", "état", "taille", "publiée", "mesures"))
        table = Table(*columns, title=listing.uri)
        for row in listing.versions:
            when = row.published[:16].replace("T", " ") + " UTC" if row.published else ""
            table.add_row(row.version, _state(row), size(row.bytes), when, _figures(row))
        Console().print(table)
    else:
        _say(f"{listing.uri} : aucune version n'est publiée.")
    if listing.fault:
        _say(f"current.json : {listing.fault}")


def show_inspections(uri: str, found: Sequence[Inspection]) -> None:
    """Print what every version was found to be, then each thing that is wrong."""
    table = Table("version", "fichiers", "taille", "état", title=uri)
    for each in found:
        table.add_row(each.version, str(each.files), size(each.bytes), "conforme" if each.good else "NON CONFORME")
    Console().print(table)
    for each in found:
        for fault in each.faults():
            _say(f"{each.version} : {fault}")


def size(count: int) -> str:
    """Bytes, for a French reader."""
    return f"{count / 1e6:.1f} Mo".replace(".", ",") if count >= 1e6 else f"{count / 1e3:.1f} ko".replace(".", ",")


def _state(row: Version) -> str:
    words = (ROLES.get(row.role or ""), STATES[row.state] if row.state != "complete" or not row.role else None)
    return ", ".join(word for word in words if word)


def _figures(row: Version) -> str:
    return "\n".join(
        f"{role} {name} {value:.4g}"
        for role, metrics in row.metrics.items()
        for name, value in list(metrics.items())[:HEADLINE]
    )


def _say(text: str) -> None:
    """A sentence on a line of its own, however long: what is in it may be copied."""
    Console().print(text, soft_wrap=True, markup=False, highlight=False)
