"""Builds an ONNX graph node by node. Every number is double: float32 moves values across the thresholds of trees."""

from collections.abc import Collection, Sequence
from itertools import chain, count
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
OPSET = {"": 17, ML: 3}
"""Operator sets: the newest that BigQuery ML imports (ONNX Runtime 1.12)."""
IR_VERSION = 8

Name = str
"""Name of a tensor of the graph."""

OUTPUTS = frozenset({"features", "label", "probabilities", "scores", "value"})
"""Names of outputs of graphs, which nothing else in a graph has."""


class GraphBuilder:
    """A graph under construction. Methods add nodes and return the name of the tensor that the last one makes.

    Attributes:
        nodes: the nodes, in order.
        inputs: element type (`double` or `string`) and width of each input, by name.
    """

    def __init__(self, columns: Collection[str] = ()) -> None:
        """Start a graph whose inputs may have the names of these columns."""
        self._taken = OUTPUTS.union(columns)
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: dict[str, tuple[str, int]] = {}
        self._initializers: list[onnx.TensorProto] = []
        self._constants: dict[tuple[bytes, str, tuple[int, ...]], Name] = {}
        self._count = 0

    def new_name(self, prefix: str) -> Name:
        """A name that no other tensor has."""
        self._count += 1
        name = f"{prefix}_{self._count}"
        return self.new_name(prefix) if name in self._taken else name

    def free_name(self, name: str) -> Name:
        """A name for a new input: this one, with a number if a column, an output or an input has it."""
        names = chain([name], (f"{name}{number}" for number in count(2)))
        return next(each for each in names if each not in self._taken and each not in self.inputs)

    def input(self, name: str, element: str = "double", width: int = 1) -> Name:
        """An input of the graph, of shape (rows, width); the same one if it is asked for again.

        Args:
            name: of the input.
            element: `double` or `string`.
            width: number of columns.
        """
        self.inputs.setdefault(name, (element, width))
        return name

    def op(self, kind: str, *inputs: Name, domain: str = "", **attributes: Any) -> Name:
        """Add a node with one output.

        Args:
            kind: operator, such as `MatMul`.
            inputs: tensors that it reads.
            domain: operator set; empty: the standard one.
            attributes: of the operator.
        """
        return self.ops(kind, *inputs, outputs=1, domain=domain, **attributes)[0]

    def ops(self, kind: str, *inputs: Name, outputs: int, domain: str = "", **attributes: Any) -> list[Name]:
        """Add a node with several outputs.

        Args:
            kind: operator, such as `TopK`.
            inputs: tensors that it reads.
            outputs: number of outputs.
            domain: operator set; empty: the standard one.
            attributes: of the operator.
        """
        names = [self.new_name(kind.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.float64) -> Name:
        """A constant; equal ones are stored once."""
        array = np.ascontiguousarray(np.asarray(value, dtype=dtype)).reshape(np.shape(value))
        key = (array.tobytes(), array.dtype.str, array.shape)
        if key not in self._constants:
            name = self.new_name("constant")
            self._constants[key] = name
            self._initializers.append(numpy_helper.from_array(array, name))
        return self._constants[key]

    def integers(self, value: ArrayLike) -> Name:
        """A constant of int64: indices, axes, shapes."""
        return self.constant(value, np.int64)

    def add_initializers(self, tensors: Sequence[onnx.TensorProto]) -> None:
        """Add constants that already have names, of a graph from elsewhere."""
        self._initializers.extend(tensors)

    # Shapes: unless said otherwise a tensor is (rows, width), double.

    def cast(self, tensor: Name, to: int = TensorProto.DOUBLE) -> Name:
        """The tensor as another element type."""
        return self.op("Cast", tensor, to=to)

    def take(self, tensor: Name, places: int | Sequence[int] | NDArray[Any]) -> Name:
        """The columns at these places, in this order: (rows, len(places))."""
        return self.op("Gather", tensor, self.integers(np.atleast_1d(places)), axis=1)

    def concat(self, tensors: Sequence[Name]) -> Name:
        """Columns side by side."""
        return tensors[0] if len(tensors) == 1 else self.op("Concat", *tensors, axis=1)

    def column(self, tensor: Name) -> Name:
        """(rows,) as (rows, 1)."""
        return self.op("Reshape", tensor, self.integers([-1, 1]))

    def flat(self, tensor: Name) -> Name:
        """(rows, 1) as (rows,)."""
        return self.op("Reshape", tensor, self.integers([-1]))

    def lookup(self, table: ArrayLike, places: Name) -> Name:
        """The rows of a constant table (entries, width) at `places` (rows,) int64."""
        return self.op("Gather", self.constant(table), places, axis=0)

    def fill(self, like: Name, value: ArrayLike) -> Name:
        """A constant row for each row of the tensor `like`, whatever it holds: (rows, width)."""
        row = np.atleast_1d(np.asarray(value, dtype=np.float64)).reshape(1, -1)
        rows = self.op("Slice", self.op("Shape", like), self.integers([0]), self.integers([1]))
        shape = self.op("Concat", rows, self.integers([row.shape[1]]), axis=0)
        return self.op("Expand", self.constant(row), shape)

    def affine(self, tensor: Name, weights: ArrayLike, offset: ArrayLike) -> Name:
        """Tensor @ weights + offset, for weights (width, outputs) and offset (outputs,).

        Args:
            tensor: (rows, width) double.
            weights: (width, outputs).
            offset: (outputs,).
        """
        product = self.op("MatMul", tensor, self.constant(weights))
        return self.op("Add", product, self.constant(np.atleast_2d(np.asarray(offset, dtype=np.float64))))

    def scale(self, tensor: Name, factor: ArrayLike) -> Name:
        """The tensor times a constant."""
        return self.op("Mul", tensor, self.constant(factor))

    def shift(self, tensor: Name, offset: ArrayLike) -> Name:
        """The tensor plus a constant."""
        return self.op("Add", tensor, self.constant(offset))

    def row_sum(self, tensor: Name) -> Name:
        """The sum of each row: (rows, 1)."""
        return self.op("ReduceSum", tensor, self.integers([1]), keepdims=1)

    def row_max(self, tensor: Name) -> Name:
        """The largest value of each row: (rows, 1)."""
        return self.op("ReduceMax", tensor, axes=[1], keepdims=1)

    def argmax(self, tensor: Name) -> Name:
        """The place of the largest value of each row, the first of equal ones: (rows,) int64."""
        return self.op("ArgMax", tensor, axis=1, keepdims=0)

    def sigmoid(self, tensor: Name) -> Name:
        """1 / (1 + exp(-x)), right to the last digits of small answers: ONNX Runtime's Sigmoid answers 0 below -18."""
        return self.op("Reciprocal", self.shift(self.op("Exp", self.op("Neg", tensor)), 1.0))

    def softmax(self, tensor: Name) -> Name:
        """Softmax of each row, in double: the operator of ONNX Runtime is checked for float32 only."""
        powers = self.op("Exp", self.op("Sub", tensor, self.row_max(tensor)))
        return self.op("Div", powers, self.row_sum(powers))

    def both(self, probability: Name) -> Name:
        """The probabilities of two classes from that of the second: (rows, 2)."""
        return self.concat([self.op("Sub", self.constant(1.0), probability), probability])

    def positive(self, tensor: Name, *, or_zero: bool = False) -> Name:
        """1 where (rows, 1) is above 0 (or equal to it), else 0: (rows,) int64."""
        above = self.op("GreaterOrEqual" if or_zero else "Greater", tensor, self.constant(0.0))
        return self.flat(self.cast(above, TensorProto.INT64))

    def as_float32(self, tensor: Name) -> Name:
        """The tensor rounded to float32, still double: scikit-learn's trees read their input so."""
        return self.cast(self.cast(tensor, TensorProto.FLOAT))

    def squared_distances(self, tensor: Name, points: NDArray[Any]) -> Name:
        """Squared Euclidean distances to points (count, width): (rows, count), at least 0."""
        squares = self.op("Add", self.row_sum(self.op("Mul", tensor, tensor)), self.constant((points**2).sum(1)[None]))
        products = self.op("MatMul", tensor, self.constant(points.T))
        return self.op("Max", self.op("Sub", squares, self.scale(products, 2.0)), self.constant(0.0))

    def model(self, outputs: dict[str, tuple[Name, int, int]]) -> onnx.ModelProto:
        """The whole graph. Nodes, constants and inputs that no output needs are left out.

        Args:
            outputs: tensor, ONNX element type and width (0: unknown) of each output, by name.
        """
        renamed = [helper.make_node("Identity", [tensor], [name]) for name, (tensor, _, _) in outputs.items()]
        nodes = _needed([*self.nodes, *renamed], set(outputs))
        read = {name for node in nodes for name in node.input}
        inputs = [
            helper.make_tensor_value_info(name, _ELEMENTS[element], [None, width])
            for name, (element, width) in self.inputs.items()
            if name in read
        ]
        values = [
            helper.make_tensor_value_info(name, kind, [None, width or None])
            for name, (_, kind, width) in outputs.items()
        ]
        initializers = [tensor for tensor in self._initializers if tensor.name in read]
        graph = helper.make_graph(nodes, "augure", inputs, values, initializers)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSET.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="augure")


_ELEMENTS = {"double": TensorProto.DOUBLE, "string": TensorProto.STRING}


def _needed(nodes: Sequence[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    """The nodes that these outputs depend on, in order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]
