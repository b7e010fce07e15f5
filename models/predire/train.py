"""Train the three models of student failure, one a stage."""

import numpy as np

from shared.model.bundle import Graph
from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.drift.reference import encode
from training.export import PROBABILITIES, Measured, describe_graph, parity, run
from training.metrics import Figures

from . import abstention
from .additive import PIECES, STRENGTH
from .candidates import compare
from .card_figures import card
from .data import CLASSES, describe
from .fairness import groups
from .graph import explained
from .log_rows import reference
from .plots import pictures
from .study import LAST, Study, band, studies, with_band


def train(options: Options) -> Trained:
    """Measure each stage, compare it with other models, and make its graph of what was learnt from every student.

    `options.quick` compares fewer and smaller models by fewer folds, shuffles them less often and draws fewer samples;
    the graphs are the same.
    """
    found = studies(options)
    low = band(found)
    compared = compare(options)
    judged = groups(found[LAST].students.failed, found[LAST].unseen)
    before = {stage: reference(stage, one.students, one.unseen) for stage, one in found.items()}
    figures = {stage: with_band(one, low) for stage, one in found.items()}
    graphs = {stage: graph_of(stage, one, figures[stage]) for stage, one in found.items()}
    return Trained(
        classes=CLASSES,
        graphs={stage: facts for stage, (facts, _) in graphs.items()},
        contents={facts.file: content for facts, content in graphs.values()} | {REFERENCE: encode(before)},
        thresholds=abstention.thresholds(low),
        data=describe(),
        card=card(figures, low, compared, judged),
        plots=pictures(found, low, judged),
        parameters={"strength": str(STRENGTH), "pieces": str(PIECES)},
        compared={name: _flat(stages) for name, stages in compared.items()},
    )


def graph_of(stage: str, one: Study, figures: Figures) -> tuple[Graph, bytes]:
    """The facts and the bytes of a stage's graph.

    Raises:
        ParityError: it does not answer as the estimator.
    """
    model = explained(one.estimator)
    content = model.SerializeToString()
    rows = one.students.rows
    distance = parity(run(content, rows)[PROBABILITIES], one.estimator.predict_proba(rows))
    constants = {"baseline": float(np.float32(one.estimator.baseline))}
    facts = describe_graph(Measured(f"{stage}.onnx", model, distance, figures, constants), one.students.inputs)
    return facts, content


def _flat(stages: dict[str, Figures]) -> Figures:
    return {f"{stage}_{name}": value for stage, figures in stages.items() for name, value in figures.items()}
