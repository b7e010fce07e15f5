"""Contributions of trees: Shapley values, equal to brute force and to shap."""

import io
import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    VotingRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from shared.model.tabular.shapley import Leaves
from tests.new.explanation_tools import assert_adds_up, explain, logit, refusal
from training.new import explanation, explanation_registry
from training.new.conversion.tree_ensemble import Ensemble, Tree
from training.new.conversion.values import Matrix
from training.new.explanation_paths import joined, paths_of

IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, MALIGN = load_breast_cancer(return_X_y=True, as_frame=True)
CANCER = CANCER.iloc[:, :8]
HOLES = CANCER.mask(np.random.default_rng(0).random(CANCER.shape) < 0.2)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)


def random_tree(random: np.random.Generator, columns: int, depth: int) -> Tree:
    """A full tree with random splits, the same columns more than once on a path, and a leaf without training rows."""
    inner, nodes = 2**depth - 1, 2 ** (depth + 1) - 1
    cover = np.zeros(nodes)
    cover[inner:] = random.integers(1, 20, nodes - inner)
    cover[-1] = 0
    for node in reversed(range(inner)):
        cover[node] = cover[2 * node + 1] + cover[2 * node + 2]
    children = np.where(np.arange(nodes) < inner, 2 * np.arange(nodes) + 1, -1)
    return Tree(
        feature=np.where(np.arange(nodes) < inner, random.integers(0, columns, nodes), -1),
        threshold=random.normal(size=nodes),
        left=children,
        right=children + 1,
        missing_left=random.random(nodes) < 0.5,
        cover=cover,
        value=random.normal(size=(nodes, 2)),
    )


def known_answer(tree: Tree, players: tuple[int, ...], row: NDArray[Any], known: frozenset[int], node: int = 0) -> Any:
    """What a tree answers to a row if only the features of these players are known."""
    at = tree.feature[node]
    if at < 0:
        return tree.value[node]
    left, right = tree.left[node], tree.right[node]
    if players[at] not in known:
        sides = [tree.cover[side] * known_answer(tree, players, row, known, side) for side in (left, right)]
        return (sides[0] + sides[1]) / tree.cover[node] if tree.cover[node] else (sides[0] + sides[1]) * 0
    goes_left = tree.missing_left[node] if np.isnan(row[at]) else row[at] <= tree.threshold[node]
    return known_answer(tree, players, row, known, left if goes_left else right)


def brute_force(ensemble: Ensemble, row: NDArray[Any]) -> NDArray[Any]:
    """The Shapley values (players, outputs) by their definition."""
    players = sorted(set(ensemble.features))
    count = len(players)

    def answer(known: tuple[int, ...]) -> Any:
        answers = [known_answer(tree, ensemble.features, row, frozenset(known)) for tree in ensemble.trees]
        return ensemble.factor * np.sum(answers, axis=0)

    values = np.zeros((count, 2))
    for player in players:
        others = [one for one in players if one != player]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for known in combinations(others, size):
                values[player] += weight * (answer((*known, player)) - answer(known))
    return values


def test_equal_to_brute_force() -> None:
    random = np.random.default_rng(3)
    players = (0, 1, 2, 3, 3, 3)
    trees = tuple(random_tree(random, len(players), depth) for depth in (1, 3, 5))
    matrix = Matrix("features", tuple(frozenset({f"c{player}"}) for player in players))
    ensemble = Ensemble(trees, np.zeros(2), 0.5, matrix, players, "value")
    paths = joined([paths_of(ensemble)], 2)
    arrays = {name: getattr(paths, name) for name in paths.__slots__}
    leaves = Leaves(arrays, np.array(players), 4)
    for _ in range(6):
        row = random.normal(size=len(players))
        row[random.random(len(players)) < 0.3] = np.nan
        expected = brute_force(ensemble, row)
        for output in (0, 1):
            np.testing.assert_allclose(leaves.contributions(row, output), expected[:, output], atol=1e-9)
    nothing = sum(known_answer(tree, players, row, frozenset()) for tree in trees)
    np.testing.assert_allclose(paths.expected(), 0.5 * nothing, atol=1e-9)


FORESTS = [
    (DecisionTreeClassifier(max_depth=4), IRIS, SPECIES, "predict_proba", "probability"),
    (RandomForestClassifier(8, max_depth=5, random_state=0), HOLES, MALIGN, "predict_proba", "probability"),
    (ExtraTreesRegressor(8, max_depth=5, random_state=0), DIABETES, PROGRESS, "predict", "value"),
    (GradientBoostingClassifier(n_estimators=20), CANCER, MALIGN, "decision_function", "log_odds"),
    (GradientBoostingClassifier(n_estimators=5), IRIS, SPECIES, "decision_function", "log_odds"),
    (GradientBoostingRegressor(n_estimators=20), DIABETES, PROGRESS, "predict", "value"),
    (HistGradientBoostingClassifier(max_iter=10), HOLES, MALIGN, "decision_function", "log_odds"),
    (HistGradientBoostingClassifier(max_iter=4), IRIS, SPECIES, "decision_function", "log_odds"),
    (HistGradientBoostingRegressor(max_iter=10), DIABETES, PROGRESS, "predict", "value"),
]


@pytest.mark.parametrize(("estimator", "table", "target", "answer", "scale"), FORESTS)
def test_adds_up(estimator: Any, table: pd.DataFrame, target: Any, answer: str, scale: str) -> None:
    estimator.fit(table, target)
    explained = explain(estimator, table)
    assert explained.scale == scale
    assert_adds_up(explained, table[::5], getattr(estimator, answer)(table[::5]))


@pytest.mark.parametrize(("estimator", "table", "target", "answer", "scale"), FORESTS)
def test_equal_to_shap(estimator: Any, table: pd.DataFrame, target: Any, answer: str, scale: str) -> None:  # noqa: ARG001
    shap = pytest.importorskip("shap", reason="pip install -r requirements/dev.txt")
    if isinstance(estimator, GradientBoostingClassifier) and target is SPECIES:
        pytest.skip("shap reads it for two classes only")
    estimator.fit(table, target)
    rows = table.iloc[::40]
    explained = explain(estimator, table)
    explainer = shap.TreeExplainer(estimator, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(rows, check_additivity=False))
    values = values[..., None] if values.ndim == 2 else values
    for output in range(values.shape[2]):
        ours = explained.contributions(rows, output).reindex(columns=list(table), fill_value=0.0)
        np.testing.assert_allclose(ours, values[:, :, output], rtol=1e-9, atol=1e-9)


def test_the_probability_of_the_answered_class() -> None:
    forest = RandomForestClassifier(8, max_depth=5, random_state=0).fit(CANCER, MALIGN == 1)
    rows = CANCER[::60]
    for answer, probabilities in zip(explain(forest, CANCER).answers(rows), forest.predict_proba(rows), strict=True):
        assert answer["class"] is bool(probabilities.argmax())
        assert answer["total"] == pytest.approx(probabilities.max(), abs=1e-9)


def test_logarithms() -> None:
    counts = HistGradientBoostingRegressor(loss="poisson", max_iter=10).fit(DIABETES, PROGRESS)
    explained = explain(counts, DIABETES)
    assert explained.scale == "log_value"
    assert_adds_up(explained, DIABETES[::10], np.log(counts.predict(DIABETES[::10])))
    exponential = GradientBoostingClassifier(loss="exponential", n_estimators=10).fit(CANCER, MALIGN)
    assert_adds_up(explain(exponential, CANCER), CANCER[::20], logit(exponential.predict_proba(CANCER[::20])[:, 1]))


def test_categories_count_for_their_column() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "town": random.choice(list("abcdefgh"), 400),
            "size": random.normal(size=400),
            "kind": random.choice([*"xyz"], 400),
        }
    )
    table.loc[random.random(400) < 0.1, "town"] = None
    price = table.town.isin(list("bdf")) * 2.0 + table["size"] * (table.kind == "x")
    typed = table.astype({"town": "category", "kind": "category"})
    boosting = HistGradientBoostingRegressor(max_iter=30, categorical_features="from_dtype").fit(typed, price)
    explained = explain(boosting, typed)
    assert set(explained.built.names) == {"town", "size", "kind"}
    assert_adds_up(explained, typed[::10], boosting.predict(typed[::10]))
    town = explained.contributions(typed)["town"]
    assert town[table.town.isin(list("bdf"))].min() > town[table.town.isin(list("aceg"))].max() + 1


def test_a_tree_of_one_leaf_has_nothing_to_explain() -> None:
    stump = DecisionTreeRegressor().fit(DIABETES, np.ones(len(DIABETES)))
    assert "nothing to explain" in refusal(stump, DIABETES)[1]


def test_too_many_leaves_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    forest = RandomForestClassifier(8, max_depth=3, random_state=0).fit(CANCER, MALIGN)
    leaves = sum(tree.get_n_leaves() for tree in forest.estimators_)
    monkeypatch.setattr(explanation_registry, "MAX_LEAVES", leaves)
    explain(forest, CANCER)
    monkeypatch.setattr(explanation_registry, "MAX_LEAVES", leaves - 1)
    french, english = refusal(forest, CANCER)
    assert french.startswith(
        f"RandomForestClassifier a {leaves} feuilles, une explication en lit au plus {leaves - 1} :"
    )
    assert english.startswith(f"RandomForestClassifier has {leaves} leaves, an explanation reads at most {leaves - 1}:")


def test_the_leaves_of_several_estimators_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [("a", DecisionTreeRegressor(max_depth=3)), ("b", DecisionTreeRegressor(max_depth=3))]
    vote = VotingRegressor(members).fit(DIABETES, PROGRESS)
    monkeypatch.setattr(explanation, "MAX_LEAVES", 15)
    assert refusal(vote, DIABETES)[1].startswith("VotingRegressor has 16 leaves, an explanation reads at most 15:")
    monkeypatch.setattr(explanation, "MAX_LEAVES", 16)
    assert {answer["class"] for answer in explain(vote, DIABETES).answers(DIABETES[:3])} == {None}


def test_outliers_are_not_explained() -> None:
    assert "outliers" in refusal(IsolationForest(n_estimators=4).fit(CANCER), CANCER)[1]


def test_the_arrays_are_read_without_pickle() -> None:
    built = explain(DecisionTreeClassifier(max_depth=3).fit(IRIS, SPECIES), IRIS).built
    with np.load(io.BytesIO(built.files[built.explanation.arrays]), allow_pickle=False) as archive:
        assert {archive[name].dtype.kind for name in archive.files} == {"U", "i", "f", "b"}


def test_contributions_that_do_not_give_the_answers_back_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = DecisionTreeRegressor(max_depth=3).fit(DIABETES, PROGRESS)
    monkeypatch.setattr(
        explanation_registry, "paths_of", lambda one: replace(paths_of(one), values=paths_of(one).values * 1.01)
    )
    assert "do not give its answers back" in refusal(tree, DIABETES)[1]
