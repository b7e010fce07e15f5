"""Train the digit model: patterns of strokes, then a multilayer perceptron, on scanned and on drawn digits."""

from dataclasses import dataclass

import numpy as np

from shared.model.bundle import Feature
from shared.model.predictor import open_graph
from training.console import track
from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.export import INPUT, PROBABILITIES, Measured, describe_graph, parameters_of, parity

from . import data, measure, strokes
from .card_figures import card
from .epochs import HELD_BACK, Plan, learnt, made_ahead
from .features import front_of
from .log_rows import ROLE, reference
from .measure import Answers, in_parts
from .network import Network, fit
from .pen import any_pen, framed
from .plots import plots

CLASSES = tuple("0123456789")
FILE = "digit.onnx"
LOOKED_AT = 10_000
"""Digits whose patches make the patterns."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to do: what a pass holds, how many there are, units of each hidden layer, what is measured."""

    plan: Plan
    epochs: int
    layers: tuple[int, ...]
    scope: measure.Scope


def size_of(options: Options) -> Size:
    """The whole training, or one of seconds."""
    if options.quick:
        return Size(Plan(4000, 1000, 1, 500, options.seed), 3, (128, 64), measure.QUICK)
    return Size(Plan(None, None, 3, 8000, options.seed), 64, (512, 256), measure.FULL)


def train(options: Options) -> Trained:
    """Train, calibrate on what was held back, convert, measure on what was left out.

    Choices (patterns, layers, epochs, distortions, temperature) were made on the last 5,000 MNIST training digits and
    on four writers; the test digits and six other writers are for the figures alone.
    """
    size = size_of(options)
    rows, labels = held_back(size.scope)
    network = learn(size).calibrated(rows, labels)
    graph = network.graph()
    content = graph.SerializeToString()
    session = open_graph(content)

    def read(shown: data.Rows) -> data.Rows:
        found: data.Rows = session.run([PROBABILITIES], {INPUT: shown})[0]
        return found

    found = measure.examine(read, size.scope)
    held = Answers(labels, in_parts(read, rows), rows)
    figures = measure.figures(found) | {"held_back_error": held.error}
    distance = parity(found.scanned.probabilities, in_parts(network.probabilities, found.scanned.rows))
    return Trained(
        classes=CLASSES,
        graphs={ROLE: describe_graph(Measured(FILE, graph, distance, figures), inputs())},
        contents={FILE: content, REFERENCE: reference(held)},
        thresholds={},
        data=data.describe(),
        card=card(found, figures),
        plots=plots(found, network.front),
        parameters=parameters_of(network.perceptron),
    )


def learn(size: Size) -> Network:
    """The network after all its epochs, each made while the one before is learnt."""
    front = front_of(data.rows(learnt().part(0, LOOKED_AT).images), size.plan.seed)
    with made_ahead(size.plan, size.epochs) as epochs:
        watched = (part for _, part in zip(track(range(size.epochs), "apprentissage"), epochs, strict=True))
        return fit(front, size.layers, watched, size.epochs, size.plan.seed)


def held_back(scope: measure.Scope) -> tuple[data.Rows, data.Labels]:
    """Framed digits (n, 784) that choices are made on, scanned then drawn with any pen, and their labels (n,)."""
    scanned = data.training().part(-HELD_BACK).part(0, scope.digits)
    written = strokes.load().by(strokes.HELD_BACK).some(scope.drawings)
    random = np.random.default_rng(0)
    drawn = framed(list(written.drawings), [any_pen(random) for _ in written.labels])
    return np.concatenate([data.rows(scanned.images), drawn]), np.concatenate([scanned.labels, written.labels])


def inputs() -> tuple[Feature, ...]:
    """One feature a pixel, row by row: 0 is paper, 1 the darkest ink."""
    return tuple(Feature(f"p{pixel}", minimum=0, maximum=1) for pixel in range(data.PIXELS))
