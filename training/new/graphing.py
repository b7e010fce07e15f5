"""The graph of a fitted estimator with what the manifest says of it, and its explanation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from shared.errors import Text
from shared.model.bundle import Graph
from shared.model.predictor import open_graph
from shared.model.table import Table
from training.new.conversion.converter import Converted, convert
from training.new.conversion.graph_builder import OPSET
from training.new.learning import Learned
from training.new.problem import Problem
from training.new.progress import Steps
from training.new.project import Project

GRAPH, WORDS = "model.onnx", "words.json"
CONVERT = ("Conversion en ONNX", "Conversion to ONNX")
PARITY = ("Comparaison du graphe et de l'estimateur", "Comparing the graph with the estimator")
EXPLANATION = ("Explication des réponses", "Explanation of the answers")


@dataclass(frozen=True, slots=True)
class Graphed:
    """A converted estimator.

    Attributes:
        converted: the graph.
        table: its columns and targets, without limits of uncertainty.
        contents: the bytes of the files that serving reads, by name.
        parity: how exactly it repeats the estimator.
        notes: what was found on the way, French then English.
    """

    converted: Converted
    table: Table
    contents: Mapping[str, bytes]
    parity: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[Text] = ()


def graph_of(project: Project, learned: Learned, steps: Steps) -> Graphed:
    """Convert an estimator, describe its columns, and compare the two on every row.

    Args:
        project: the targets and the titles.
        learned: the estimator and its table.
        steps: shows the progress.

    Raises:
        Refusal: it has no exact conversion.
    """
    from training.new.parity_gate import check_parity  # noqa: PLC0415

    rows = learned.frame[list(learned.columns)]
    with steps.step(CONVERT):
        converted = convert(learned.estimator, rows, series=learned.series)
        contents = {GRAPH: converted.model.SerializeToString(deterministic=True)}
        if converted.vectorizers:
            contents[WORDS] = words(converted)
    with steps.step(PARITY):
        parity = check_parity()
    return Graphed(converted, table, contents, parity.facts(), learned.notes)


def words(converted: Converted) -> bytes:
    """The word counters, as JSON."""
    from training.new.vectorizers import describe  # noqa: PLC0415

    counters = {name: describe(fitted) for name, fitted in sorted(converted.vectorizers.items())}
    return msgspec.json.encode(counters)


def explained(learned: Learned, problem: Problem, graphed: Graphed) -> Graphed:
    """The same graph with its explanation, or why there is none.

    Args:
        learned: the estimator.
        problem: the training rows.
        graphed: its graph.
    """
    from training.new.explanation import BuiltExplanation, build_explanation  # noqa: PLC0415

    built = build_explanation(learned.estimator, graphed.converted, problem.rows)
    if not isinstance(built, BuiltExplanation):
        return replace(graphed, table=msgspec.structs.replace(graphed.table, no_explanation=built.text))
    table = msgspec.structs.replace(graphed.table, explanation=built.explanation)
    return replace(graphed, table=table, contents={**graphed.contents, **built.files})


def describe_graph(graphed: Graphed, figures: Mapping[str, float]) -> Graph:
    """The manifest's description of the graph."""
    return Graph(
        file=GRAPH,
        input="",
        inputs=(),
        outputs=widths(graphed.contents[GRAPH]),
        opset=OPSET[""],
        parity=dict(graphed.parity),
        metrics=dict(figures),
    )


def widths(content: bytes) -> dict[str, int]:
    """The number of columns of each output of a graph, found out by running it on one row of zeros and empty texts."""
    session = open_graph(content)
    row = {
        value.name: np.full((1, value.shape[1]), "", dtype=object)
        if value.type == "tensor(string)"
        else np.zeros((1, value.shape[1]))
        for value in session.get_inputs()
    }
    names = [output.name for output in session.get_outputs()]
    return {name: int(value.shape[1]) for name, value in zip(names, session.run(names, row), strict=True)}
