"""A logistic regression that is a sum of one curve a column, and that never counts a better result against anyone."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin

from shared.model.bundle import Feature

from .ramps import ramps_of

Floats = NDArray[np.float64]

STRENGTH = 0.5
"""C, the inverse of the L2 penalty: a code seen a few times weighs next to nothing."""
PIECES = 6
"""How many straight pieces the curve of a quantity has at most."""
RARE = 20
"""A code that fewer students have has no weight of its own: with the codes never seen, it is the reference."""
NEUTRAL = {"application_mode": frozenset({15, 57})}
"""Admission as an international student says a nationality, which the model must not read: no weight either."""
FALLING = frozenset(
    {
        "admission_grade",
        "curricular_units_1st_sem_approved",
        "curricular_units_1st_sem_grade",
        "curricular_units_2nd_sem_approved",
        "curricular_units_2nd_sem_grade",
        "previous_qualification_grade",
    }
)
"""More of these, all else equal, never raises the log-odds of failing: their curves only go down, or stay level."""


class Additive(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Log-odds = intercept + one weight a frequent code + for each quantity a curve of straight pieces.

    A curve is a sum of ramps, 0 before `start`, 1 after `start + length`; where all its weights are negative or nil it
    never rises, which is how `FALLING` is kept. Beyond the values that training held, a curve is level.

    Fitted attributes: `code_owners_`, `codes_` (c,); `ramp_owners_`, `starts_`, `lengths_` (r,), owners being places in
    `inputs`; `coef_` (1, c + r) on the columns of `design`, `intercept_` (1,), `average_` (c + r,) of the students.
    """

    def __init__(
        self,
        inputs: tuple[Feature, ...],
        strength: float = STRENGTH,
        pieces: int = PIECES,
        falling: frozenset[str] = FALLING,
        neutral: dict[str, frozenset[int]] = NEUTRAL,
    ) -> None:
        self.inputs = inputs
        self.strength = strength
        self.pieces = pieces
        self.falling = falling
        self.neutral = neutral

    def design(self, rows: NDArray[np.floating]) -> Floats:
        """What the weights multiply, each in [0, 1]: (n, len(inputs)) to (n, c + r)."""
        same = rows[:, self.code_owners_] == self.codes_
        along = (rows[:, self.ramp_owners_].astype(np.float64) - self.starts_) / self.lengths_
        return np.hstack([same, np.clip(along, 0, 1)])

    def fit(self, rows: NDArray[np.floating], failed: NDArray[np.bool_]) -> Self:
        """Learn from rows (n, len(inputs)) and outcomes (n,), by L-BFGS-B: deterministic, bounds kept exactly."""
        self.classes_ = np.array([False, True])
        self._choose_codes(rows)
        self._choose_ramps(rows.astype(np.float64))
        design = self.design(rows)
        scale = np.concatenate([np.ones(len(self.codes_)), self._ramp_scale(design[:, len(self.codes_) :])])
        self.average_ = design.mean(axis=0)
        found = self._solve((design - self.average_) * scale, failed)
        self.coef_ = (found[1:] * scale)[None, :]
        self.intercept_ = found[:1] - self.coef_[0] @ self.average_
        return self

    @property
    def baseline(self) -> float:
        """The log-odds of failing of the average student that was learnt from."""
        return float(self.intercept_[0] + self.coef_[0] @ self.average_)

    @property
    def weights(self) -> Floats:
        """(c + r, len(inputs)): each weight in the column of its owner."""
        owners = np.concatenate([self.code_owners_, self.ramp_owners_])
        spread: Floats = self.coef_[0][:, None] * np.eye(len(self.inputs))[owners]
        return spread

    def contributions(self, rows: NDArray[np.floating]) -> Floats:
        """What each column of rows (n, len(inputs)) adds to the log-odds, beside the average student."""
        found: Floats = (self.design(rows) - self.average_) @ self.weights
        return found

    def decision_function(self, rows: NDArray[np.floating]) -> Floats:
        """The log-odds of failing (n,)."""
        log_odds: Floats = self.design(rows) @ self.coef_[0] + self.intercept_[0]
        return log_odds

    def predict_proba(self, rows: NDArray[np.floating]) -> Floats:
        """The probabilities (n, 2) of success and of failure."""
        failure = expit(self.decision_function(rows))
        return np.stack([1 - failure, failure], axis=1)

    def predict(self, rows: NDArray[np.floating]) -> NDArray[np.bool_]:
        """True (n,) where failure is the more probable."""
        return self.decision_function(rows) > 0

    def _choose_codes(self, rows: NDArray[np.floating]) -> None:
        chosen = []
        for place, feature in enumerate(self.inputs):
            if feature.categories is not None:
                codes, counts = np.unique(rows[:, place], return_counts=True)
                kept = [code for code in codes[counts >= RARE] if code not in self.neutral.get(feature.name, ())]
                chosen += [(place, code) for code in kept]
        self.code_owners_ = np.array([place for place, _ in chosen], dtype=np.int64)
        self.codes_ = np.array([code for _, code in chosen], dtype=np.float64)

    def _choose_ramps(self, rows: Floats) -> None:
        quantities = [place for place, feature in enumerate(self.inputs) if feature.categories is None]
        found = {place: ramps_of(self.inputs[place].name, rows[:, place], self.pieces) for place in quantities}
        ramps = [(place, *ramp) for place in quantities for ramp in found[place]]
        owners, starts, ends, whole = zip(*ramps, strict=True)
        self.ramp_owners_ = np.array(owners, dtype=np.int64)
        self.starts_, self.lengths_ = np.array(starts), np.array(ends) - np.array(starts)
        self._whole = np.array(whole)

    def _ramp_scale(self, ramps: Floats) -> Floats:
        """A ramp over the whole range counts as a standardised quantity does."""
        return np.where(self._whole, 1 / ramps.std(axis=0), 1.0)

    def _solve(self, design: Floats, failed: NDArray[np.bool_]) -> Floats:
        """The intercept and the weights that make C * log-loss + |weights|^2 / 2 least within their bounds."""
        names = [self.inputs[place].name for place in (*self.code_owners_, *self.ramp_owners_)]
        bounds = [(None, None), *((None, 0.0) if name in self.falling else (None, None) for name in names)]

        def loss(found: Floats) -> tuple[float, Floats]:
            log_odds = found[0] + design @ found[1:]
            value = self.strength * (np.logaddexp(0, log_odds) - failed * log_odds).sum() + found[1:] @ found[1:] / 2
            slope = self.strength * (expit(log_odds) - failed)
            return float(value), np.concatenate([[slope.sum()], slope @ design + found[1:]])

        start, options = np.zeros(1 + design.shape[1]), {"maxiter": 5000, "ftol": 1e-12, "gtol": 1e-6}
        solution: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        return solution
