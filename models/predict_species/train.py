"""Train the iris model: linear discriminant analysis on standardised measures."""

from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.export import PROBABILITIES, Measured, convert, describe_graph, parameters_of, parity, run

from .candidates import CHOSEN, compare
from .card_figures import card
from .data import CLASSES, describe, load
from .log_rows import ROLE, reference
from .plots import plots
from .recipe import folds, recipe

FILE = "species.onnx"


def train(options: Options) -> Trained:
    """Compare by repeated cross-validation, then learn the chosen model from every flower."""
    flowers = load()
    unseen = compare(flowers, folds(flowers, options), options.seed)
    figures = {name: found.figures() for name, found in unseen.items()}
    estimator = recipe().fit(flowers.rows, flowers.labels)
    graph = convert(estimator, len(flowers.inputs))
    content = graph.SerializeToString()
    found = run(content, flowers.rows)[PROBABILITIES]
    distance = parity(found, estimator.predict_proba(flowers.rows))
    facts = describe_graph(Measured(FILE, graph, distance, figures[CHOSEN]), flowers.inputs)
    return Trained(
        classes=CLASSES,
        graphs={ROLE: facts},
        contents={FILE: content, REFERENCE: reference(flowers, found)},
        thresholds={},
        data=describe(),
        card=card(figures, unseen[CHOSEN], options),
        plots=plots(flowers, unseen[CHOSEN]),
        parameters=parameters_of(estimator),
        compared=figures,
    )
