"""Refits: every row judged by an estimator that has not seen it, the same each time, and reasons where it cannot be."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shared.model.table import CLASSES, OUTLIERS, VALUES
from training.contract import Options
from training.new.conversion.refusal import Refusal
from training.new.problem import Problem, problem_of
from training.new.refits import NoRefitsError, folds_of, refit, unfitted


def binary(rows: int = 60) -> Problem:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, 2)), columns=["a", "b"])
    frame["y"] = np.where(frame["a"] + random.normal(size=rows) > 0, "oui", "non")
    return problem_of(CLASSES, frame, ["a", "b"], ["y"], (("non", "oui"),))


class Remembering(KNeighborsClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """Answers `oui` to a row that it has seen: what refits must never do."""

    def predict_proba(self, X: pd.DataFrame) -> Any:  # noqa: N803
        known = self.kneighbors(X, 1)[0][:, 0] == 0
        return np.column_stack([~known, known]).astype(float)


def test_every_row_is_judged_once_by_an_estimator_that_has_not_seen_it() -> None:
    problem = binary()
    refits = refit(Remembering(), problem, Options())
    assert sorted(refits.rows) == list(range(60))
    assert np.max(refits.answers.probabilities[0][:, 1]) == 0
    assert [len(judged) for _, judged in refits.folds] == [12] * 5
    assert np.bincount(refits.fold).tolist() == [12] * 5
    seen = Remembering().fit(problem.rows, problem.truth["y"]).predict_proba(problem.rows)
    assert seen[:, 1].min() == 1


def test_an_estimator_without_a_seed_gives_the_same_answers_twice() -> None:
    problem = binary()
    once, again = (refit(RandomForestClassifier(5), problem, Options(3)) for _ in range(2))
    assert np.array_equal(once.answers.probabilities[0], again.answers.probabilities[0])
    other = refit(RandomForestClassifier(5), problem, Options(4))
    assert not np.array_equal(once.answers.probabilities[0], other.answers.probabilities[0])
    assert unfitted(RandomForestClassifier(random_state=7), 0).random_state == 7


def test_a_search_is_refitted_with_the_settings_that_it_found() -> None:
    problem = binary()
    search = GridSearchCV(LogisticRegression(), {"C": [0.001]}).fit(problem.rows, problem.truth["y"])
    fresh = unfitted(search, 0)
    assert isinstance(fresh, LogisticRegression)
    assert fresh.C == 0.001


@pytest.mark.parametrize("inside", [False, True])
def test_a_frozen_part_has_no_honest_measure(*, inside: bool) -> None:
    problem = binary()
    frozen = FrozenEstimator(LogisticRegression().fit(problem.rows, problem.truth["y"]))
    estimator = CalibratedClassifierCV(frozen) if inside else frozen
    with pytest.raises(NoRefitsError, match="déjà apprise") as error:
        refit(estimator, problem, Options())
    assert "cannot be fitted again" in error.value.reason[1]


def test_a_refit_that_fails_says_why() -> None:
    """The category `z` is in one row: the fold without it cannot judge it."""
    frame = pd.DataFrame({"a": ["x", "y"] * 20 + ["z"], "y": ["oui", "non"] * 20 + ["oui"]})
    problem = problem_of(CLASSES, frame, ["a"], ["y"], (("non", "oui"),))
    with pytest.raises(NoRefitsError, match="unknown categories"):
        refit(make_pipeline(OneHotEncoder(handle_unknown="error"), LogisticRegression()), problem, Options())


def test_one_row_is_too_few() -> None:
    with pytest.raises(NoRefitsError, match="1 lignes ne suffisent pas"):
        folds_of(binary(1), 0)


def test_slow_fits_judge_three_folds_and_say_so() -> None:
    ticks: Iterator[int] = iter(range(0, 100_000, 61))
    told: list[tuple[int, int]] = []
    refits = refit(
        LogisticRegression(), binary(), Options(), progress=lambda *done: told.append(done), clock=lambda: next(ticks)
    )
    assert len(refits.folds) == 3
    assert len(refits.rows) == len(refits.answers) == 36
    assert refits.note is not None
    assert refits.note[0] == "un apprentissage dure plus de 60 s : 3 plis sur 5 ont été jugés (36 lignes)."
    assert told == [(1, 3), (2, 3), (3, 3)]
    again = refit(LogisticRegression(), binary(), Options(), limit=3)
    assert np.array_equal(again.answers.probabilities[0], refits.answers.probabilities[0])


def test_a_class_that_a_fold_lacks_has_probability_zero() -> None:
    problem = binary()
    frame = problem.rows.assign(y=["rare", *problem.truth["y"][1:]])
    with_rare = problem_of(CLASSES, frame, ["a", "b"], ["y"], (("non", "oui", "rare"),))
    refits = refit(LogisticRegression(), with_rare, Options())
    at = int(np.flatnonzero(refits.rows == 0)[0])
    assert refits.answers.probabilities[0].shape == (60, 3)
    assert refits.answers.probabilities[0][at, 2] == 0


def test_several_targets_have_their_own_probabilities() -> None:
    problem = binary()
    frame = problem.rows.assign(y=problem.truth["y"] == "oui", z=problem.rows["b"] > 0).astype({"y": int, "z": int})
    both = problem_of(CLASSES, frame, ["a", "b"], ["y", "z"], ((0, 1), (0, 1)))
    for estimator in (
        MultiOutputClassifier(LogisticRegression()),
        ClassifierChain(LogisticRegression(), random_state=0),
    ):
        answers = refit(estimator, both, Options()).answers
        assert answers.labels is not None
        assert answers.labels.shape == (60, 2)
        assert [part.shape for part in answers.probabilities] == [(60, 2), (60, 2)]
        assert (answers.labels[:, 1] == both.classes()[answers_rows(both), 1]).mean() > 0.9


def answers_rows(problem: Problem) -> Any:
    return np.concatenate([judged for _, judged in folds_of(problem, 0)])


def test_outliers_texts_and_numbers_are_refitted_too() -> None:
    frame = binary().rows
    outliers = refit(IsolationForest(random_state=0), problem_of(OUTLIERS, frame, ["a", "b"], []), Options()).answers
    assert outliers.labels is not None
    assert set(outliers.labels.ravel()) == {0, 1}
    texts = pd.DataFrame({"mots": ["bon vin", "mauvais film"] * 20, "y": [1.5, 0.5] * 20})
    problem = problem_of(VALUES, texts, ["mots"], ["y"], read=lambda rows: rows.iloc[:, 0])
    values = refit(make_pipeline(CountVectorizer(), Ridge(0.01)), problem, Options()).answers.values
    assert values is not None
    assert values.shape == (40, 1)
    assert values[:, 0] == pytest.approx(problem.numbers()[answers_rows(problem), 0], abs=0.05)


def test_a_target_with_other_classes_than_the_estimators_is_refused() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "y": ["oui", "peut-être"]})
    with pytest.raises(Refusal) as error:
        problem_of(CLASSES, frame, ["a"], ["y"], (("non", "oui"),)).classes()
    assert "« y » a la valeur 'peut-être', que l'estimateur ne répond jamais" in error.value.detail[0]
    assert "'non', 'oui'" in error.value.detail[1]
    with pytest.raises(Refusal) as error:
        problem_of(VALUES, frame, ["a"], ["y"]).numbers()
    assert "répond des nombres" in error.value.detail[0]


def test_rows_without_a_target_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": [1.0, np.nan, 3.0]})
    problem = problem_of(VALUES, frame, ["a"], ["y"])
    assert len(problem) == 2
    assert problem.rows["a"].tolist() == [1, 3]
    assert StandardScaler().fit_transform(problem.rows).shape == (2, 1)
