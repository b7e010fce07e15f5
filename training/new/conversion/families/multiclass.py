"""Several binary classifiers that decide among many classes: one against the rest, pairs, codes."""

from typing import Any

import numpy as np
from onnx import TensorProto

from training.new.conversion.conversion import Conversion
from training.new.conversion.converter import label_of
from training.new.conversion.families.answers import (
    MULTILABEL,
    joined,
    own_probabilities,
    refusal,
    response,
)
from training.new.conversion.families.distances import nearest_label
from training.new.conversion.families.dummy import any_tensor
from training.new.conversion.families.linear import shares
from training.new.conversion.families.pairs import votes_and_scores
from training.new.conversion.graph_builder import Name
from training.new.conversion.registry import predictor
from training.new.conversion.values import Prediction, Value


@predictor("_ConstantPredictor")
def predict_constant(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The only class that a fold had: 0 or 1."""
    graph, tensor = conversion.graph, any_tensor(conversion, value)
    constant = float(np.ravel(estimator.y_)[0])
    return Prediction(
        np.arange(2),
        label=graph.flat(graph.cast(graph.fill(tensor, constant), TensorProto.INT64)),
        scores=graph.fill(tensor, constant),
        probabilities=graph.fill(tensor, [1.0 - constant, constant]),
    )


@predictor("OneVsRestClassifier")
def predict_one_against_rest(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The class whose classifier is surest."""
    if estimator.multilabel_:
        raise refusal(estimator, MULTILABEL)
    graph, count = conversion.graph, len(estimator.classes_)
    value = joined(conversion, value, "OneVsRestClassifier")
    inner = [conversion.predict(one, value) for one in estimator.estimators_]
    answers = [
        response(conversion, estimator, one, prediction)
        for one, prediction in zip(estimator.estimators_, inner, strict=True)
    ]
    scored = hasattr(estimator, "decision_function")
    surest = graph.concat(answers)
    label = _above(conversion, estimator, surest) if len(inner) == 1 else graph.argmax(surest)
    probabilities = None
    if hasattr(estimator, "predict_proba"):
        seconds = [
            graph.take(own_probabilities(estimator, one, prediction), 1)
            for one, prediction in zip(estimator.estimators_, inner, strict=True)
        ]
        each = graph.concat(seconds)
        probabilities = graph.both(each) if len(inner) == 1 else shares(conversion, each, count)
    return Prediction(estimator.classes_, label=label, probabilities=probabilities, scores=surest if scored else None)


@predictor("OneVsOneClassifier")
def predict_pairs(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The class that wins most pairs, the surest of those that win as many."""
    graph, count = conversion.graph, len(estimator.classes_)
    value = joined(conversion, value, "OneVsOneClassifier")
    inner = [conversion.predict(one, value) for one in estimator.estimators_]
    seconds = [graph.cast(graph.column(label_of(conversion, prediction))) for prediction in inner]
    sure = [
        response(conversion, estimator, one, prediction)
        for one, prediction in zip(estimator.estimators_, inner, strict=True)
    ]
    _, scores = votes_and_scores(conversion, graph.concat(seconds), graph.concat(sure), count)
    if count > 2:
        return Prediction(estimator.classes_, label=graph.argmax(scores), scores=scores)
    second = graph.take(scores, 1)
    return Prediction(estimator.classes_, label=_above(conversion, estimator, second), scores=second)


@predictor("OutputCodeClassifier")
def predict_codes(conversion: Conversion, estimator: Any, value: Value) -> Prediction:
    """The class whose code is nearest to the classifiers' answers."""
    value = joined(conversion, value, "OutputCodeClassifier")
    answers = [response(conversion, estimator, one, conversion.predict(one, value)) for one in estimator.estimators_]
    label = nearest_label(conversion, conversion.graph.concat(answers), np.asarray(estimator.code_book_, dtype=float))
    return Prediction(estimator.classes_, label=label)


def _above(conversion: Conversion, estimator: Any, second: Name) -> Name:
    """The second class where its score is above 0, or its probability above a half."""
    scored = hasattr(estimator.estimators_[0], "decision_function")
    return conversion.graph.positive(second if scored else conversion.graph.shift(second, -0.5))
