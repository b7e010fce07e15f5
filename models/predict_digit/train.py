"""Train the digit model: a multilayer perceptron on MNIST, distorted afresh at each pass."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from models.card import decimal, percent, render
from models.export import PROBABILITIES, Measured, convert, describe_graph, parity, run
from models.metrics import multiclass, rounded, selective
from models.report import track
from models.training import Options, Trained
from shared.model_store import Feature

from .data import PIXELS, Digits, describe, rows, test, training
from .distort import distort

CLASSES = tuple("0123456789")
ROLE = "digit"
FILE = "digit.onnx"
HELD_BACK = 5000
RATE = 1e-3
LAST_RATE = 1e-5


@dataclass(frozen=True, slots=True)
class Size:
    """How much to train: digits read, passes over them, units of each hidden layer."""

    digits: int | None
    passes: int
    layers: tuple[int, ...]


FULL = Size(None, 60, (800, 400))
QUICK = Size(4000, 4, (128, 64))


def train(options: Options) -> Trained:
    """Train, measure on the test digits, convert.

    The last 5,000 training digits are never learnt from: choices (layers, passes, distortions) were made on them.
    """
    size = QUICK if options.quick else FULL
    digits = training()
    network = fit(digits.part(0, -HELD_BACK).part(0, size.digits), size, options.seed)
    held = digits.part(-HELD_BACK)
    graph = convert(network, PIXELS)
    content = graph.SerializeToString()
    unseen = test()
    read = rows(unseen.images)
    found = run(content, read)[PROBABILITIES]
    figures = measure(unseen, found) | {"held_back_error": error(held, run(content, rows(held.images))[PROBABILITIES])}
    facts = describe_graph(Measured(FILE, graph, parity(found, network.predict_proba(read)), figures), inputs())
    return Trained(CLASSES, {ROLE: facts}, {FILE: content}, {}, describe(), card(figures))


def fit(digits: Digits, size: Size, seed: int) -> MLPClassifier:
    """The network after all its passes; Adam, its rate falling along a half cosine."""
    random = np.random.default_rng(seed)
    network = MLPClassifier(size.layers, batch_size=256, alpha=1e-5, learning_rate_init=RATE, random_state=seed)
    for step in track(range(size.passes), "apprentissage"):
        rate = LAST_RATE + (RATE - LAST_RATE) * (1 + math.cos(math.pi * step / size.passes)) / 2
        _set_rate(network, rate)
        order = random.permutation(len(digits.labels))
        shuffled = Digits(digits.images[order], digits.labels[order])
        network.partial_fit(rows(distort(shuffled.images, random)), shuffled.labels, classes=np.arange(len(CLASSES)))
    return network


def _set_rate(network: MLPClassifier, rate: float) -> None:
    """scikit-learn reads `learning_rate_init` once, when it makes its optimizer: later rates are set on that one."""
    if hasattr(network, "_optimizer"):
        network._optimizer.learning_rate_init = rate  # noqa: SLF001 - there is no public way


def measure(digits: Digits, probabilities: np.ndarray) -> dict[str, float]:
    """The figures of the manifest, from the probabilities (n, 10) of these digits."""
    figures = multiclass(digits.labels, probabilities) | selective(digits.labels, probabilities)
    return {"error": error(digits, probabilities), **figures}


def error(digits: Digits, probabilities: np.ndarray) -> float:
    """The share of digits read wrong."""
    return rounded(np.mean(probabilities.argmax(axis=1) != digits.labels))


def inputs() -> tuple[Feature, ...]:
    """One feature a pixel, row by row: 0 is paper, 1 the darkest ink."""
    return tuple(Feature(f"p{pixel}", minimum=0, maximum=1) for pixel in range(PIXELS))


def card(figures: dict[str, float]) -> str:
    """The model card."""
    shares = ("error", "held_back_error", "refused", "error_when_answered")
    words = {name: percent(figures[name], 2) for name in shares}
    return render(Path(__file__).with_name("card.template.md"), words | {"ece": decimal(figures["ece"])})
