"""From a trained estimator to an ONNX graph that answers as it does, measured and not assumed."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import click
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper
from onnx.utils import Extractor
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import BaseEstimator

from shared.model.bundle import Feature, Graph
from shared.model.predictor import open_graph
from training.metrics import Floats

Matrix = NDArray[np.float32]

INPUT = "rows"
PROBABILITIES = "probabilities"
OPSET = {"": 21, "ai.onnx.ml": 3}
IR_VERSION = 10
TOLERANCE = 1e-5
"""The largest difference of a probability between the graph and scikit-learn."""

LIBRARIES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy")


class ParityError(click.ClickException):
    """A graph that does not answer as the estimator that it was made from."""


def libraries() -> dict[str, str]:
    """The versions that make a bundle."""
    return {name: version(name) for name in LIBRARIES} | {"python": ".".join(platform.python_version_tuple()[:2])}


def parameters_of(estimator: BaseEstimator) -> dict[str, str]:
    """The settings of an estimator, and of those inside it, that are plain values."""
    plain = (str, int, float, bool, tuple, type(None))
    return {name: str(value) for name, value in estimator.get_params().items() if isinstance(value, plain)}


def convert(estimator: BaseEstimator, columns: int) -> onnx.ModelProto:
    """The graph of a fitted estimator, with one output: a classifier's probabilities, or what a transformer gives.

    Args:
        estimator: fitted on a matrix of this many columns.
        columns: of its input, a float32 matrix.
    """
    options = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    types = [(INPUT, FloatTensorType([None, columns]))]
    model = to_onnx(estimator, initial_types=types, options=options, target_opset=OPSET, name="augure")
    return trimmed(model, [model.graph.output[-1].name])


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, NDArray[Any]],
    given: tuple[str, int],
    found: tuple[str, int],
) -> onnx.ModelProto:
    """A graph of these nodes, from one float32 matrix to another: the name and the columns of each."""
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns]) for name, columns in (given, found)
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "augure", values[:1], values[1:], tensors)
    opset = [helper.make_opsetid("", OPSET[""])]
    return helper.make_model(graph, producer_name="augure", opset_imports=opset, ir_version=IR_VERSION)


def joined(first: onnx.ModelProto, second: onnx.ModelProto, prefix: str) -> onnx.ModelProto:
    """One graph of two: the second reads the one output of the first, and all its names get the prefix."""
    second = compose.add_prefix(second, prefix)
    whole = compose.merge_models(first, second, [(first.graph.output[0].name, second.graph.input[0].name)])
    del whole.opset_import[:]  # each is named twice otherwise
    whole.opset_import.extend(second.opset_import)
    return whole


def trimmed(model: onnx.ModelProto, outputs: Sequence[str]) -> onnx.ModelProto:
    """The same graph, cut down to what leads from the input to these outputs."""
    part = Extractor(model).extract_model([INPUT], list(outputs))
    part.graph.name = "augure"
    part.producer_name, part.producer_version = model.producer_name, model.producer_version
    onnx.checker.check_model(part)
    return part


def run(content: bytes, rows: Matrix) -> dict[str, Matrix]:
    """Every output of a graph for these rows, by name."""
    session = open_graph(content)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {INPUT: rows}), strict=True))


def parity(probabilities: Matrix, reference: Floats) -> dict[str, float]:
    """How far a graph is from scikit-learn, both (n, classes).

    Raises:
        ParityError: one label differs, or one probability by more than 1e-5.
    """
    mismatches = int((probabilities.argmax(axis=1) != reference.argmax(axis=1)).sum())
    difference = float(np.abs(probabilities - reference).max())
    if mismatches or not difference <= TOLERANCE:
        raise ParityError(
            f"le graphe ONNX s'écarte de scikit-learn : {mismatches} étiquettes sur {len(reference)} diffèrent, "
            f"probabilités à {difference:.2g} près (limite : 0 étiquette et {TOLERANCE})."
        )
    rows = len(reference)
    return {"rows": rows, "max_abs_difference": float(f"{difference:.3g}"), "label_mismatches": mismatches}


@dataclass(frozen=True, slots=True)
class Measured:
    """A graph, the file that it goes to, how far it is from scikit-learn and how good it is."""

    file: str
    model: onnx.ModelProto
    parity: dict[str, float]
    metrics: dict[str, float]
    constants: dict[str, float] = field(default_factory=dict)


def describe_graph(measured: Measured, inputs: tuple[Feature, ...]) -> Graph:
    """What the manifest says of a graph."""
    graph = measured.model.graph
    return Graph(
        file=measured.file,
        input=INPUT,
        inputs=inputs,
        outputs={output.name: output.type.tensor_type.shape.dim[1].dim_value for output in graph.output},
        opset=next(entry.version for entry in measured.model.opset_import if not entry.domain),
        parity=measured.parity,
        metrics=measured.metrics,
        constants=measured.constants,
    )
