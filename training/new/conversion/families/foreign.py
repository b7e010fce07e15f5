"""Every other class of scikit-learn: skl2onnx converts it inside the graph, and the parity gate decides."""

import logging
from collections.abc import Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, compose, helper

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.answers import MULTILABEL, Pair, refusal
from training.new.conversion.graph_builder import ML, OPSET, GraphBuilder, Name
from training.new.conversion.registry import predictor, transformer
from training.new.conversion.values import Matrix, Prediction, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_CONVERTED: Pair = (
    (
        "n'a pas de conversion exacte : remplacez-le par une étape que docs/own-model.md donne pour convertie, ou "
        "calculez ce qu'il fait dans le tableau (une colonne par valeur) et réentraînez"
    ),
    (
        "has no exact conversion: replace it by a step that docs/own-model.md lists as converted, or compute what it "
        "does in the table (one column for each value) and train again"
    ),
)
NO_PREDICT: Pair = (
    "ne sait répondre que pour ses lignes d'apprentissage : prenez un estimateur qui prédit, par exemple KMeans",
    "can answer only for its training rows: take an estimator that predicts, for example KMeans",
)
INPUT = "X"
ELEMENTS = (TensorProto.DOUBLE, TensorProto.FLOAT)


@transformer("*")
def transform_foreign(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The features of any other transformer. Raises Refusal: skl2onnx does not know it."""
    matrix = conversion.matrix(value, type(step).__name__)
    if not hasattr(step, "transform"):
        raise refusal(step, NOT_CONVERTED)
    features = conversion.graph.cast(_inside(conversion, step, matrix)[0])
    width = np.shape(step.transform(np.ones((1, matrix.width))))[1]
    return Matrix(features, matrix.mixed(width))


@predictor("*")
def predict_foreign(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The answers of any other predictor. Raises Refusal: skl2onnx does not know it."""
    if not hasattr(estimator, "predict"):
        raise refusal(estimator, NO_PREDICT)
    if isinstance(getattr(estimator, "classes_", None), list):
        raise refusal(estimator, MULTILABEL)
    outputs = _inside(conversion, estimator, conversion.leaf(estimator, value))
    if hasattr(estimator, "classes_"):
        return _classes(conversion, estimator, outputs)
    graph = conversion.graph
    if hasattr(estimator, "offset_"):
        scores = graph.column(graph.cast(outputs[1]))
        return Prediction(scores=scores, inlier=graph.positive(graph.column(graph.cast(outputs[0]))))
    if hasattr(estimator, "labels_"):
        return Prediction(cluster=graph.flat(graph.cast(outputs[0], TensorProto.INT64)))
    return _values(conversion, estimator, outputs[0])


def _classes(conversion: Conversion, estimator: Any, outputs: list[Name]) -> Prediction:
    graph, classes = conversion.graph, np.asarray(estimator.classes_)
    further = graph.cast(outputs[1]) if len(outputs) > 1 else None
    with_probabilities = hasattr(estimator, "predict_proba")
    return Prediction(
        classes,
        label=_label(graph, classes, outputs[0]),
        probabilities=further if with_probabilities else None,
        scores=None if with_probabilities else further,
    )


def _label(graph: GraphBuilder, classes: Any, answered: Name) -> Name:
    """The place of the class that skl2onnx answers, as a text or as a number."""
    if classes.dtype.kind in "biuf":
        same = graph.op("Equal", graph.column(graph.cast(answered)), graph.constant(classes.astype(float)[None]))
        return graph.argmax(graph.cast(same))
    places = list(range(len(classes)))
    keys = [str(one) for one in classes]
    return graph.flat(
        graph.op("LabelEncoder", answered, domain=ML, keys_strings=keys, values_int64s=places, default_int64=0)
    )


def _values(conversion: Conversion, estimator: Any, answered: Name) -> Prediction:
    graph = conversion.graph
    example = np.asarray(estimator.predict(np.ones((1, estimator.n_features_in_))))
    width = example.size
    return Prediction(value=graph.op("Reshape", graph.cast(answered), graph.integers([-1, width])), width=width)


def _inside(conversion: Conversion, step: Any, matrix: Matrix) -> list[Name]:
    """Put what skl2onnx makes of a step into the graph: the names of its outputs."""
    for element in ELEMENTS:
        model = _converted(step, matrix.width, element)
        if model is not None and _runs(model):
            break
    else:
        raise refusal(step, NOT_CONVERTED)
    graph = conversion.graph
    prefix = graph.new_name("foreign") + "_"
    inner = compose.add_prefix(model, prefix).graph
    given = graph.cast(matrix.tensor, element)
    graph.nodes.append(helper.make_node("Identity", [given], [prefix + INPUT]))
    graph.nodes.extend(inner.node)
    graph.add_initializers(list(inner.initializer))
    conversion.foreign.append(type(step).__name__)
    return [output.name for output in inner.output]


def _converted(step: Any, width: int, element: int) -> onnx.ModelProto | None:
    """The graph that skl2onnx makes of a step; None if it makes none, whatever it raises for that."""
    from skl2onnx import to_onnx  # noqa: PLC0415
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType  # noqa: PLC0415

    kind = DoubleTensorType if element == TensorProto.DOUBLE else FloatTensorType
    given = {"initial_types": [(INPUT, kind([None, width]))], "target_opset": OPSET}
    with _silence():
        for options in ({"options": {"zipmap": False}}, {}):
            try:
                made: onnx.ModelProto = to_onnx(step, **given, **options)
            except Exception:  # noqa: BLE001, S112 -- it raises whatever its converters do
                continue
            return made if _is_standard(made.graph.node, made.opset_import) else None
    return None


def _is_standard(nodes: Iterable[onnx.NodeProto], opsets: Iterable[onnx.OperatorSetIdProto]) -> bool:
    return all(node.domain in OPSET for node in nodes) and all(
        opset.version <= OPSET.get(opset.domain, 0) for opset in opsets
    )


def _runs(model: onnx.ModelProto) -> bool:
    """Whether ONNX Runtime has an implementation of every node for these element types."""
    from shared.model.runtime import ort  # noqa: PLC0415  # only where skl2onnx is asked

    try:
        ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 -- its errors have no common class
        return False
    return True


@contextmanager
def _silence() -> "Iterator[None]":
    """No line of skl2onnx on the terminal: a refusal says what is to be said."""
    log = logging.getLogger("skl2onnx")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
