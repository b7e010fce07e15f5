"""Train the three models of student failure, one a stage."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.predire.student import STAGES
from models.card import decimal, percent, render
from models.export import PROBABILITIES, Measured, describe_graph, parity, run
from models.metrics import binary
from models.training import Options, Trained
from shared.model_store import Graph

from . import abstention
from .data import CLASSES, Students, describe, load
from .graph import explained
from .recipe import out_of_fold, recipe

LAST = "semestre_2"


@dataclass(frozen=True, slots=True)
class Stage:
    """One trained stage: the facts and the bytes of its graph."""

    facts: Graph
    content: bytes


def train(options: Options) -> Trained:
    """Measure each stage by cross-validation, then learn from every student.

    `options.quick` changes nothing: a second is enough for all of it.
    """
    students = {stage: load(stage) for stage in STAGES}
    unseen = {stage: out_of_fold(known, options.seed, stage) for stage, known in students.items()}
    low = abstention.narrowest(students[LAST].failed, unseen[LAST])
    figures = {stage: measure(known, unseen[stage], low) for stage, known in students.items()}
    stages = {stage: train_stage(stage, known, figures[stage]) for stage, known in students.items()}
    return Trained(
        classes=CLASSES,
        graphs={stage: trained.facts for stage, trained in stages.items()},
        contents={trained.facts.file: trained.content for trained in stages.values()},
        thresholds=abstention.thresholds(low),
        data=describe(),
        card=card(figures, low),
    )


def measure(students: Students, probability: NDArray[np.float64], low: float) -> dict[str, float]:
    """The figures of one stage, from the probability of failure (n,) that each student was given unseen."""
    return binary(students.failed, probability) | abstention.measure(students.failed, probability, low)


def train_stage(stage: str, students: Students, figures: dict[str, float]) -> Stage:
    """The model of one stage, learnt from every student."""
    estimator = recipe(students.inputs).fit(students.rows, students.failed)
    graph, baseline = explained(estimator, students)
    content = graph.SerializeToString()
    distance = parity(run(content, students.rows)[PROBABILITIES], estimator.predict_proba(students.rows))
    constants = {"baseline": float(np.float32(baseline))}
    return Stage(
        describe_graph(Measured(f"{stage}.onnx", graph, distance, figures, constants), students.inputs), content
    )


def card(figures: dict[str, dict[str, float]], low: float) -> str:
    """The model card."""
    words = {"low": percent(low, 0), "high": percent(1 - low, 0)}
    for stage, measured in figures.items():
        words |= {f"{stage}_{name}": decimal(measured[name]) for name in ("auc", "brier", "ece")}
        shares = ("accuracy", "abstention_share", "abstention_error_outside")
        words |= {f"{stage}_{name}": percent(measured[name]) for name in shares}
    return render(Path(__file__).with_name("card.template.md"), words)
