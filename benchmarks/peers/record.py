"""The record of a race: servers, machine, and the figures of every round."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.figures import Figures, medians
from benchmarks.machine import machine, versions
from benchmarks.peers.environments import Environment
from benchmarks.server import ROOT, Target


class Entry(Struct, frozen=True):
    """One server.

    Attributes:
        name: of the target.
        title: for people.
        about: its packages with their versions.
        python: version of its Python.
        command: that starts it.
        rounds: the figures of each round; null if one failed.
    """

    name: str
    title: str
    about: str
    python: str
    command: str
    rounds: list[dict[str, float | None]]

    @property
    def figures(self) -> dict[str, float]:
        """The medians."""
        return medians(
            [{key: math.nan if value is None else value for key, value in figures.items()} for figures in self.rounds]
        )


class Race(Struct, frozen=True):
    """A race.

    Attributes:
        date: YYYY-MM-DD.
        machine: its processor and system.
        versions: of Python and the packages that serve.
        count: rounds.
        requests: for each figure under load.
        entries: the servers.
        missing: the peers that could not be run, each with the reason.
    """

    date: str
    machine: str
    versions: str
    count: int
    requests: int
    entries: list[Entry]
    missing: dict[str, str]


def make_entry(target: Target, environment: Environment | None, rounds: Sequence[Figures]) -> Entry:
    """The record of one server.

    Args:
        target: the server.
        environment: of a peer; None for this project's own servers.
        rounds: its figures in each round.
    """
    recorded: list[dict[str, float | None]] = [
        {key: value if math.isfinite(value) else None for key, value in figures.items()} for figures in rounds
    ]
    command = " ".join([Path(target.command[0]).name, *(_relative(part) for part in target.command[1:])])
    if environment is None:
        return Entry(target.name, OWN_TITLES[target.name], "", "", command, recorded)
    about = ", ".join(f"{name} {version}" for name, version in environment.versions().items())
    return Entry(target.name, environment.peer.title, about, environment.python, command, recorded)


OWN_TITLES = {"hello": "hello-world, WSGI", "predict_species": "Augure"}


def _relative(part: str) -> str:
    """A part of a command without this machine's paths and ports."""
    path = Path(part)
    text = str(path.relative_to(ROOT)) if path.is_absolute() and path.is_relative_to(ROOT) else part
    return text.replace("{port}", "PORT")


def make_race(entries: list[Entry], missing: Mapping[str, str], count: int, requests: int) -> Race:
    """The record of a race on this machine, with today's date.

    Args:
        entries: the servers.
        missing: the peers that could not be run, each with the reason.
        count: rounds.
        requests: for each figure under load.
    """
    today = datetime.now(UTC).date().isoformat()
    return Race(today, machine(), versions(), count, requests, entries, dict(missing))


def save(race: Race, file: Path) -> None:
    """Write a race as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(race)) + b"\n")


def load(file: Path) -> Race:
    """Read a saved race."""
    return msgspec.json.decode(file.read_bytes(), type=Race)
