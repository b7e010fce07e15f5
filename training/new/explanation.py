"""Builds the explanation of a converted estimator: how an answer is shared out among the columns of its row.

A feature of a linear part adds its weight times its distance to the mean over the training rows; trees add Shapley
values (`shared.model.tabular.shapley`). What is not exact is not written: the explanation must give the answers of some
training rows back, else it is refused.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from onnx import TensorProto

from shared.errors import Text
from shared.model.predictor import open_graph
from shared.model.table import CLASSES, VALUES, Explanation
from shared.model.tabular.explanations import FEATURES
from training.new import explanation_linear, explanation_wrappers  # noqa: F401  # they register their functions
from training.new.conversion.converter import Converted
from training.new.explanation_check import gives_answers_back
from training.new.explanation_feeds import Feeds, feeds_of_rows
from training.new.explanation_layout import Layout, lay_out
from training.new.explanation_parts import Floats, Part, Unexplained
from training.new.explanation_paths import joined
from training.new.explanation_registry import MAX_LEAVES, TOO_MANY_LEAVES, part_of

GRAPH, ARRAYS = "explanation.onnx", "explanation.npz"

BLOCK_BYTES = 32 * 1024 * 1024
"""Inputs of the graph at a time, bytes: word counts of all training rows at once may not fit into memory."""

NO_ANSWERS = (
    "un modèle qui trouve des groupes ou des anomalies n'a pas d'explication exacte.",
    "a model that finds clusters or outliers has no exact explanation.",
)
SEVERAL_TARGETS = (
    "un modèle à plusieurs cibles n'a pas d'explication : faites un modèle pour chaque cible.",
    "a model of several targets has no explanation: make one model for each target.",
)
NOT_GIVEN_BACK = (
    "les contributions de {name} ne redonnent pas ses réponses : pas d'explication exacte.",
    "the contributions of {name} do not give its answers back: no exact explanation.",
)


@dataclass(frozen=True, slots=True)
class BuiltExplanation:
    """An explanation.

    Attributes:
        explanation: for the manifest.
        files: the files that it names, by name.
        names: the columns, and the groups of columns, that an answer is shared out among.
    """

    explanation: Explanation
    files: dict[str, bytes]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoExplanation:
    """An estimator has no exact explanation. `text`: why, French then English, for `Table.no_explanation`."""

    text: Text


def build_explanation(
    estimator: Any,
    converted: Converted,
    table: pd.DataFrame,
    make_feeds: Callable[[Converted, pd.DataFrame], Feeds] = feeds_of_rows,
) -> BuiltExplanation | NoExplanation:
    """Build the explanation of an estimator.

    Args:
        estimator: the fitted estimator.
        converted: what it was converted to; its graph gets further nodes.
        table: the training rows, with every column that the estimator reads.
        make_feeds: makes the inputs of the graph of some of these rows.
    """
    try:
        part = _explained(estimator, converted)
        layout = lay_out(converted, part, [str(name) for name in table])
        graph = _graph(converted, layout)
        files = {GRAPH: graph, ARRAYS: _arrays(part, layout, _means(graph, _blocks(converted, table, make_feeds)))}
        explanation = Explanation(GRAPH, ARRAYS, part.public_scale)
        feeds = make_feeds(converted, table.iloc[:: max(len(table) // 50, 1)])
    except Unexplained as reason:
        return NoExplanation(reason.text)
    if not gives_answers_back(converted, explanation, files, feeds):
        return NoExplanation(Unexplained(NOT_GIVEN_BACK, name=type(estimator).__name__).text)
    return BuiltExplanation(explanation, files, layout.names)


def _explained(estimator: Any, converted: Converted) -> Part:
    if converted.kind not in {CLASSES, VALUES}:
        raise Unexplained(NO_ANSWERS)
    if converted.targets > 1:
        raise Unexplained(SEVERAL_TARGETS)
    part = part_of(converted.conversion, estimator)
    if part.leaves > MAX_LEAVES:
        name = type(estimator).__name__
        raise Unexplained(TOO_MANY_LEAVES, name=name, leaves=part.leaves, limit=MAX_LEAVES)
    return part


def _graph(converted: Converted, layout: Layout) -> bytes:
    tensor = converted.conversion.graph.concat(layout.tensors)
    outputs = {FEATURES: (tensor, int(TensorProto.DOUBLE), len(layout.groups))}
    return bytes(converted.conversion.graph.model(outputs).SerializeToString())


def _blocks(
    converted: Converted, table: pd.DataFrame, make_feeds: Callable[[Converted, pd.DataFrame], Feeds]
) -> Iterator[Feeds]:
    inputs = converted.conversion.graph.inputs
    width = sum(inputs[feed.input][1] for feed in converted.feeds)
    block = max(BLOCK_BYTES // (8 * max(width, 1)), 1)
    for start in range(0, len(table), block):
        yield make_feeds(converted, table.iloc[start : start + block])


def _means(graph: bytes, blocks: Iterator[Feeds]) -> Floats:
    """The mean of each feature over the training rows."""
    session = open_graph(graph)
    inputs = [value.name for value in session.get_inputs()]
    total, rows = np.zeros(1), 0
    for feeds in blocks:
        features = session.run([FEATURES], {name: feeds[name] for name in inputs})[0]
        total, rows = total + features.sum(axis=0), rows + len(features)
    return np.asarray(total / rows)


def _arrays(part: Part, layout: Layout, means: Floats) -> bytes:
    """The file that `shared.model.tabular.explanations` reads."""
    weights = layout.weights(part)
    linear = np.flatnonzero(weights.any(axis=1))
    paths = joined([layout.placed(tree.matrix, tree.paths) for tree in part.trees], part.outputs)
    base = part.offset + means[linear] @ weights[linear] + paths.expected()
    arrays: Mapping[str, Any] = {
        "names": np.array(layout.names, dtype=np.str_),
        "groups": layout.groups,
        "base": base,
        "linear": linear,
        "weights": weights[linear],
        "means": means[linear],
        "leaf_steps": paths.leaf_steps,
        "share": paths.share,
        "step_conditions": paths.step_conditions,
        "features": paths.features,
        "low": paths.low,
        "high": paths.high,
        "missing": paths.missing,
        "values": paths.values,
    }
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()
