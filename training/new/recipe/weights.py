"""Weights of the members of a blend, from their predictions of rows that they were not fitted on."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
Loss = Callable[[Array], tuple[float, Array]]
"""The loss of weights, and its slope."""

SMALLEST_SHARE = 0.05
"""Share of the sum of the weights below which a member is left out."""
STRENGTH = 2.0
"""Rows that speak for equal weights: what small tables cannot tell stays equal."""
NOISE = 0.1
"""Squared error of such a row, as a share of the target's variance."""


def pool(logarithms: Sequence[Array], weights: Sequence[float]) -> Array:
    """Softmax of a weighted sum of log-probabilities (rows, classes)."""
    total = sum((weight * one for weight, one in zip(weights, logarithms, strict=True)), np.zeros(1))
    powers = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_odds_weights(logarithms: Sequence[Array], places: NDArray[np.int64]) -> tuple[float, ...]:
    """Weights, at least 0, with the smallest log-loss of `pool`. Their sum is not 1: it corrects the confidence too.

    Args:
        logarithms: log-probabilities (rows, classes) of each member.
        places: the column of each row's class.
    """
    stacked = np.stack(logarithms)

    def loss(weights: Array) -> tuple[float, Array]:
        chances = pool(logarithms, [float(weight) for weight in weights])
        rows = np.arange(len(places))
        own = stacked[:, rows, places].sum(axis=1)
        slope = np.einsum("mrc,rc->m", stacked, chances) - own
        off = weights - 1 / len(weights)
        value = -np.log(np.maximum(chances[rows, places], 1e-300)).sum() + STRENGTH * float(off @ off)
        return float(value), slope + 2 * STRENGTH * off

    return _without_small(len(logarithms), lambda kept: _minimum(loss, len(logarithms), kept))


def value_weights(values: Sequence[Array], target: Array, *, logarithm: bool = False) -> tuple[float, ...]:
    """Weights, at least 0 with a sum of 1, with the smallest squared error.

    Args:
        values: numbers (rows,) that each member predicts.
        target: the right ones (rows,).
        logarithm: whether both are logarithms, of numbers whose squared error counts.
    """
    stacked = np.stack(values)
    right = np.exp(target) if logarithm else target
    scale = float(np.var(right)) or 1.0

    def error(weights: Array) -> tuple[float, Array]:
        mean = weights @ stacked
        number, rate = (np.exp(mean), np.exp(mean)) if logarithm else (mean, np.ones(1))
        off, apart = number - right, weights - 1 / len(weights)
        value = float(off @ off) / scale + STRENGTH * NOISE * float(apart @ apart)
        return value, 2 * stacked @ (off * rate) / scale + 2 * STRENGTH * NOISE * apart

    return _without_small(len(values), lambda kept: _on_simplex(error, kept))


def _minimum(loss: Loss, count: int, kept: Sequence[bool]) -> Array:
    bounds = [(0, None) if keep else (0, 0) for keep in kept]
    return np.asarray(minimize(loss, np.array(kept) / count, jac=True, method="L-BFGS-B", bounds=bounds).x)


def _on_simplex(error: Loss, kept: Sequence[bool]) -> Array:
    """The weights with a sum of 1 and the smallest error."""
    found = minimize(
        error,
        np.array(kept) / sum(kept),
        jac=True,
        method="SLSQP",
        bounds=[(0, None) if keep else (0, 0) for keep in kept],
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": np.ones_like},
    )
    return np.asarray(found.x)


def _without_small(count: int, optimum: Callable[[Sequence[bool]], Array]) -> tuple[float, ...]:
    kept = [True] * count
    while True:
        weights = optimum(kept)
        if not weights.any():  # nothing predicts the target: the answer is close to chance
            return (SMALLEST_SHARE, *[0.0] * (count - 1))
        shares = weights / weights.sum()
        small = [at for at in range(count) if kept[at] and shares[at] < SMALLEST_SHARE]
        if not small:
            return tuple(round(float(weight), 4) for weight in weights)
        kept[min(small, key=lambda at: shares[at])] = False
