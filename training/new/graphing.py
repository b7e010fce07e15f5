"""The graph of a fitted estimator with what the manifest says of it, and its explanation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from shared.errors import Text
from shared.i18n import fill
from shared.model.bundle import FORMAT, Data, Graph, Manifest, describe
from shared.model.predictor import open_graph
from shared.model.table import ROLE, Table
from shared.model.tabular.records import TableModel
from training.drift.reference import text_of
from training.new.column_facts import describe_columns, roles_of_feeds
from training.new.conversion.converter import Converted, convert
from training.new.conversion.graph_builder import OPSET
from training.new.encoded_columns import encoded_columns
from training.new.explanation import BuiltExplanation, build_explanation
from training.new.learning import Learned
from training.new.manifest_facts import targets_of
from training.new.parity_gate import Parity, Probed, check_parity, probe_columns
from training.new.problem import Problem
from training.new.progress import Steps
from training.new.project import Project
from training.new.vectorizers import describe as describe_words

GRAPH, WORDS = "model.onnx", "words.json"
CONVERT = ("Conversion en ONNX", "Conversion to ONNX")
PARITY = ("Comparaison du graphe et de l'estimateur", "Comparing the graph with the estimator")
EXPLANATION = ("Explication des réponses", "Explanation of the answers")
MOST_CLASSES = 50
"""Most values of a target whose most frequent one gives the example."""
STRICT = (
    "« {column} » : une valeur jamais vue est refusée, bien que l'estimateur lui réponde",
    "`{column}`: a value never seen is refused, although the estimator answers it",
)
LEFT_OUT = (
    "{rows} lignes ont une valeur absente que l'estimateur refuse : elles n'ont pas été comparées",
    "{rows} rows have a missing value that the estimator refuses: they were not compared",
)


@dataclass(frozen=True, slots=True)
class Graphed:
    """A converted estimator.

    Attributes:
        converted: the graph.
        table: its columns and targets, without limits of uncertainty.
        contents: the bytes of the files that serving reads, by name.
        parity: how exactly it repeats the estimator.
        notes: what was found on the way, French then English.
        null_refused: columns whose null the estimator refuses: their rows without a value cannot have been learned.
    """

    converted: Converted
    table: Table
    contents: Mapping[str, bytes]
    parity: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[Text] = ()
    null_refused: frozenset[str] = frozenset()


def graph_of(project: Project, learned: Learned, steps: Steps) -> Graphed:
    """Convert an estimator, describe its columns, and compare the two on every row.

    Args:
        project: the targets.
        learned: the estimator and its table.
        steps: shows the progress.

    Raises:
        Refusal: it has no exact conversion.
    """
    with steps.step(CONVERT):
        rows = learned.frame[list(learned.facts.columns)]
        converted = convert(learned.estimator, rows, series=learned.facts.series)
        contents = {GRAPH: converted.model.SerializeToString(deterministic=True)}
        if converted.vectorizers:
            contents[WORDS] = words(converted)
        probed = probe_columns(learned.estimator, learned.facts, rows, converted.kind)
        graphed = Graphed(converted, table_of(project, learned, converted, probed), contents)
        graphed = replace(graphed, null_refused=probed.null_refused)
    with steps.step(PARITY):
        ask = TableModel(trial_manifest(project.name, graphed), contents).predict
        found = check_parity(
            learned.estimator,
            learned.facts,
            learned.frame,
            graphed.table,
            ask,
            probed=probed,
            suspects=converted.conversion.foreign,
        )
    return replace(graphed, parity=parity_figures(found), notes=(*learned.notes, *parity_notes(found)))


def table_of(project: Project, learned: Learned, converted: Converted, probed: Probed) -> Table:
    """What the manifest says of the columns and the targets, without what is measured later.

    Args:
        project: the targets.
        learned: the table.
        converted: the graph.
        probed: what the estimator itself does with null and unseen values.
    """
    frame, columns = learned.frame, list(learned.facts.columns)
    roles = roles_of_feeds(
        converted.feeds,
        encoded=encoded_columns(learned.estimator, columns),
        closed=probed.closed | converted.unknown_refused,
        nullable=probed.nullable - converted.null_refused,
    )
    return Table(
        kind=converted.kind,
        columns=describe_columns(frame[columns], converted.used, roles, learned.titles, typical_rows(project, frame)),
        feeds=converted.feeds,
        targets=targets_of(project.targets, converted.labels, converted.targets, learned.titles),
        ignored=tuple(str(name) for name in frame if str(name) not in converted.used),
        words=WORDS if converted.vectorizers else "",
    )


def typical_rows(project: Project, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the most frequent class of the first target, whose common values go together; else all rows."""
    if not project.targets or frame[project.targets[0]].nunique() > MOST_CLASSES:
        return frame
    target = frame[project.targets[0]]
    return frame.take(np.flatnonzero(target == target.mode().iloc[0]))


def words(converted: Converted) -> bytes:
    """The word counters, as JSON."""
    return msgspec.json.encode({name: describe_words(one) for name, one in sorted(converted.vectorizers.items())})


def trial_manifest(name: str, graphed: Graphed) -> Manifest:
    """A manifest that serves a graph before anything was measured, as JSON gives it back."""
    manifest = Manifest(
        format=FORMAT,
        name=name,
        classes=classes_of(graphed.table),
        graphs={ROLE: describe_graph(graphed, {})},
        thresholds={},
        data=Data("", "", "", 0, {}),
        libraries={},
        command="",
        files={file: describe(content) for file, content in graphed.contents.items()},
        version="",
        table=graphed.table,
    )
    return msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)


def classes_of(table: Table) -> tuple[str, ...]:
    """The classes of the only target, as texts; none for several targets and for numbers."""
    return tuple(str(text_of(label)) for label in table.targets[0].labels) if len(table.targets) == 1 else ()


def parity_figures(found: Parity) -> dict[str, float]:
    """The numbers of a comparison, as the manifest has them."""
    return {
        "rows": found.rows,
        "tried": found.tried,
        "max_abs_difference": float(f"{found.max_abs_difference:.3g}"),
        "label_mismatches": found.label_mismatches,
        "ties": found.ties,
    }


def parity_notes(found: Parity) -> list[Text]:
    """What a comparison left out."""
    notes = [fill(STRICT, column=name) for name in found.strict]
    return notes + ([fill(LEFT_OUT, rows=found.left_out)] if found.left_out else [])


def explained(learned: Learned, problem: Problem, graphed: Graphed) -> Graphed:
    """The same graph with its explanation, or why there is none.

    Args:
        learned: the estimator.
        problem: the training rows.
        graphed: its graph.
    """
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
    empty: Callable[[Any], Any] = lambda value: (  # noqa: E731 - one row of an input
        np.full((1, value.shape[1]), "", dtype=object)
        if value.type == "tensor(string)"
        else np.zeros((1, value.shape[1]))
    )
    row = {value.name: empty(value) for value in session.get_inputs()}
    names = [output.name for output in session.get_outputs()]
    return {name: int(value.shape[1]) for name, value in zip(names, session.run(names, row), strict=True)}
