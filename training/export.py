"""Converts a fitted estimator to an ONNX graph, and measures its parity with scikit-learn."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

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
from training.errors import CommandError
from training.metrics import Floats

Matrix = NDArray[np.float32]

INPUT = "rows"
PROBABILITIES = "probabilities"
OPSET = {"": 21, "ai.onnx.ml": 3}
IR_VERSION = 10
TOLERANCE = 1e-5
"""Largest difference of a probability between a graph and scikit-learn."""

LIBRARIES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy")


NO_PARITY = (
    (
        "le graphe ONNX s'écarte de scikit-learn : {mismatches} étiquettes sur {rows} diffèrent, probabilités à "
        "{difference:.2g} près (limite : 0 étiquette et {limit})."
    ),
    (
        "the ONNX graph differs from scikit-learn: {mismatches} labels of {rows} differ, probabilities by up to "
        "{difference:.2g} (limit: 0 labels and {limit})."
    ),
)


class ParityError(CommandError):
    """A graph gives other predictions than the estimator that it was converted from."""


def libraries() -> dict[str, str]:
    """The versions of Python and of the libraries that the bytes of a bundle depend on."""
    return {name: version(name) for name in LIBRARIES} | {"python": ".".join(platform.python_version_tuple()[:2])}


def parameters_of(estimator: BaseEstimator) -> dict[str, str]:
    """The parameters of an estimator and of its steps that are plain values, as texts."""
    plain = (str, int, float, bool, tuple, type(None))
    return {name: str(value) for name, value in estimator.get_params().items() if isinstance(value, plain)}


def convert(estimator: BaseEstimator, columns: int) -> onnx.ModelProto:
    """The graph of a fitted estimator, with one output: the probabilities of a classifier, the rows of a transformer.

    Args:
        estimator: fitted on a float32 matrix.
        columns: the number of columns of that matrix.
    """
    options = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    types = [(INPUT, FloatTensorType([None, columns]))]
    model = to_onnx(estimator, initial_types=types, options=options, target_opset=OPSET, name="augure")
    return trimmed(model, [model.graph.output[-1].name])


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, NDArray[Any]],
    source: tuple[str, int],
    target: tuple[str, int],
) -> onnx.ModelProto:
    """A graph from one float32 matrix to another.

    Args:
        nodes: the operators, in order.
        constants: the initializers, by name.
        source: the input's name and number of columns.
        target: the output's name and number of columns.
    """
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns]) for name, columns in (source, target)
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "augure", values[:1], values[1:], tensors)
    opset = [helper.make_opsetid("", OPSET[""])]
    return helper.make_model(graph, producer_name="augure", opset_imports=opset, ir_version=IR_VERSION)


def joined(first: onnx.ModelProto, second: onnx.ModelProto, prefix: str) -> onnx.ModelProto:
    """Chain two graphs into one.

    Args:
        first: a graph with one output.
        second: a graph whose first input reads that output.
        prefix: put before every name of the second, so that names stay unique.
    """
    second = compose.add_prefix(second, prefix)
    merged = compose.merge_models(first, second, [(first.graph.output[0].name, second.graph.input[0].name)])
    del merged.opset_import[:]  # merging lists each operator set twice
    merged.opset_import.extend(second.opset_import)
    return merged


def trimmed(model: onnx.ModelProto, outputs: Sequence[str]) -> onnx.ModelProto:
    """The subgraph between the input and these outputs."""
    subgraph = Extractor(model).extract_model([INPUT], list(outputs))
    subgraph.graph.name = "augure"
    subgraph.producer_name, subgraph.producer_version = model.producer_name, model.producer_version
    onnx.checker.check_model(subgraph)
    return subgraph


def run(content: bytes, rows: Matrix) -> dict[str, Matrix]:
    """Run a graph on rows (n, columns); returns every output, by name."""
    session = open_graph(content)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {INPUT: rows}), strict=True))


def parity(probabilities: Matrix, reference: Floats) -> dict[str, float]:
    """Compare the probabilities of a graph and of scikit-learn, both (n, classes).

    Raises:
        ParityError: a label differs, or a probability differs by more than TOLERANCE.
    """
    rows = len(reference)
    mismatches = int((probabilities.argmax(axis=1) != reference.argmax(axis=1)).sum())
    difference = float(np.abs(probabilities - reference).max())
    if mismatches or not difference <= TOLERANCE:
        raise ParityError(NO_PARITY, mismatches=mismatches, rows=rows, difference=difference, limit=TOLERANCE)
    return {"rows": rows, "max_abs_difference": float(f"{difference:.3g}"), "label_mismatches": mismatches}


@dataclass(frozen=True, slots=True)
class MeasuredGraph:
    """A graph, its file name, its parity with scikit-learn, its metrics and the constants of its explanation."""

    file: str
    model: onnx.ModelProto
    parity: dict[str, float]
    metrics: dict[str, float]
    constants: dict[str, float] = field(default_factory=dict)


def describe_graph(measured: MeasuredGraph, inputs: tuple[Feature, ...]) -> Graph:
    """The manifest's description of a graph."""
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
