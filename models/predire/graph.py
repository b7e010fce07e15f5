"""The ONNX graph of one stage: every prediction comes with an exact explanation.

The graph computes the contribution of each column to the log-odds, and the probability from their sum: the two cannot
disagree, and serving needs no second copy of the weights. skl2onnx cannot convert `Additive`, so this module writes
the nodes; their parity with scikit-learn is measured like that of any graph.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from training.export import INPUT, OPSET, PROBABILITIES

from .additive import Additive
from .data import CLASSES

CONTRIBUTIONS = "contributions"


def additive_graph(estimator: Additive) -> onnx.ModelProto:
    """The graph of a fitted estimator.

    Its output `contributions` (n, len(inputs)) is relative to the average student: the column's curve at the row's
    value (for a code, its weight) minus the mean of that curve over the training students. A contribution depends on
    its own column alone. `probabilities[:, 1]` is the logistic function of `baseline + contributions.sum(axis=1)`.
    """
    columns = len(estimator.inputs)
    constants = {
        "code_owners": estimator.code_owners_,
        "codes": estimator.codes_,
        "ramp_owners": estimator.ramp_owners_,
        "starts": estimator.starts_,
        "lengths": estimator.lengths_,
        "zero": 0,
        "one": 1,
        "average": estimator.average_,
        "weights": estimator.weights,
        "axis": np.array([1]),
        "baseline": [estimator.baseline],
        "halves": [-0.5, 0.5],
    }
    tensors = [_tensor(name, np.asarray(value)) for name, value in constants.items()]
    sizes = {PROBABILITIES: len(CLASSES), CONTRIBUTIONS: columns}
    outputs = [_rows(name, size) for name, size in sizes.items()]
    graph = helper.make_graph([*_design(), *_head()], "augure", [_rows(INPUT, columns)], outputs, tensors)
    opset = [helper.make_opsetid("", OPSET[""])]
    model = helper.make_model(graph, producer_name="augure", opset_imports=opset, ir_version=10)
    onnx.checker.check_model(model)
    return model


def _design() -> list[NodeProto]:
    """`Additive.design` as nodes."""
    return [
        helper.make_node("Gather", [INPUT, "code_owners"], ["coded"], axis=1),
        helper.make_node("Equal", ["coded", "codes"], ["same"]),
        helper.make_node("Cast", ["same"], ["flags"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [INPUT, "ramp_owners"], ["quantities"], axis=1),
        helper.make_node("Sub", ["quantities", "starts"], ["beyond"]),
        helper.make_node("Div", ["beyond", "lengths"], ["along"]),
        helper.make_node("Clip", ["along", "zero", "one"], ["ramps"]),
        helper.make_node("Concat", ["flags", "ramps"], ["design"], axis=1),
    ]


def _head() -> list[NodeProto]:
    """Softmax over (-x/2, x/2) is the logistic function of x, and stays exact for tiny probabilities."""
    return [
        helper.make_node("Sub", ["design", "average"], ["centred"]),
        helper.make_node("MatMul", ["centred", "weights"], [CONTRIBUTIONS]),
        helper.make_node("ReduceSum", [CONTRIBUTIONS, "axis"], ["total"], keepdims=1),
        helper.make_node("Add", ["total", "baseline"], ["log_odds"]),
        helper.make_node("Mul", ["log_odds", "halves"], ["sides"]),
        helper.make_node("Softmax", ["sides"], [PROBABILITIES], axis=1),
    ]


def _rows(name: str, columns: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns])


def _tensor(name: str, value: NDArray[np.generic]) -> TensorProto:
    """Indices as int64, every other number as float32."""
    indices = name in {"axis", "code_owners", "ramp_owners"}
    return numpy_helper.from_array(value.astype(np.int64 if indices else np.float32), name)
