"""Peers as targets, and the proof that each answers right before anything is timed."""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bodies import Bulk, irises, named, post
from benchmarks.client import ask
from benchmarks.peers.catalogue import Rows
from benchmarks.peers.environments import Environment
from benchmarks.server import ROOT, Target, started
from tools.examples import cases, differences

PARTS = ("start", "load", "bulk")
ROWS = 1000
"""Rows of a large body."""
FLOWERS = 150
LEAST_RIGHT = 0.95
"""Least share of the irises that Augure's own model must name rightly."""
SPECIES = ROOT / "functions/predict_species"


class WrongAnswer(Exception):
    """A tool does not answer what the model that it serves answers."""


def target(environment: Environment) -> Target:
    """A peer as a server to measure: three rows a request, as in the example of predict_species."""
    peer = environment.peer
    return Target(
        peer.name,
        peer.command,
        post(peer.path, peer.body(example())),
        b"HTTP/1.1 200",
        environment.environ,
        environment.program,
        patience=120,
        bulk={"rows": Bulk(post(peer.path, peer.body(irises(ROWS))), ROWS)},
        parts=PARTS,
    )


def example() -> Rows:
    """The three flowers of predict_species' example, lengths in cm."""
    flowers = json.loads((SPECIES / "examples/iris.json").read_bytes())["data"]
    return [list(flower.values()) for flower in flowers]


def check_peer(environment: Environment) -> None:
    """See that a peer gives scikit-learn's class for each of the 150 irises.

    Raises:
        WrongAnswer: it does not.
        RuntimeError: it does not answer.
    """
    peer = environment.peer
    answer = _asked(target(environment), [post(peer.path, peer.body(irises(FLOWERS)))])[0]
    same_classes([int(value) for value in peer.classes(answer)], environment.expected())


def check_augure(ours: Target) -> None:
    """See that Augure answers its example as recorded, and nearly all irises rightly: its model is another fit.

    Raises:
        WrongAnswer: it does not.
        RuntimeError: it does not answer.
    """
    case = next(case for case in cases(SPECIES) if case.status == 200)
    example, all_irises = _asked(ours, [ours.request, post(case.path, named(irises(FLOWERS)))])
    if found := differences(case.expected, example):
        raise WrongAnswer("; ".join(found))
    labels = [place // 50 for place in range(FLOWERS)]
    right = sum(one == other for one, other in zip(all_irises["result"], labels, strict=True))
    if right < LEAST_RIGHT * FLOWERS:
        raise WrongAnswer(f"{right} of {FLOWERS} irises named rightly")


def _asked(server: Target, requests: Sequence[bytes]) -> list[Any]:
    core = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, started(server, core, Path(folder)) as running:
        answers = [ask(running.port, request) for request in requests]
    return [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]


def same_classes(classes: list[int], expected: list[int]) -> None:
    """Compare a peer's classes with scikit-learn's.

    Raises:
        WrongAnswer: they differ; where.
    """
    different = [place for place, pair in enumerate(zip(classes, expected, strict=False)) if pair[0] != pair[1]]
    if different or len(classes) != len(expected):
        raise WrongAnswer(f"{len(classes)} classes, other than scikit-learn's for the irises {different}")
