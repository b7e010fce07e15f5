"""Trains the three models of student failure, one per stage."""

import numpy as np

from shared.model.bundle import Graph
from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.drift.reference import encode
from training.export import PROBABILITIES, MeasuredGraph, describe_graph, parity, run
from training.metrics import Figures

from . import abstention
from .additive import PIECES, STRENGTH
from .candidates import compare
from .card_figures import card
from .data import CLASSES, describe
from .fairness import groups
from .graph import additive_graph
from .log_rows import reference
from .plots import plots
from .study import LAST, Study, choose_band, measure_stages, with_band


def train(options: Options) -> Trained:
    """Measure each stage, compare the candidates, and convert the estimators fitted on every student.

    `options.quick` takes fewer and smaller candidates, fewer folds, shuffles and resamples; the graphs are the same.
    """
    studies = measure_stages(options)
    low = choose_band(studies)
    compared = compare(options)
    rates = groups(studies[LAST].students.failed, studies[LAST].out_of_fold)
    references = {stage: reference(stage, study.students, study.out_of_fold) for stage, study in studies.items()}
    figures = {stage: with_band(study, low) for stage, study in studies.items()}
    graphs = {stage: graph_of(stage, study, figures[stage]) for stage, study in studies.items()}
    return Trained(
        classes=CLASSES,
        graphs={stage: facts for stage, (facts, _) in graphs.items()},
        contents={facts.file: content for facts, content in graphs.values()} | {REFERENCE: encode(references)},
        thresholds=abstention.thresholds(low),
        data=describe(),
        card=card(figures, low, compared, rates),
        plots=plots(studies, low, rates),
        parameters={"strength": str(STRENGTH), "pieces": str(PIECES)},
        compared={name: _flat(stages) for name, stages in compared.items()},
    )


def graph_of(stage: str, study: Study, figures: Figures) -> tuple[Graph, bytes]:
    """The description and the bytes of a stage's graph.

    Args:
        stage: of the model.
        study: its result.
        figures: its metrics.

    Raises:
        ParityError: the graph differs from the estimator.
    """
    model = additive_graph(study.estimator)
    content = model.SerializeToString()
    rows = study.students.rows
    distance = parity(run(content, rows)[PROBABILITIES], study.estimator.predict_proba(rows))
    constants = {"baseline": float(np.float32(study.estimator.baseline))}
    facts = describe_graph(MeasuredGraph(f"{stage}.onnx", model, distance, figures, constants), study.students.inputs)
    return facts, content


def _flat(stages: dict[str, Figures]) -> Figures:
    return {f"{stage}_{name}": value for stage, figures in stages.items() for name, value in figures.items()}
