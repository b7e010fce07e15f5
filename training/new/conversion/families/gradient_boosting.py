"""Gradient boosting of scikit-learn (GradientBoosting): a start, and trees that each add to one target."""

from typing import Any

import numpy as np

from training.new.conversion.conversion import Conversion
from training.new.conversion.families.trees import rounded, tree_of
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import predictor
from training.new.conversion.tree_ensemble import Ensemble, Scale, Tree, for_target, sum_of_trees
from training.new.conversion.values import Matrix, Prediction, Value

RANDOM_START = (
    (
        "{step} part d'un modèle qui tire ses réponses au hasard (init={start}) : réentraînez sans init, ou avec "
        "init='zero'."
    ),
    "{step} starts from a model that answers at random (init={start}): train again without init, or with init='zero'.",
)


@predictor("GradientBoostingClassifier")
def predict_classes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """Log-odds of the second class, or one score for each class, as probabilities."""
    graph = conversion.graph
    halves = 2.0 if estimator.loss == "exponential" else 1.0
    scores = _raw(conversion, estimator, value, "log_odds", halves)
    if len(estimator.classes_) > 2:
        return Prediction(
            estimator.classes_, label=graph.argmax(scores), scores=scores, probabilities=graph.softmax(scores)
        )
    return Prediction(
        estimator.classes_,
        label=graph.positive(scores, or_zero=True),
        scores=scores,
        probabilities=graph.both(graph.sigmoid(graph.scale(scores, halves))),
    )


@predictor("GradientBoostingRegressor")
def predict_numbers(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The start and the trees, added: every loss has the identity as its link."""
    return Prediction(value=_raw(conversion, estimator, value, "value", 1.0))


def _raw(conversion: Conversion, estimator: Any, value: Value, scale: Scale, factor: float) -> Name:
    """What `decision_function` or `predict` answers; `factor` times it is noted for the explanation."""
    matrix = rounded(conversion, estimator, value)
    trees = _trees(estimator)
    total = sum_of_trees(conversion.graph, matrix, trees)
    if not _is_constant(estimator.init_):
        return conversion.graph.op("Add", total, _start(conversion, estimator, matrix))
    row = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    start = np.asarray(estimator._raw_predict_init(row)[0], dtype=np.float64)  # noqa: SLF001
    features = tuple(range(matrix.width))
    conversion.ensembles[id(estimator)] = Ensemble(tuple(trees), start * factor, factor, matrix, features, scale)
    return conversion.graph.shift(total, start[None])


def _trees(estimator: Any) -> list[Tree]:
    targets = estimator.estimators_.shape[1]
    rate = estimator.learning_rate
    return [
        tree_of(one.tree_, for_target(rate * one.tree_.value[:, 0, 0], target, targets))
        for stage in estimator.estimators_
        for target, one in enumerate(stage)
    ]


def _is_constant(start: Any) -> bool:
    """Whether boosting starts from the same answer for every row. Raises Refusal: from one drawn at random."""
    if isinstance(start, str):
        return True
    name = type(start).__name__
    if name == "DummyClassifier" and start.strategy in ("stratified", "uniform"):
        raise Refusal(RANDOM_START, step="GradientBoostingClassifier", start=f"{name}({start.strategy!r})")
    return name in ("DummyClassifier", "DummyRegressor")


def _start(conversion: Conversion, estimator: Any, matrix: Matrix) -> Name:
    """The answers of another model, on the scale of the trees."""
    graph = conversion.graph
    prediction = conversion.predict(estimator.init_, matrix)
    if prediction.value is not None:
        return prediction.value
    if prediction.probabilities is None:
        raise TypeError("a classifier that boosting starts from has probabilities")
    tiny = np.finfo(np.float64).eps
    bounded = graph.op("Clip", prediction.probabilities, graph.constant(tiny), graph.constant(1 - tiny))
    logarithms = graph.op("Log", bounded)
    if len(estimator.classes_) > 2:
        mean = graph.scale(graph.row_sum(logarithms), 1 / len(estimator.classes_))
        return graph.op("Sub", logarithms, mean)
    odds = graph.op("Sub", graph.take(logarithms, 1), graph.op("Log", _but_one(conversion, bounded)))
    return graph.scale(odds, 0.5) if estimator.loss == "exponential" else odds


def _but_one(conversion: Conversion, bounded: Name) -> Name:
    """1 minus the probability of the second class."""
    return conversion.graph.op("Sub", conversion.graph.constant(1.0), conversion.graph.take(bounded, 1))
