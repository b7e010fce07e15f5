"""Trains the digit model: patterns of strokes, then a multilayer perceptron, on scanned and drawn digits."""

from dataclasses import dataclass

import numpy as np

from shared.model.bundle import Feature
from shared.model.predictor import open_graph
from training.console import track
from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.export import INPUT, PROBABILITIES, MeasuredGraph, describe_graph, parameters_of, parity

from . import data, measure, strokes
from .card_figures import card
from .epochs import VALIDATION_DIGITS, Plan, prefetched, training_digits
from .features import fit_extractor
from .log_rows import ROLE, reference
from .measure import Predictions, in_batches
from .network import Network, fit
from .pen import any_pen, framed
from .plots import plots

CLASSES = tuple("0123456789")
FILE = "digit.onnx"
PATTERN_DIGITS = 10_000
"""Number of digits that the patterns are learnt from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The size of a training.

    Attributes:
        plan: the content of an epoch.
        epochs: number of epochs.
        layers: units of each hidden layer.
        scope: how much is measured.
    """

    plan: Plan
    epochs: int
    layers: tuple[int, ...]
    scope: measure.Scope


def settings_of(options: Options) -> Settings:
    """The settings of a whole training, or of one that takes seconds."""
    if options.quick:
        return Settings(Plan(4000, 1000, 1, 500, options.seed), 3, (128, 64), measure.QUICK)
    return Settings(Plan(None, None, 3, 8000, options.seed), 64, (512, 256), measure.FULL)


def train(options: Options) -> Trained:
    """Train, calibrate on the validation set, convert, and measure on the test sets.

    Every choice (patterns, layers, epochs, distortions, temperature) was made on the validation set: the last 5,000
    MNIST training digits and four writers. MNIST's test digits and six other writers serve for the metrics alone.
    """
    settings = settings_of(options)
    rows, labels = validation_set(settings.scope)
    network = fit_network(settings).calibrated(rows, labels)
    graph = network.graph()
    content = graph.SerializeToString()
    session = open_graph(content)

    def predict(batch: data.Rows) -> data.Rows:
        probabilities: data.Rows = session.run([PROBABILITIES], {INPUT: batch})[0]
        return probabilities

    evaluation = measure.evaluation_of(predict, settings.scope)
    validation = Predictions(labels, in_batches(predict, rows), rows)
    figures = measure.figures(evaluation) | {"held_back_error": validation.error}
    scanned = evaluation.scanned
    distance = parity(scanned.probabilities, in_batches(network.probabilities, scanned.rows))
    return Trained(
        classes=CLASSES,
        graphs={ROLE: describe_graph(MeasuredGraph(FILE, graph, distance, figures), inputs())},
        contents={FILE: content, REFERENCE: reference(validation)},
        thresholds={},
        data=data.describe(),
        card=card(evaluation, figures),
        plots=plots(evaluation, network.extractor),
        parameters=parameters_of(network.perceptron),
    )


def fit_network(settings: Settings) -> Network:
    """Learn the patterns, then fit the network; a second process makes the next epoch meanwhile."""
    plan = settings.plan
    extractor = fit_extractor(data.rows(training_digits().slice(0, PATTERN_DIGITS).images), plan.seed)
    with prefetched(plan, settings.epochs) as epochs:
        progress = track(range(settings.epochs), ("apprentissage", "training"))
        watched = (epoch for _, epoch in zip(progress, epochs, strict=True))
        return fit(extractor, settings.layers, watched, settings.epochs, plan.seed)


def validation_set(scope: measure.Scope) -> tuple[data.Rows, data.Labels]:
    """Framed validation digits (n, 784), scanned then drawn with any pen, and their labels (n,)."""
    scanned = data.training().slice(-VALIDATION_DIGITS).slice(0, scope.digits)
    written = strokes.load().by(strokes.VALIDATION_WRITERS).sample(scope.drawings)
    random = np.random.default_rng(0)
    drawn = framed(list(written.drawings), [any_pen(random) for _ in written.labels])
    return np.concatenate([data.rows(scanned.images), drawn]), np.concatenate([scanned.labels, written.labels])


def inputs() -> tuple[Feature, ...]:
    """One feature per pixel, row by row: 0 is paper, 1 the darkest ink."""
    return tuple(Feature(f"p{pixel}", minimum=0, maximum=1) for pixel in range(data.PIXELS))
