"""The network: what it learns, how sure it is allowed to be, and the graph that answers as it does."""

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
from .epochs import NONE, Epoch
from .features import FEATURES, Front

RATE = 1e-3
LAST_RATE = 1e-5
CHUNK = 10_000
"""Rows whose features are held in memory at once."""
AT_ONCE = 100
"""Rows whose patterns are looked for at once: 10 MB of answers, before they are pooled."""
DIGITS = 10


@dataclass(frozen=True, slots=True)
class Network:
    """The front that finds patterns of strokes, and a multilayer perceptron of eleven classes: ten digits, or none.

    An answer has ten probabilities, the mean over several views of the picture: that of no digit is shared out between
    them, as nothing is known of such a picture.
    """

    front: Front
    perceptron: MLPClassifier

    def probabilities(self, rows: Rows) -> Floats:
        """The ten probabilities (n, 10) of framed digits (n, 784), by numpy and scikit-learn alone."""
        return _answers(self.perceptron.predict_proba(self.front.reference(views.seen(rows))))

    def graph(self) -> onnx.ModelProto:
        """The same, as one ONNX graph."""
        columns = len(self.front.shift)
        perceptron = convert(self.perceptron, columns)
        whole = joined(joined(views.graph(), self.front.graph(), "front_"), perceptron, "perceptron_")
        constants = {
            "sharing": _sharing().astype(np.float32),
            "by_picture": np.array([-1, len(views.VIEWS), DIGITS]),
            "over_views": np.array([1]),
        }
        whole.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
        whole.graph.node.extend(
            [
                helper.make_node("MatMul", [whole.graph.output[0].name, "sharing"], ["shared"]),
                helper.make_node("Reshape", ["shared", "by_picture"], ["answers"]),
                helper.make_node("ReduceMean", ["answers", "over_views"], [PROBABILITIES], keepdims=0),
            ]
        )
        whole.graph.output.append(helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, DIGITS]))
        return trimmed(whole, [PROBABILITIES])

    def calibrated(self, rows: Rows, labels: Integers) -> "Network":
        """The same network as sure as it is right on these digits, which it never learnt from.

        Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017: the last layer is divided
        by one temperature, the one whose log-loss is least. What a view is read as never changes, only how surely.
        """
        found = self.perceptron.predict_proba(_features(self.front)(views.seen(rows))).astype(np.float64)
        logits = np.log(np.maximum(found, np.finfo(np.float32).tiny))

        def loss(temperature: float) -> float:
            return log_loss(labels, _answers(_softmax(logits / temperature)))

        temperature = minimize_scalar(loss, bounds=(0.3, 3), method="bounded").x
        self.perceptron.coefs_[-1] /= np.float32(temperature)
        self.perceptron.intercepts_[-1] /= np.float32(temperature)
        return self


def fit(front: Front, layers: tuple[int, ...], epochs: Iterable[Epoch], count: int, seed: int) -> Network:
    """Learn from all the epochs, `count` of them; Adam, its rate falling along a half cosine."""
    perceptron = MLPClassifier(layers, batch_size=256, alpha=1e-5, learning_rate_init=RATE, random_state=seed)
    features = _features(front)
    for number, part in enumerate(epochs):
        _set_rate(perceptron, LAST_RATE + (RATE - LAST_RATE) * (1 + math.cos(math.pi * number / count)) / 2)
        for start in range(0, len(part.labels), CHUNK):
            rows = part.rows[start : start + CHUNK].astype(np.float32) / np.float32(255)
            perceptron.partial_fit(features(rows), part.labels[start : start + CHUNK], classes=np.arange(NONE + 1))
    return Network(front, perceptron)


def _features(front: Front) -> Callable[[Rows], Rows]:
    session = open_graph(front.graph().SerializeToString())

    def found(rows: Rows) -> Rows:
        parts = (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))
        return np.concatenate([session.run([FEATURES], {INPUT: part})[0] for part in parts])

    return found


def _set_rate(perceptron: MLPClassifier, rate: float) -> None:
    """scikit-learn reads `learning_rate_init` once, when it makes its optimizer: later rates are set on that one."""
    if hasattr(perceptron, "_optimizer"):
        perceptron._optimizer.learning_rate_init = rate  # noqa: SLF001 - there is no public way


def _sharing() -> NDArray[np.float64]:
    """(11, 10): what each class gives to each digit."""
    return np.vstack([np.eye(DIGITS), np.full((1, DIGITS), 1 / DIGITS)])


def _answers(probabilities: Floats) -> Floats:
    """(n * 6, 11), of each view, to (n, 10)."""
    answers: Floats = (probabilities @ _sharing()).reshape(-1, len(views.VIEWS), DIGITS).mean(axis=1)
    return answers


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax: Floats = powers / powers.sum(axis=1, keepdims=True)
    return softmax
