"""The graph of the iris model: converted and compared as `python -m models new` does it."""

from dataclasses import replace
from pathlib import Path

import msgspec
from sklearn.pipeline import Pipeline

from training.new.fitted_columns import FittedFacts
from training.new.graphing import Graphed, graph_of
from training.new.learning import Learned
from training.new.progress import Steps
from training.new.project import Project
from training.new.uncertainty import COVERAGE

from .data import FRENCH, NAMES, TARGET, Flowers

PROJECT = Project("predict_species", Path(__file__).parent, data="", targets=(TARGET,))
TITLES = dict(zip(NAMES, zip(FRENCH, NAMES, strict=True), strict=True))


def graph(estimator: Pipeline, flowers: Flowers) -> Graphed:
    """The graph of an estimator that was fitted on every flower, with what the manifest says of its columns.

    Raises:
        Refusal: an answer of the graph is not the estimator's.
    """
    learned = Learned(flowers.table(), estimator, FittedFacts(NAMES), titles=TITLES)
    with Steps() as steps:
        graphed = graph_of(PROJECT, learned, steps)
    # A request has no species. The coverage is written, as in every manifest that `new` makes.
    return replace(graphed, table=msgspec.structs.replace(graphed.table, ignored=(), coverage=COVERAGE))
