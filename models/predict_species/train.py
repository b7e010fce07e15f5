"""Trains the iris model: linear discriminant analysis on standardised measurements."""

from shared.model.table import ROLE
from training.contract import Options, Trained
from training.drift.reference import FILE as REFERENCE
from training.export import parameters_of
from training.new.answers import Answers
from training.new.graphing import describe_graph
from training.new.reference import reference

from .candidates import CHOSEN, compare
from .card_figures import card
from .data import CLASSES, describe, load
from .graph import graph
from .plots import plots
from .recipe import fitted, folds


def train(options: Options) -> Trained:
    """Compare the candidates by repeated cross-validation, then fit the chosen one on every flower."""
    flowers = load()
    predictions = compare(flowers, folds(flowers, options), options.seed)
    figures = {name: one.figures() for name, one in predictions.items()}
    estimator = fitted(flowers)
    graphed = graph(estimator, flowers)
    given = Answers(estimator.predict(flowers.inputs()).reshape(-1, 1))
    return Trained(
        classes=CLASSES,
        graphs={ROLE: describe_graph(graphed, figures[CHOSEN])},
        contents={**graphed.contents, REFERENCE: reference(graphed.table, flowers.inputs(), given)},
        thresholds={},
        data=describe(),
        card=card(figures, predictions[CHOSEN], options),
        plots=plots(flowers, predictions[CHOSEN]),
        parameters=parameters_of(estimator),
        compared=figures,
        table=graphed.table,
    )
