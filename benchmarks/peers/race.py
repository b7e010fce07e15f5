"""Peers as targets, and the check that each answers correctly before it is measured."""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bodies import Bulk, irises, named_irises, post
from benchmarks.client import fetch
from benchmarks.peers.catalogue import Rows
from benchmarks.peers.environments import Environment
from benchmarks.server import ROOT, Target, started
from shared.terminal import say
from tools.examples import cases, differences

PARTS = ("start", "load", "bulk")
ROWS = 1000
"""Rows of a large body."""

FLOWERS = 150
"""Rows of the iris data set."""

MIN_ACCURACY = 0.95
"""Smallest share of the irises that Augure's own model must classify correctly."""

SPECIES = ROOT / "functions/predict_species"


class WrongAnswer(Exception):
    """A tool's response differs from the prediction of the model that it serves."""


def peer_target(environment: Environment) -> Target:
    """A peer as a server to measure, with three rows per request, as in the example of predict_species."""
    peer = environment.peer
    return Target(
        peer.name,
        peer.command,
        post(peer.path, peer.body(example_rows())),
        b"HTTP/1.1 200",
        environment.environ,
        environment.program,
        start_timeout=120,
        bulk={"rows": Bulk(post(peer.path, peer.body(irises(ROWS))), ROWS)},
        parts=PARTS,
    )


def example_rows() -> Rows:
    """The three flowers of predict_species' example, lengths in cm."""
    flowers = json.loads((SPECIES / "examples/iris.json").read_bytes())["data"]
    return [list(flower.values()) for flower in flowers]


def check_peer(environment: Environment) -> None:
    """Check that a peer gives scikit-learn's class for each of the 150 irises.

    Raises:
        WrongAnswer: a class differs.
        RuntimeError: it does not respond.
    """
    peer = environment.peer
    response = _responses(peer_target(environment), [post(peer.path, peer.body(irises(FLOWERS)))])[0]
    check_classes([int(value) for value in peer.classes(response)], environment.expected())


def check_augure(ours: Target) -> None:
    """Check that Augure's response to its example is the recorded one, and that it classifies nearly all irises.

    Not all of them, because its model is another fit than the peers'.

    Raises:
        WrongAnswer: the response differs, or too many irises are wrong.
        RuntimeError: it does not respond.
    """
    case = next(case for case in cases(SPECIES) if case.status == 200)
    example, all_irises = _responses(ours, [ours.request, post(case.path, named_irises(irises(FLOWERS)))])
    if lines := differences(case.expected, example):
        raise WrongAnswer("; ".join(lines))
    labels = [place // 50 for place in range(FLOWERS)]
    correct = sum(actual == label for actual, label in zip(all_irises["result"], labels, strict=True))
    if correct < MIN_ACCURACY * FLOWERS:
        text = ("{correct} iris sur {count} bien classés", "{correct} of {count} irises classified correctly")
        raise WrongAnswer(say(text, correct=correct, count=FLOWERS))


def _responses(server: Target, requests: Sequence[bytes]) -> list[Any]:
    core = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, started(server, core, Path(folder)) as running:
        responses = [fetch(running.port, request) for request in requests]
    return [json.loads(response.partition(b"\r\n\r\n")[2]) for response in responses]


def check_classes(classes: list[int], expected: list[int]) -> None:
    """Compare a peer's classes with scikit-learn's.

    Raises:
        WrongAnswer: they differ; the text has the row numbers.
    """
    different = [index for index, pair in enumerate(zip(classes, expected, strict=False)) if pair[0] != pair[1]]
    if different or len(classes) != len(expected):
        text = (
            "{count} classes, autres que celles de scikit-learn pour les iris {irises}",
            "{count} classes, other than scikit-learn's for the irises {irises}",
        )
        raise WrongAnswer(say(text, count=len(classes), irises=different))
