"""Estimators made of others: pipelines and searches, votes, stacks, blends, calibration, transformed targets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from training.new.conversion.conversion import Conversion
from training.new.explanation_parts import Part, Scale, Unexplained, side_by_side, total
from training.new.explanation_registry import NO_SUM, explains, part_of

INSIDE = (
    "{name} réunit des réponses qui ne s'additionnent pas sur une même échelle ({inside}) : pas d'explication exacte.",
    "{name} combines answers that do not add up on one scale ({inside}): no exact explanation.",
)


def _unexplained(estimator: Any, inside: Sequence[Any]) -> Unexplained:
    names = ", ".join(dict.fromkeys(type(_last(one)).__name__ for one in inside))
    return Unexplained(INSIDE, name=type(estimator).__name__, inside=names)


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if type(estimator).__name__ == "Pipeline" else estimator


def _parts(conversion: Conversion, estimator: Any, inside: Sequence[Any], scales: Sequence[Scale]) -> list[Part]:
    """The parts of the estimators inside; all on one of these scales, with the same number of outputs."""
    parts = [part_of(conversion, one) for one in inside]
    if any(part.scale not in scales for part in parts) or len({(part.scale, part.outputs) for part in parts}) != 1:
        raise _unexplained(estimator, inside)
    return parts


def _weighted(parts: Sequence[Part], weights: ArrayLike) -> Part:
    each = np.broadcast_to(np.asarray(weights, dtype=np.float64), (len(parts),))
    return total([part.times(float(weight)) for part, weight in zip(parts, each, strict=True)])


def _mean(parts: Sequence[Part], weights: Sequence[float] | None) -> Part:
    shares = np.ones(len(parts)) if weights is None else np.asarray(weights, dtype=np.float64)
    return _weighted(parts, shares / shares.sum())


def _second(part: Part) -> Part:
    """The probability of the second of two classes; any other part as it is."""
    return part.project([[0.0], [1.0]]) if part.outputs == 2 else part


@explains("Pipeline")
def explain_pipeline(conversion: Conversion, pipeline: Any) -> Part:
    """The last step."""
    return part_of(conversion, pipeline.steps[-1][1])


@explains("GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV")
def explain_search(conversion: Conversion, search: Any) -> Part:
    """The best estimator."""
    return part_of(conversion, search.best_estimator_)


@explains("FrozenEstimator")
def explain_frozen(conversion: Conversion, frozen: Any) -> Part:
    """The estimator that it holds."""
    return part_of(conversion, frozen.estimator)


@explains("FixedThresholdClassifier", "RANSACRegressor", "TunedThresholdClassifierCV")
def explain_fitted(conversion: Conversion, wrapper: Any) -> Part:
    """The estimator that it fitted. A threshold decides about the score, which is what is explained."""
    return part_of(conversion, wrapper.estimator_)


@explains("TransformedTargetRegressor")
def explain_transformed_target(conversion: Conversion, estimator: Any) -> Part:
    """The inner number where the transformation is linear, the logarithm where it is one."""
    part, transformer = part_of(conversion, estimator.regressor_), estimator.transformer_
    if part.scale != "value":
        raise _unexplained(estimator, [estimator.regressor_])
    name = type(transformer).__name__
    if name == "FunctionTransformer":
        inverse = transformer.inverse_func
        if inverse is None:
            return part
        if inverse in (np.exp, np.expm1):
            return part.times(1.0, "log_value" if inverse is np.exp else "log1p_value")
    elif name in _INVERSES:
        factor, offset = _INVERSES[name](transformer)
        return part.times(float(np.ravel(factor)[0])).plus(np.ravel(offset)[:1])
    raise _unexplained(estimator, [transformer])


_INVERSES: dict[str, Any] = {
    "StandardScaler": lambda step: (
        1.0 if step.scale_ is None else step.scale_,
        0.0 if not step.with_mean else step.mean_,
    ),
    "MinMaxScaler": lambda step: (1 / step.scale_, -step.min_ / step.scale_),
    "MaxAbsScaler": lambda step: (step.scale_, 0.0),
    "RobustScaler": lambda step: (
        step.scale_ if step.with_scaling else 1.0,
        step.center_ if step.with_centering else 0.0,
    ),
}
"""The factor and the offset that give the target back."""


@explains("VotingRegressor")
def explain_mean_of_values(conversion: Conversion, vote: Any) -> Part:
    """The weighted mean of numbers."""
    return _mean(_parts(conversion, vote, vote.estimators_, ["value"]), vote._weights_not_none)  # noqa: SLF001


@explains("VotingClassifier")
def explain_soft_vote(conversion: Conversion, vote: Any) -> Part:
    """The weighted mean of probabilities, of estimators whose probabilities are sums themselves (forests)."""
    if vote.voting != "soft":
        raise Unexplained(NO_SUM, name="VotingClassifier(voting='hard')")
    return _mean(_parts(conversion, vote, vote.estimators_, ["probability"]), vote._weights_not_none)  # noqa: SLF001


@explains("BaggingClassifier", "BaggingRegressor")
def explain_bagging(conversion: Conversion, bag: Any) -> Part:
    """The mean of numbers, or of probabilities that are sums themselves."""
    classes = len(getattr(bag, "classes_", ()))
    if any(len(getattr(one, "classes_", ())) != classes for one in bag.estimators_):
        raise _unexplained(bag, bag.estimators_)
    return _mean(_parts(conversion, bag, bag.estimators_, ["probability" if classes else "value"]), None)


@explains("LogOddsBlend")
def explain_blend(conversion: Conversion, blend: Any) -> Part:
    """The weighted sum of log-odds; of the scores before the softmax for more than two classes.

    The floor of a member's probabilities, far below any that matters, is not explained.
    """
    return _weighted(_parts(conversion, blend, blend.estimators_, ["log_odds"]), blend.weights_)


@explains("ValueBlend")
def explain_blend_of_values(conversion: Conversion, blend: Any) -> Part:
    """The weighted sum of numbers."""
    return _weighted(_parts(conversion, blend, blend.estimators_, ["value"]), blend.weights_)


@explains("StackingRegressor")
def explain_stacked_values(conversion: Conversion, stack: Any) -> Part:
    """A linear model's weighted sum of the numbers of the others."""
    parts = _parts(conversion, stack, stack.estimators_, ["value"])
    return _stacked(conversion, stack, parts)


@explains("StackingClassifier")
def explain_stacked_classes(conversion: Conversion, stack: Any) -> Part:
    """A linear model's weighted sum of probabilities or scores that are sums themselves."""
    parts = [part_of(conversion, one) for one in stack.estimators_]
    for part, method in zip(parts, stack.stack_method_, strict=True):
        if method == "predict" or (method == "predict_proba") != (part.scale == "probability"):
            raise _unexplained(stack, stack.estimators_)
    two = len(stack.classes_) == 2
    return _stacked(
        conversion, stack, [part.project([[0.0], [1.0]]) if two and part.outputs == 2 else part for part in parts]
    )


def _stacked(conversion: Conversion, stack: Any, parts: Sequence[Part]) -> Part:
    final = stack.final_estimator_
    if stack.passthrough or not hasattr(final, "coef_"):
        raise _unexplained(stack, [*stack.estimators_, final])
    outer = part_of(conversion, final)
    starts = np.cumsum([0, *(part.outputs for part in parts)])
    weights = outer.linear[0].weights
    mixed = [
        part.project(weights[start : start + part.outputs], outer.scale)
        for part, start in zip(parts, starts, strict=False)
    ]
    return total(mixed).plus(outer.offset)


@explains("CalibratedClassifierCV")
def explain_calibrated(conversion: Conversion, calibrated: Any) -> Part:
    """One sigmoid over the score of two classes; the mean of several, and isotonic steps, are no sum."""
    inner = calibrated.calibrated_classifiers_
    if calibrated.method != "sigmoid" or len(inner) != 1 or len(calibrated.classes_) != 2:
        raise Unexplained(NO_SUM, name="CalibratedClassifierCV")
    part = _second(part_of(conversion, inner[0].estimator))
    sigmoid = inner[0].calibrators[0]
    return part.times(-float(sigmoid.a_), "log_odds").plus([-float(sigmoid.b_)])


@explains("OneVsRestClassifier")
def explain_one_vs_rest(conversion: Conversion, estimator: Any) -> Part:
    """The log-odds or the score of each class against the rest."""
    parts = _parts(conversion, estimator, estimator.estimators_, ["log_odds", "score"])
    if len(parts) == 1:
        return parts[0]
    return side_by_side(parts, "one_vs_rest" if parts[0].scale == "log_odds" else "score")
