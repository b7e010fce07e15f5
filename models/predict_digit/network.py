"""The network: fitting, calibration, and its ONNX graph."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize_scalar
from sklearn.neural_network import MLPClassifier

from shared.model.predictor import open_graph
from training.export import INPUT, PROBABILITIES, convert, joined, trimmed
from training.metrics import Floats, Integers, log_loss

from . import views
from .data import Rows
from .epochs import NO_DIGIT, Epoch
from .features import FEATURES, FeatureExtractor

RATE = 1e-3
"""Learning rate of the first epoch."""
LAST_RATE = 1e-5
"""Learning rate that the last epoch approaches."""
CHUNK = 10_000
"""Rows whose features are in memory at once."""
BATCH = 100
"""Rows that are convolved at once: 10 MB of responses before pooling."""
DIGITS = 10


@dataclass(frozen=True, slots=True)
class Network:
    """The feature extractor, and a multilayer perceptron of eleven classes: ten digits, and no digit.

    A prediction has ten probabilities: the probability of no digit is divided equally among the digits, then the views
    of the picture are averaged.
    """

    extractor: FeatureExtractor
    perceptron: MLPClassifier

    def probabilities(self, rows: Rows) -> Floats:
        """The probabilities (n, 10) of framed digits (n, 784), by numpy and scikit-learn alone."""
        return _over_digits(self.perceptron.predict_proba(self.extractor.transform(views.views_of(rows))))

    def graph(self) -> onnx.ModelProto:
        """`probabilities` as one ONNX graph."""
        columns = len(self.extractor.shift)
        perceptron = convert(self.perceptron, columns)
        merged = joined(joined(views.graph(), self.extractor.graph(), "front_"), perceptron, "perceptron_")
        constants = {
            "sharing": _sharing().astype(np.float32),
            "by_picture": np.array([-1, len(views.VIEWS), DIGITS]),
            "over_views": np.array([1]),
        }
        merged.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
        merged.graph.node.extend(
            [
                helper.make_node("MatMul", [merged.graph.output[0].name, "sharing"], ["shared"]),
                helper.make_node("Reshape", ["shared", "by_picture"], ["answers"]),
                helper.make_node("ReduceMean", ["answers", "over_views"], [PROBABILITIES], keepdims=0),
            ]
        )
        merged.graph.output.append(helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, DIGITS]))
        return trimmed(merged, [PROBABILITIES])

    def calibrated(self, rows: Rows, labels: Integers) -> "Network":
        """Calibrate the network in place on validation digits, by temperature scaling; returns itself.

        Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017: the last layer is divided
        by the temperature of least log-loss. The order of a view's classes does not change.
        """
        probabilities = self.perceptron.predict_proba(_features(self.extractor)(views.views_of(rows))).astype(
            np.float64
        )
        logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))

        def loss(temperature: float) -> float:
            return log_loss(labels, _over_digits(_softmax(logits / temperature)))

        temperature = minimize_scalar(loss, bounds=(0.3, 3), method="bounded").x
        self.perceptron.coefs_[-1] /= np.float32(temperature)
        self.perceptron.intercepts_[-1] /= np.float32(temperature)
        return self


def fit(
    extractor: FeatureExtractor, layers: tuple[int, ...], epochs: Iterable[Epoch], count: int, seed: int
) -> Network:
    """Fit a network with Adam, its learning rate falling along a half cosine.

    Args:
        extractor: of the features.
        layers: units of each hidden layer.
        epochs: the training data.
        count: number of epochs.
        seed: of the initial weights.
    """
    perceptron = MLPClassifier(layers, batch_size=256, alpha=1e-5, learning_rate_init=RATE, random_state=seed)
    features = _features(extractor)
    for number, epoch in enumerate(epochs):
        _set_rate(perceptron, LAST_RATE + (RATE - LAST_RATE) * (1 + math.cos(math.pi * number / count)) / 2)
        for start in range(0, len(epoch.labels), CHUNK):
            rows = epoch.rows[start : start + CHUNK].astype(np.float32) / np.float32(255)
            perceptron.partial_fit(features(rows), epoch.labels[start : start + CHUNK], classes=np.arange(NO_DIGIT + 1))
    return Network(extractor, perceptron)


def _features(extractor: FeatureExtractor) -> Callable[[Rows], Rows]:
    session = open_graph(extractor.graph().SerializeToString())

    def features(rows: Rows) -> Rows:
        batches = (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
        return np.concatenate([session.run([FEATURES], {INPUT: batch})[0] for batch in batches])

    return features


def _set_rate(perceptron: MLPClassifier, rate: float) -> None:
    """Set the learning rate on the optimizer: scikit-learn reads `learning_rate_init` only when it creates it."""
    if hasattr(perceptron, "_optimizer"):
        perceptron._optimizer.learning_rate_init = rate  # noqa: SLF001 - no public attribute


def _sharing() -> NDArray[np.float64]:
    """(11, 10): the share of each class that goes to each digit."""
    return np.vstack([np.eye(DIGITS), np.full((1, DIGITS), 1 / DIGITS)])


def _over_digits(probabilities: Floats) -> Floats:
    """From the classes of each view, (n * 6, 11), to the digits of each picture, (n, 10)."""
    averaged: Floats = (probabilities @ _sharing()).reshape(-1, len(views.VIEWS), DIGITS).mean(axis=1)
    return averaged


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax: Floats = powers / powers.sum(axis=1, keepdims=True)
    return softmax
