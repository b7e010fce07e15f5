"""A race as it is kept: servers, machine, and the figures of every round."""

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
    """One server: `about` is its packages with their versions, `rounds` each round's figures, null where one failed."""

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
            [{key: math.nan if value is None else value for key, value in one.items()} for one in self.rounds]
        )


class Record(Struct, frozen=True):
    """A race: `date` as YYYY-MM-DD, `missing` the reason of each peer that could not be run."""

    date: str
    machine: str
    versions: str
    count: int
    requests: int
    entries: list[Entry]
    missing: dict[str, str]


def entry(target: Target, environment: Environment | None, rounds: Sequence[Figures]) -> Entry:
    """One server as it is kept; without an environment it is one of this project's own."""
    kept: list[dict[str, float | None]] = [
        {key: value if math.isfinite(value) else None for key, value in one.items()} for one in rounds
    ]
    command = " ".join([Path(target.command[0]).name, *(_relative(part) for part in target.command[1:])])
    if environment is None:
        return Entry(target.name, OWN[target.name], "", "", command, kept)
    about = ", ".join(f"{name} {version}" for name, version in environment.versions().items())
    return Entry(target.name, environment.peer.title, about, environment.python, command, kept)


OWN = {"hello": "hello-world, WSGI", "predict_species": "Augure"}


def _relative(part: str) -> str:
    """A part of a command without the machine's own paths and ports."""
    path = Path(part)
    text = str(path.relative_to(ROOT)) if path.is_absolute() and path.is_relative_to(ROOT) else part
    return text.replace("{port}", "PORT")


def record(entries: list[Entry], missing: Mapping[str, str], count: int, requests: int) -> Record:
    """A race of today on this machine, `count` rounds of it."""
    today = datetime.now(UTC).date().isoformat()
    return Record(today, machine(), versions(), count, requests, entries, dict(missing))


def save(kept: Record, file: Path) -> None:
    """Write a race as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")


def load(file: Path) -> Record:
    """Read a race again."""
    return msgspec.json.decode(file.read_bytes(), type=Record)
