"""Tables and sentences of the registry's commands."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table

from shared.errors import Text
from shared.i18n import FRENCH
from shared.model.bundle import CURRENT
from shared.terminal import language, say
from training.registry.inspection import Inspection
from training.registry.pointer import Move
from training.registry.versions import Listing, Publication, Version

STATES: dict[str, Text] = {
    "complete": ("publiée", "published"),
    "incomplete": ("incomplète", "incomplete"),
    "unreadable": ("illisible", "unreadable"),
}
ROLES: dict[str, Text] = {"current": ("courante", "current"), "previous": ("précédente", "previous")}
VERSION, FILES = ("version", "version"), ("fichiers", "files")
FILE, STATE, SIZE = ("fichier", "file"), ("état", "state"), ("taille", "size")
PUBLISHED, METRICS = ("publiée", "published"), ("mesures", "metrics")
NO_WRAP = {VERSION, METRICS}
"""Columns that a narrow terminal does not wrap."""

HEADLINE = 2
"""Metrics shown of each graph: the first ones of the manifest."""

PRESENT = ("déjà publié", "already published")
TO_SEND, SENT = ("à envoyer", "to send"), ("envoyé", "sent")
NOTHING_TO_PUBLISH = (
    "{uri} est déjà publiée : rien à faire.",
    "{uri} is already published: nothing to do.",
)
WOULD_BE_PUBLISHED = (
    "{uri} serait publiée ({size}) : rien n'est écrit.",
    "{uri} would be published ({size}): nothing was written.",
)
IS_PUBLISHED = ("{uri} est publiée ({size}).", "{uri} is published ({size}).")
AFTER = (" après {version}", " after {version}")
NOTHING_TO_MOVE = (
    "{model} : {version} est déjà courante, depuis {when} : rien à faire.",
    "{model}: {version} is already current, since {when}: nothing to do.",
)
WOULD_BE_CURRENT = (
    "{model} : {version} serait courante{after} : rien n'est écrit.",
    "{model}: {version} would be current{after}: nothing was written.",
)
IS_CURRENT = (
    "{model} : {version} est courante{after}, depuis {when}.",
    "{model}: {version} is current{after}, since {when}.",
)
NO_VERSION = ("{uri} : aucune version n'est publiée.", "{uri}: no version is published.")
UNREADABLE = ("{file} : illisible : {fault}", "{file}: cannot be read: {fault}")
FAULT = ("{version} : {fault}", "{version}: {fault}")
GOOD, WRONG = ("conforme", "valid"), ("NON CONFORME", "INVALID")


def show_publication(publication: Publication) -> None:
    """Print the files that were sent or present, then the promotion if there is one."""
    table = Table(say(FILE), say(STATE), title=f"{publication.model} {publication.version}")
    for file in publication.present:
        table.add_row(file, say(PRESENT))
    for file in publication.sent:
        table.add_row(file, say(TO_SEND if publication.dry_run else SENT))
    Console().print(table)
    done = WOULD_BE_PUBLISHED if publication.dry_run else IS_PUBLISHED
    text = done if publication.sent else NOTHING_TO_PUBLISH
    _print(say(text, uri=publication.uri, size=size(publication.bytes)))
    if publication.promotion:
        show_move(publication.promotion)


def show_move(move: Move) -> None:
    """Print the version that is current now."""
    done = WOULD_BE_CURRENT if move.dry_run else IS_CURRENT
    text = done if move.changed else NOTHING_TO_MOVE
    after = say(AFTER, version=move.before) if move.before else ""
    _print(say(text, model=move.model, version=move.version, when=move.when, after=after))


def show_versions(listing: Listing) -> None:
    """Print every version, newest first."""
    if listing.versions:
        heads = (VERSION, STATE, SIZE, PUBLISHED, METRICS)
        table = Table(*(Column(say(head), no_wrap=head in NO_WRAP) for head in heads), title=listing.uri)
        for row in listing.versions:
            when = row.published[:16].replace("T", " ") + " UTC" if row.published else ""
            table.add_row(row.version, _state(row), size(row.bytes), when, _metrics(row))
        Console().print(table)
    else:
        _print(say(NO_VERSION, uri=listing.uri))
    if listing.fault:
        _print(say(UNREADABLE, file=CURRENT, fault=listing.fault))


def show_inspections(uri: str, inspections: Sequence[Inspection]) -> None:
    """Print the result of every inspection, then each fault."""
    table = Table(*map(say, (VERSION, FILES, SIZE, STATE)), title=uri)
    for each in inspections:
        table.add_row(each.version, str(each.files), size(each.bytes), say(GOOD if each.good else WRONG))
    Console().print(table)
    for each in inspections:
        for fault in each.faults():
            _print(say(FAULT, version=each.version, fault=fault))


def size(count: int) -> str:
    """A number of bytes for people: `5,8 Mo` in French, `5.8 MB` in English."""
    mega = count >= 1e6
    number = f"{count / (1e6 if mega else 1e3):.1f}"
    if language() == FRENCH:
        return f"{number.replace('.', ',')} {'Mo' if mega else 'ko'}"
    return f"{number} {'MB' if mega else 'kB'}"


def _state(row: Version) -> str:
    words = (ROLES.get(row.role or ""), STATES[row.state] if row.state != "complete" or not row.role else None)
    return ", ".join(say(word) for word in words if word)


def _metrics(row: Version) -> str:
    return "\n".join(
        f"{role} {name} {value:.4g}"
        for role, metrics in row.metrics.items()
        for name, value in list(metrics.items())[:HEADLINE]
    )


def _print(sentence: str) -> None:
    """Print a sentence without wrapping it, so that what it holds can be copied."""
    Console().print(sentence, soft_wrap=True, markup=False, highlight=False)
