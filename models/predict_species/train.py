"""Train the iris model: linear discriminant analysis on standardised measures."""

from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from models.card import decimal, percent, render
from models.export import PROBABILITIES, Measured, convert, describe_graph, parity, run
from models.metrics import multiclass
from models.report import track
from models.training import Options, Trained

from .data import CLASSES, Flowers, describe, load

ROLE = "species"
FILE = "species.onnx"
FOLDS = 10
REPEATS = 5


def recipe() -> Pipeline:
    """The estimator, not fitted: its model is what the species are, near normal with near equal covariances."""
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())


def train(options: Options) -> Trained:
    """Measure by repeated cross-validation, then learn from every flower."""
    flowers = load()
    figures = measure(flowers, options)
    estimator = recipe().fit(flowers.rows, flowers.labels)
    graph = convert(estimator, len(flowers.inputs))
    content = graph.SerializeToString()
    found = run(content, flowers.rows)[PROBABILITIES]
    distance = parity(found, estimator.predict_proba(flowers.rows))
    facts = describe_graph(Measured(FILE, graph, distance, figures), flowers.inputs)
    return Trained(CLASSES, {ROLE: facts}, {FILE: content}, {}, describe(), card(figures))


def measure(flowers: Flowers, options: Options) -> dict[str, float]:
    """Figures of 10 stratified folds, 5 times (once when quick); each flower judged by a model that never saw it."""
    repeats = 1 if options.quick else REPEATS
    splits = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=options.seed)
    labels, probabilities = [], []
    for learnt, unseen in track(list(splits.split(flowers.rows, flowers.labels)), "validation croisée"):
        estimator = clone(recipe()).fit(flowers.rows[learnt], flowers.labels[learnt])
        labels.append(flowers.labels[unseen])
        probabilities.append(estimator.predict_proba(flowers.rows[unseen]))
    return multiclass(np.concatenate(labels), np.concatenate(probabilities))


def card(figures: dict[str, float]) -> str:
    """The model card."""
    words = {
        "accuracy": percent(figures["accuracy"]),
        "log_loss": decimal(figures["log_loss"]),
        "ece": decimal(figures["ece"]),
    }
    return render(Path(__file__).with_name("card.template.md"), words)
