"""The graph of one stage: every prediction carries its own explanation, exact by construction.

scikit-learn's transformer is converted by skl2onnx; the logistic regression is then written as what each input column
adds to the log-odds, so that serving needs no second copy of the coefficients.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from models.export import PROBABILITIES, convert, trimmed
from shared.model_store import Feature

from .data import CLASSES, Students
from .recipe import places

CONTRIBUTIONS = "contributions"


def explained(estimator: Pipeline, students: Students) -> tuple[onnx.ModelProto, float]:
    """The graph of a fitted recipe, and its baseline: the log-odds of failure of the average training student.

    The graph gives `contributions` (n, len(inputs)), relative to that student, of each column as it was given:
    `coefficient * standardised value` for a quantity; for a code, its coefficient minus the mean over the students.
    `baseline + contributions.sum(axis=1)` is the logit of `probabilities[:, 1]`, which is made from it.
    """
    transformer, model = estimator.named_steps.values()
    average = transformer.transform(students.rows).mean(axis=0)
    weights = model.coef_[0][:, None] * _owners(transformer, students.inputs)
    baseline = float(model.intercept_[0] + model.coef_[0] @ average)
    return _with_head(convert(transformer, len(students.inputs)), average, weights, baseline), baseline


def _owners(transformer: ColumnTransformer, inputs: tuple[Feature, ...]) -> NDArray[np.float64]:
    """(transformed columns, inputs): 1 where a transformed column comes from an input, else 0."""
    coded, quantities = places(inputs)
    sizes = [len(codes) for codes in transformer.named_transformers_["onehotencoder"].categories_]
    return np.eye(len(inputs))[[*np.repeat(coded, sizes), *quantities]]


def _with_head(
    graph: onnx.ModelProto, average: NDArray[np.float64], weights: NDArray[np.float64], baseline: float
) -> onnx.ModelProto:
    """Softmax over (-x/2, x/2) is the logistic function of x, and stays exact where a probability is tiny."""
    model = onnx.ModelProto()
    model.CopyFrom(graph)
    transformed = model.graph.output[0].name
    constants = {"average": average, "weights": weights, "axis": [1], "baseline": [baseline], "halves": [-0.5, 0.5]}
    model.graph.initializer.extend(_tensor(name, value) for name, value in constants.items())
    model.graph.node.extend(
        [
            helper.make_node("Sub", [transformed, "average"], ["centred"], name="centred"),
            helper.make_node("MatMul", ["centred", "weights"], [CONTRIBUTIONS], name=CONTRIBUTIONS),
            helper.make_node("ReduceSum", [CONTRIBUTIONS, "axis"], ["total"], name="total", keepdims=1),
            helper.make_node("Add", ["total", "baseline"], ["log_odds"], name="log_odds"),
            helper.make_node("Mul", ["log_odds", "halves"], ["sides"], name="sides"),
            helper.make_node("Softmax", ["sides"], [PROBABILITIES], name=PROBABILITIES, axis=1),
        ]
    )
    sizes = {PROBABILITIES: len(CLASSES), CONTRIBUTIONS: weights.shape[1]}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns]) for name, columns in sizes.items()
    )
    return trimmed(model, list(sizes))


def _tensor(name: str, value: object) -> TensorProto:
    return numpy_helper.from_array(np.asarray(value, dtype=np.int64 if name == "axis" else np.float32), name)
