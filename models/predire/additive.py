"""An additive logistic regression, one curve per column, that is monotone in results: a better one never hurts."""

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
"""C, the inverse of the L2 penalty: a code with few students weighs next to nothing."""
PIECES = 6
"""Largest number of linear pieces of the curve of a quantity."""
RARE = 20
"""Number of students below which a code has no weight, like unknown codes."""
NEUTRAL = {"application_mode": frozenset({15, 57})}
"""Codes without a weight, by column: admission as an international student reveals a nationality."""
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
"""Columns whose curves never rise: more of them, all else equal, never raises the log-odds of failing."""


class Additive(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Log-odds = intercept + one weight per frequent code + one piecewise linear curve per quantity.

    A curve is a sum of ramps, 0 before `start` and 1 after `start + length`. The columns of `FALLING` have no positive
    weight, so their curves never rise. A curve is constant outside the range of the training data.

    Fitted attributes: `code_owners_`, `codes_` (c,); `ramp_owners_`, `starts_`, `lengths_` (r,), where owners are
    indices into `inputs`; `coef_` (1, c + r) for the columns of `design`, `intercept_` (1,), and `average_` (c + r,),
    the mean design of the training students.
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
        """The design matrix, in [0, 1]: from rows (n, len(inputs)) to (n, c + r)."""
        same = rows[:, self.code_owners_] == self.codes_
        along = (rows[:, self.ramp_owners_].astype(np.float64) - self.starts_) / self.lengths_
        return np.hstack([same, np.clip(along, 0, 1)])

    def fit(self, rows: NDArray[np.floating], failed: NDArray[np.bool_]) -> Self:
        """Fit on rows (n, len(inputs)) and outcomes (n,) by L-BFGS-B, which is deterministic and respects bounds."""
        self.classes_ = np.array([False, True])
        self._choose_codes(rows)
        self._choose_ramps(rows.astype(np.float64))
        design = self.design(rows)
        scale = np.concatenate([np.ones(len(self.codes_)), self._ramp_scale(design[:, len(self.codes_) :])])
        self.average_ = design.mean(axis=0)
        solution = self._solve((design - self.average_) * scale, failed)
        self.coef_ = (solution[1:] * scale)[None, :]
        self.intercept_ = solution[:1] - self.coef_[0] @ self.average_
        return self

    @property
    def baseline(self) -> float:
        """The log-odds of failing of the average training student."""
        return float(self.intercept_[0] + self.coef_[0] @ self.average_)

    @property
    def weights(self) -> Floats:
        """(c + r, len(inputs)): each weight in the column of its owner."""
        owners = np.concatenate([self.code_owners_, self.ramp_owners_])
        spread: Floats = self.coef_[0][:, None] * np.eye(len(self.inputs))[owners]
        return spread

    def contributions(self, rows: NDArray[np.floating]) -> Floats:
        """The contribution (n, len(inputs)) of each column to the log-odds, relative to the average student."""
        contributions: Floats = (self.design(rows) - self.average_) @ self.weights
        return contributions

    def decision_function(self, rows: NDArray[np.floating]) -> Floats:
        """The log-odds of failing (n,)."""
        log_odds: Floats = self.design(rows) @ self.coef_[0] + self.intercept_[0]
        return log_odds

    def predict_proba(self, rows: NDArray[np.floating]) -> Floats:
        """The probabilities (n, 2) of success and of failure."""
        failure = expit(self.decision_function(rows))
        return np.stack([1 - failure, failure], axis=1)

    def predict(self, rows: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(n,): whether failure is more probable than success."""
        return self.decision_function(rows) > 0

    def _choose_codes(self, rows: NDArray[np.floating]) -> None:
        frequent = []
        for column, feature in enumerate(self.inputs):
            if feature.categories is not None:
                codes, counts = np.unique(rows[:, column], return_counts=True)
                weighted = [code for code in codes[counts >= RARE] if code not in self.neutral.get(feature.name, ())]
                frequent += [(column, code) for code in weighted]
        self.code_owners_ = np.array([column for column, _ in frequent], dtype=np.int64)
        self.codes_ = np.array([code for _, code in frequent], dtype=np.float64)

    def _choose_ramps(self, rows: Floats) -> None:
        quantities = [column for column, feature in enumerate(self.inputs) if feature.categories is None]
        ramps = [
            (column, *ramp)
            for column in quantities
            for ramp in ramps_of(self.inputs[column].name, rows[:, column], self.pieces)
        ]
        owners, starts, ends, whole = zip(*ramps, strict=True)
        self.ramp_owners_ = np.array(owners, dtype=np.int64)
        self.starts_, self.lengths_ = np.array(starts), np.array(ends) - np.array(starts)
        self._whole = np.array(whole)

    def _ramp_scale(self, ramps: Floats) -> Floats:
        """Scale a ramp over the whole range like a standardised quantity."""
        return np.where(self._whole, 1 / ramps.std(axis=0), 1.0)

    def _solve(self, design: Floats, failed: NDArray[np.bool_]) -> Floats:
        """Minimise C * log-loss + |weights|^2 / 2 within the bounds; returns the intercept, then the weights."""
        names = [self.inputs[column].name for column in (*self.code_owners_, *self.ramp_owners_)]
        bounds = [(None, None), *((None, 0.0) if name in self.falling else (None, None) for name in names)]

        def loss(parameters: Floats) -> tuple[float, Floats]:
            log_odds = parameters[0] + design @ parameters[1:]
            misfit = (np.logaddexp(0, log_odds) - failed * log_odds).sum()
            value = self.strength * misfit + parameters[1:] @ parameters[1:] / 2
            slope = self.strength * (expit(log_odds) - failed)
            return float(value), np.concatenate([[slope.sum()], slope @ design + parameters[1:]])

        start, options = np.zeros(1 + design.shape[1]), {"maxiter": 5000, "ftol": 1e-12, "gtol": 1e-6}
        solution: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        return solution
