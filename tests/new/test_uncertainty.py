"""Sets and intervals hold the truth 9 times out of 10 on new rows, and say so; training rows would lie."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.model.table import CLASSES, VALUES
from training.contract import Options
from training.new.problem import Problem, problem_of
from training.new.refits import refit
from training.new.uncertainty import intervals, learns_logarithm, quantile, sets, uncertainty_of


def numbers(rows: int, seed: int) -> Problem:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(rows, 4)), columns=list("abcd"))
    frame["y"] = frame["a"] + 2 * frame["b"] ** 2 + random.normal(size=rows)
    return problem_of(VALUES, frame, list("abcd"), ["y"])


def classes(rows: int, seed: int) -> Problem:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=list("abc"))
    scores = np.column_stack([frame["a"], frame["b"], np.zeros(rows)]) + random.gumbel(size=(rows, 3))
    frame["y"] = np.array(["rouge", "vert", "bleu"])[scores.argmax(axis=1)]
    return problem_of(CLASSES, frame, list("abc"), ["y"], (("bleu", "rouge", "vert"),))


def test_the_quantile_is_the_score_that_a_new_row_exceeds_one_time_in_ten() -> None:
    assert quantile(np.arange(1.0, 100.0)) == 90
    assert quantile(np.arange(1.0, 10.0)) == 9
    assert quantile(np.arange(1.0, 9.0)) is None


@pytest.mark.parametrize("seed", [0, 1])
def test_intervals_hold_nine_new_numbers_out_of_ten_and_those_of_training_rows_do_not(seed: int) -> None:
    problem, new = numbers(400, seed), numbers(4000, seed + 100)
    forest = RandomForestRegressor(40, random_state=0).fit(problem.rows, problem.truth["y"])
    (known,) = uncertainty_of(forest, problem, refit(forest, problem, Options()))
    assert known is not None
    assert not known.logarithm
    errors = np.abs(forest.predict(new.rows) - new.truth["y"].to_numpy())
    assert 0.86 < (errors <= known.limit).mean() < 0.94
    assert 0.86 < known.covered.mean() < 0.94
    in_sample = quantile(np.abs(forest.predict(problem.rows) - problem.truth["y"].to_numpy()))
    assert in_sample is not None
    assert (errors <= in_sample).mean() < 0.75


def test_sets_hold_nine_new_classes_out_of_ten_and_those_of_training_rows_do_not() -> None:
    problem, new = classes(500, 0), classes(4000, 100)
    forest = RandomForestClassifier(40, random_state=0).fit(problem.rows, problem.truth["y"])
    (known,) = uncertainty_of(forest, problem, refit(forest, problem, Options()))
    assert known is not None
    truth, announced = new.classes()[:, 0], forest.predict_proba(new.rows)
    held = announced[np.arange(len(truth)), truth] >= 1 - known.limit
    assert 0.86 < held.mean() < 0.95
    assert 0.86 < known.covered.mean() < 0.95
    assert known.sizes.mean() == pytest.approx((announced >= 1 - known.limit).sum(axis=1).mean(), abs=0.2)
    own = forest.predict_proba(problem.rows)[np.arange(len(problem)), problem.classes()[:, 0]]
    in_sample = quantile(1 - own)
    assert in_sample is not None
    assert (announced[np.arange(len(truth)), truth] >= 1 - in_sample).mean() < 0.7


def test_a_probability_that_many_rows_have_stays_in_the_set() -> None:
    """A forest of ten trees says 0.7 often; 1 - (1 - 0.7) is not 0.7 in double precision."""
    probabilities = np.tile([0.7, 0.3], (100, 1))
    known = sets(probabilities, np.zeros(100, dtype=np.int64), np.arange(100) % 5)
    assert known is not None
    assert known.covered.all()
    assert (np.array([0.7, 0.3]) >= 1 - known.limit).tolist() == [True, False]


def test_intervals_on_the_logarithm_grow_with_the_number() -> None:
    random = np.random.default_rng(0)
    truth = np.exp(random.normal(size=500))
    values = truth * np.exp(random.normal(scale=0.1, size=500))
    known = intervals(values, truth, np.arange(500) % 5, logarithm=True)
    assert known is not None
    assert known.logarithm
    assert known.limit == pytest.approx(0.1645, abs=0.02)
    assert known.sizes[np.argmax(values)] > 20 * known.sizes[np.argmin(values)]
    plain = intervals(values - 1, truth, np.arange(500) % 5, logarithm=True)
    assert plain is not None
    assert not plain.logarithm


def test_twelve_rows_of_which_the_other_folds_have_too_few_have_no_interval() -> None:
    numbers_ = np.arange(9.0)
    assert intervals(numbers_, numbers_ + 1, np.arange(9) % 5) is None
    assert sets(np.full((5, 2), 0.5), np.zeros(5, dtype=np.int64), np.arange(5)) is None


def test_only_a_target_that_is_fitted_on_its_logarithm_counts_as_such() -> None:
    logarithmic = TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp)
    assert learns_logarithm(logarithmic)
    assert learns_logarithm(make_pipeline(StandardScaler(), logarithmic))
    assert not learns_logarithm(TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1))
    assert not learns_logarithm(PoissonRegressor())
    search = GridSearchCV(logarithmic, {"regressor__fit_intercept": [True]}).fit(
        np.arange(1.0, 21.0)[:, None], np.arange(1.0, 21.0)
    )
    assert learns_logarithm(search)


def test_the_figures_tell_coverage_with_its_interval_and_the_mean_size() -> None:
    problem = classes(300, 3)
    model = LogisticRegression().fit(problem.rows, problem.truth["y"])
    (known,) = uncertainty_of(model, problem, refit(model, problem, Options()))
    assert known is not None
    figures = known.figures()
    assert figures["coverage_low"] < figures["coverage"] < figures["coverage_high"]
    assert figures["mean_size"] == pytest.approx(known.sizes.mean(), abs=1e-6)
