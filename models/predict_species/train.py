"""Trains the iris model: linear discriminant analysis on standardised measurements."""

from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.export import PROBABILITIES, MeasuredGraph, convert, describe_graph, parameters_of, parity, run

from .candidates import CHOSEN, compare
from .card_figures import card
from .data import CLASSES, describe, load
from .log_rows import ROLE, reference
from .plots import plots
from .recipe import folds, recipe

FILE = "species.onnx"


def train(options: Options) -> Trained:
    """Compare the candidates by repeated cross-validation, then fit the chosen one on every flower."""
    flowers = load()
    predictions = compare(flowers, folds(flowers, options), options.seed)
    figures = {name: one.figures() for name, one in predictions.items()}
    estimator = recipe().fit(flowers.rows, flowers.labels)
    graph = convert(estimator, len(flowers.inputs))
    content = graph.SerializeToString()
    probabilities = run(content, flowers.rows)[PROBABILITIES]
    distance = parity(probabilities, estimator.predict_proba(flowers.rows))
    facts = describe_graph(MeasuredGraph(FILE, graph, distance, figures[CHOSEN]), flowers.inputs)
    return Trained(
        classes=CLASSES,
        graphs={ROLE: facts},
        contents={FILE: content, REFERENCE: reference(flowers, probabilities)},
        thresholds={},
        data=describe(),
        card=card(figures, predictions[CHOSEN], options),
        plots=plots(flowers, predictions[CHOSEN]),
        parameters=parameters_of(estimator),
        compared=figures,
    )
