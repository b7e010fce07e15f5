"""Tests of classes that skl2onnx converts inside the graph, and of those that nothing converts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from onnx import helper
from scipy.special import erfc
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.manifold import TSNE, Isomap
from sklearn.preprocessing import MaxAbsScaler

from tests.new.conversion_tools import run
from training.new.conversion.conversion import Conversion
from training.new.conversion.converter import _import_families, convert
from training.new.conversion.families import foreign
from training.new.conversion.families.error_function import complementary_error
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import PREDICTORS, TRANSFORMERS
from training.new.conversion.values import Matrix

IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
NAMES = SPECIES.map({0: "setosa", 1: "versicolor", 2: "virginica"})


@pytest.fixture
def only_foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """No class has a converter of its own, so that the fallback is tested on classes that skl2onnx knows."""
    _import_families()
    for table in (PREDICTORS, TRANSFORMERS):
        for name in list(table):
            if name != "*":
                monkeypatch.delitem(table, name)


def answers(estimator: object, table: pd.DataFrame) -> dict[str, np.ndarray]:
    """The graph's answers for the rows of a table."""
    converted = convert(estimator, table)
    assert converted.conversion.foreign == [type(estimator).__name__]
    return run(converted.model.SerializeToString(), converted.feeds, {}, table)


@pytest.mark.usefixtures("only_foreign")
@pytest.mark.parametrize("classes", [SPECIES, NAMES, SPECIES == 1], ids=["numbers", "texts", "booleans"])
def test_foreign_classifier_answers_as_scikit_learn(classes: Any) -> None:
    model = LogisticRegression(max_iter=500).fit(IRIS, classes)
    got = answers(model, IRIS)
    np.testing.assert_array_equal(model.classes_[got["label"][:, 0]], model.predict(IRIS))
    np.testing.assert_allclose(got["probabilities"], model.predict_proba(IRIS), atol=1e-5)


@pytest.mark.usefixtures("only_foreign")
def test_foreign_regressor_clusters_and_outliers_answer_as_scikit_learn() -> None:
    two = np.column_stack([SPECIES, SPECIES * 2 + 1])
    regressor = Ridge().fit(IRIS, two)
    np.testing.assert_allclose(answers(regressor, IRIS)["value"], regressor.predict(IRIS), atol=1e-5)
    clusters = KMeans(3, random_state=0).fit(IRIS)
    np.testing.assert_array_equal(answers(clusters, IRIS)["label"][:, 0], clusters.predict(IRIS))
    outliers = IsolationForest(n_estimators=10, random_state=0).fit(IRIS)
    got = answers(outliers, IRIS)
    np.testing.assert_array_equal(got["label"][:, 0] == 1, outliers.predict(IRIS) == 1)
    np.testing.assert_allclose(got["scores"][:, 0], outliers.decision_function(IRIS), atol=1e-5)


@pytest.mark.usefixtures("only_foreign")
def test_foreign_transformer_depends_on_every_column() -> None:
    conversion = Conversion()
    sources = tuple(frozenset({name}) for name in ("a", "b"))
    matrix = Matrix(conversion.graph.concat([conversion.graph.input("a"), conversion.graph.input("b")]), sources)
    made = foreign.transform_foreign(conversion, MaxAbsScaler().fit([[1.0, 2.0], [3.0, 4.0]]), matrix)
    assert made.sources == (frozenset({"a", "b"}),) * 2
    assert conversion.foreign == ["MaxAbsScaler"]


def test_transformers_that_nothing_converts_are_refused_in_one_sentence() -> None:
    conversion = Conversion()
    matrix = Matrix(conversion.graph.input("a", width=4), (frozenset({"a"}),) * 4)
    for step in (Isomap().fit(IRIS), TSNE()):
        with pytest.raises(Refusal, match=type(step).__name__) as refused:
            foreign.transform_foreign(conversion, step, matrix)
        assert len(str(refused.value)) < 400


def test_operators_of_other_domains_are_not_standard() -> None:
    node = helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    assert not foreign._is_standard([node], [])
    assert not foreign._is_standard([], [helper.make_opsetid("", 18)])
    assert foreign._is_standard([], [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)])


def test_complementary_error_function_is_exact_to_the_last_digits() -> None:
    conversion = Conversion()
    graph = conversion.graph
    model = graph.model({"y": (complementary_error(graph, graph.input("x")), 11, 1)})
    from shared.model.predictor import open_graph  # noqa: PLC0415

    x = np.linspace(-8, 8, 4001)[:, None]
    (y,) = open_graph(model.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(y, erfc(x), rtol=1e-13, atol=1e-300)
