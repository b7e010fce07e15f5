"""Answers of a table: labels as the data has them, numbers, sets, intervals, what is unusual."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.errors import BundleError, Invalid
from shared.model.bundle import Bundle
from shared.model.holder import check_signature, load_predictor
from shared.model.predictor import Predictor
from shared.model.table import Column, Feed, Label, Table, Target
from shared.model.tabular.answers import response_of, result_of
from shared.model.tabular.cells import nearest
from shared.model.tabular.feeds import make_feeds
from shared.model.tabular.records import TableModel, predict_records
from shared.model.tabular.schema import Tabular
from tests.tabular import EXPLAINED, RECORD, TABLE, StandInExplainer, bundle, dates, explainer, probability
from training.new.conversion.converter import convert
from training.new.conversion.graph_builder import GraphBuilder

__all__ = ["dates", "explainer"]
pytestmark = pytest.mark.usefixtures("dates")

ONE = (Column("x", "number", minimum=0, maximum=10),)
FEED = (Feed("x", "x", "number"),)


def test_the_answers_are_those_of_the_estimator() -> None:
    iris = load_iris(as_frame=True)
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(iris.data, iris.target)
    converted = convert(estimator, iris.data)
    columns = tuple(Column(name, "number") for name in iris.data)
    table = Table("classes", columns, converted.feeds, (Target("species", (0, 1, 2)),))
    outputs = {"label": 1, "probabilities": 3, "scores": 3}
    manifest, files = bundle(table, converted.model.SerializeToString(), outputs)
    frame: pd.DataFrame = pd.concat([iris.data] * 8)
    answer = predict_records(manifest, files, msgspec.json.decode(frame.to_json(orient="records", double_precision=15)))
    assert list(answer) == ["result", "probabilities"]
    assert answer["result"] == estimator.predict(frame).tolist()
    assert np.abs(np.array(answer["probabilities"]) - estimator.predict_proba(frame)).max() < 1e-12


def test_every_kind_of_column_reaches_the_graph() -> None:
    records = [
        RECORD,
        RECORD | {"age": None, "zone": None, "membre": None, "ville": None, "avis": None, "jour": None},
        RECORD | {"ville": "Paris", "palier": "NA", "membre": False, "taille": 42.0, "avis": "lent, lent"},
    ]
    answer = TableModel(*bundle()).predict(records)
    expected = [probability({**record, "avis": (record["avis"] or "").replace(",", "")}) for record in records]
    assert [row[1] for row in answer["probabilities"]] == pytest.approx(expected, rel=1e-12)
    assert answer["result"] == ["oui" if value > 0.5 else "non" for value in expected]
    assert answer["sets"] == [
        [label for label, p in zip(("non", "oui"), (1 - v, v), strict=True) if p >= 0.2] for v in expected
    ]
    assert "unusual" not in answer


def test_unusual_values_are_answered_and_named() -> None:
    record = RECORD | {"age": 17.5, "zone": 9, "ville": "Tokyo", "avis": "xx yy", "jour": "2025-01-01", "id": 7}
    answer = TableModel(*bundle()).predict([RECORD] * 1000 + [record | {"avis": None}, record], language="en")
    assert len(answer["result"]) == 1002
    assert answer["ignored"] == ["id"]
    assert [
        (item["pointer"], item["detail"], item["seen"]) for item in answer["unusual"] if "/1001/" in item["pointer"]
    ] == [
        ("/data/1001/age", "17.5 is outside what the training data had: from 18 to 90", [18, 90]),
        ("/data/1001/zone", "`9` is not in the training data", [1, 2, 5]),
        ("/data/1001/ville", "`Tokyo` is not in the training data", ["Lyon", "Paris"]),
        (
            "/data/1001/jour",
            "2025-01-01 is outside what the training data had: from 2024-01-05 to 2024-12-20",
            ["2024-01-05", "2024-12-20"],
        ),
        ("/data/1001/avis", "no word that the model knows", []),
    ]
    assert [item["pointer"] for item in answer["unusual"] if "/1000/" in item["pointer"]] == [
        f"/data/1000/{name}" for name in ("age", "zone", "ville", "jour")
    ]


def test_the_list_of_unusual_values_is_bounded() -> None:
    answer = TableModel(*bundle()).predict([RECORD | {"age": 200}] * 30)
    assert len(answer["unusual"]) == 21
    assert answer["unusual"][-1] == {"pointer": "/data", "detail": "et d'autres valeurs inhabituelles", "seen": []}


def test_explanations_have_the_cells_as_they_came(explainer: type[StandInExplainer]) -> None:
    model = TableModel(*bundle(EXPLAINED))
    assert explainer.made == 0
    record = RECORD | {"age": None, "ville": "Paris"}
    answer = model.predict([RECORD] * 150 + [record], explain=True)
    assert explainer.made == 1
    assert len(answer["explanations"]) == 151
    first, last = answer["explanations"][0], answer["explanations"][-1]
    assert (first["class"], first["base"]) == ("oui", -2.0)
    assert first["contributions"][0] == {"column": "age", "contribution": 0.6, "value": 30}
    assert [part.get("value", "none") for part in last["contributions"]] == [None, True, 12.5, "Paris", "none"]


def table_of(kind: Any, *targets: Target) -> Table:
    return Table(kind, ONE, FEED, targets)


def outputs(**values: Any) -> dict[str, Any]:
    return {name: np.array(rows) for name, rows in values.items()}


LABELS: list[tuple[Label, ...]] = [("a", "b"), (True, False), (1, 0), (1.5, 2.0)]


@pytest.mark.parametrize("labels", LABELS)
def test_labels_are_those_of_the_data(labels: tuple[Label, ...]) -> None:
    table = table_of("classes", Target("y", labels, set_limit=0.6))
    response = response_of(table, outputs(label=[[1], [0]], probabilities=[[0.4, 0.6], [0.7, 0.3]]))
    assert repr(response.result) == repr([labels[1], labels[0]])
    assert repr(response.sets) == repr([list(labels), [labels[0]]])


def test_many_classes_have_sets_too() -> None:
    table = table_of("classes", Target("y", tuple(range(70)), set_limit=0.99))
    probabilities = np.zeros((1, 70))
    probabilities[0, [3, 69]] = 0.5
    assert response_of(table, {"label": np.array([[3]]), "probabilities": probabilities}).sets == [[3, 69]]


def test_a_classifier_without_probabilities_answers_scores() -> None:
    table = table_of("classes", Target("y", ("a", "b"), set_limit=0.9))
    response = response_of(table, outputs(label=[[1]], scores=[[2.5]]))
    assert msgspec.to_builtins(response) == {"result": ["b"], "scores": [[2.5]]}


def test_several_targets_answer_side_by_side() -> None:
    table = table_of("classes", Target("y", ("a", "b"), set_limit=0.8), Target("z", (1, 2, 3), set_limit=0.8))
    response = response_of(table, outputs(label=[[1, 2]], probabilities=[[0.25, 0.75, 0.1, 0.2, 0.7]]))
    assert msgspec.to_builtins(response) == {
        "result": [["b", 3]],
        "probabilities": [[[0.25, 0.75], [0.1, 0.2, 0.7]]],
        "sets": [[["a", "b"], [2, 3]]],
    }
    scored = response_of(table, outputs(label=[[1, 2]], scores=[[0.5, 1.0, 2.0, 3.0]]))
    assert scored.scores == [[[0.5], [1.0, 2.0, 3.0]]]
    pairs = response_of(table, outputs(label=[[1, 2]], scores=[[0.5, 1.0, 2.0]]))
    assert pairs.scores == [[0.5, 1.0, 2.0]]


def test_a_regressor_answers_intervals() -> None:
    assert msgspec.to_builtins(response_of(table_of("values", Target("y")), outputs(value=[[2.0]]))) == {
        "result": [2.0]
    }
    table = table_of("values", Target("y", half_width=0.5))
    assert response_of(table, outputs(value=[[2.0], [-1.0]])).intervals == [[1.5, 2.5], [-1.5, -0.5]]
    both = table_of("values", Target("y", half_width=0.5), Target("z", half_width=math.log(2), logarithm=True))
    response = response_of(both, outputs(value=[[2.0, 10.0]]))
    assert response.result == [[2.0, 10.0]]
    assert response.intervals == [[[1.5, 2.5], [pytest.approx(5.0), pytest.approx(20.0)]]]


def test_outliers_and_clusters() -> None:
    outliers = response_of(table_of("outliers", Target("")), outputs(label=[[1], [0]], scores=[[0.1], [-0.2]]))
    assert msgspec.to_builtins(outliers) == {"result": [1, -1], "scores": [[0.1], [-0.2]]}
    assert result_of(table_of("clusters", Target("")), outputs(label=[[4], [0]])) == [4, 0]
    mixture = response_of(table_of("clusters", Target("")), outputs(label=[[1]], probabilities=[[0.2, 0.8]]))
    assert msgspec.to_builtins(mixture) == {"result": [1], "probabilities": [[0.2, 0.8]]}


def inverse(table: Table) -> tuple[Any, dict[str, bytes]]:
    """A model that answers 1 / x."""
    graph = GraphBuilder()
    value = graph.op("Div", graph.constant([[1.0]]), graph.input("x"))
    model = graph.model({"value": (value, TensorProto.DOUBLE, 1)}).SerializeToString()
    return bundle(table, model, {"value": 1})


def test_an_answer_that_is_no_number_is_an_error() -> None:
    model = TableModel(*inverse(table_of("values", Target("y"))))
    assert model.predict([{"x": 4}])["result"] == [0.25]
    with pytest.raises(Invalid) as caught:
        model.predict([{"x": 1}, {"x": 0}])
    assert [at for at, _ in caught.value.faults] == ["/data/1"]
    assert caught.value.code == "no_answer"


def test_wide_word_counts_limit_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.model.tabular.served.COUNT_BYTES", 3 * 8 * 9)
    manifest, files = bundle()
    predictor = load_predictor(Bundle(manifest, files), Tabular(manifest).signature)
    assert predictor.prepared.most_rows(1000) == 10
    assert len(TableModel(manifest, files).predict([RECORD] * 25)["result"]) == 25


def test_booleans_and_codes_may_be_fed_as_the_texts_of_pandas() -> None:
    table = msgspec.structs.replace(
        TABLE, feeds=(Feed("membre", "membre", "text"), Feed("zone", "zone", "text")), words=""
    )
    columns = {"membre": np.array([1.0, 0.0, np.nan]), "zone": np.array([5.0, np.nan, 1.0])}
    feeds = make_feeds(table, columns, {})
    assert {name: values.tolist() for name, values in feeds.items()} == {
        "membre": [["True"], ["False"], [""]],
        "zone": [["5"], [""], ["1"]],
    }


def test_columns_of_one_kind_alone() -> None:
    graph = GraphBuilder()
    counts = graph.input("avis::words", width=3)
    model = graph.model({"value": (graph.row_sum(counts), TensorProto.DOUBLE, 1)}).SerializeToString()
    column = next(column for column in TABLE.columns if column.name == "avis")
    table = Table(
        "values", (column,), (Feed("avis::words", "avis", "counts", "avis::words"),), (Target("n"),), words="w.json"
    )
    manifest, files = bundle(table, model, {"value": 1})
    assert TableModel(manifest, files).predict([{"avis": "bon lent bon"}])["result"] == [3.0]


def spoilt(**changes: bytes) -> Mapping[str, bytes]:
    return {**bundle()[1], **{f"{name}.json": content for name, content in changes.items()}}


@pytest.mark.parametrize("words", [b"{}", b"[", b'{"avis::words": {"analyzer": "phrase"}}'])
def test_word_counters_that_do_not_fit_are_refused(words: bytes) -> None:
    with pytest.raises(BundleError, match="disagree on the word counters"):
        TableModel(bundle()[0], spoilt(words=words))


def test_a_name_that_no_decoder_finds_is_refused() -> None:
    for name in ('a"b', "a\\b", "a\tb"):
        table = Table("values", (Column(name, "number"),), FEED, (Target("y"),))
        with pytest.raises(BundleError, match="rename the column"):
            Tabular(bundle(table, b"", {"value": 1})[0])


def test_a_graph_whose_outputs_differ_is_refused() -> None:
    manifest, files = bundle(outputs={"label": 1, "probabilities": 3})
    with pytest.raises(BundleError, match="shapes"):
        Predictor(Bundle(manifest, files))


def test_a_graph_with_other_inputs_is_refused() -> None:
    table = msgspec.structs.replace(TABLE, feeds=TABLE.feeds[1:])
    with pytest.raises(BundleError, match=r"inputs \['age', 'avis::words'.*manifest \['avis::words'"):
        Predictor(Bundle(*bundle(table)))


def test_a_manifest_without_table_is_refused() -> None:
    manifest = msgspec.structs.replace(bundle()[0], table=None)
    with pytest.raises(BundleError, match="no table"):
        Tabular(manifest)


CHANGED: dict[str, tuple[Table, str]] = {
    "kind": (msgspec.structs.replace(TABLE, kind="clusters"), "kind"),
    "labels": (msgspec.structs.replace(TABLE, targets=(Target("achat", ("oui", "non")),)), "classes, targets"),
    "name": (msgspec.structs.replace(TABLE, targets=(Target("vente", ("non", "oui")),)), "targets"),
    "fewer columns": (msgspec.structs.replace(TABLE, columns=TABLE.columns[1:]), "columns"),
    "another kind of column": (
        msgspec.structs.replace(TABLE, columns=(Column("age", "code", nullable=True), *TABLE.columns[1:])),
        "columns",
    ),
    "no nulls": (
        msgspec.structs.replace(TABLE, columns=(Column("age", "number"), *TABLE.columns[1:])),
        "nulls",
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_another_contract_is_refused(change: str) -> None:
    table, parts = CHANGED[change]
    signature = Tabular(bundle()[0]).signature
    with pytest.raises(BundleError, match=f"the model is not the function's: {parts}$"):
        load_predictor(Bundle(*bundle(table)), signature)


def test_a_version_with_other_values_is_accepted_and_served_with_them() -> None:
    columns = tuple(
        msgspec.structs.replace(column, values=("Lyon", "Nice")) if column.name == "ville" else column
        for column in reversed(TABLE.columns)
    )
    table = msgspec.structs.replace(TABLE, columns=columns, ignored=())
    predictor = load_predictor(Bundle(*bundle(table)), Tabular(bundle()[0]).signature)
    assert predictor.prepared.table == table
    assert predictor.prepared.contract.table == table
    without = msgspec.structs.replace(bundle()[0], table=None)
    with pytest.raises(BundleError, match="the model is not the function's: table"):
        check_signature(without, Tabular(bundle()[0]).signature)


def test_the_nearest_word_disregards_case() -> None:
    assert nearest("LYON", ["Paris", "Lyon"]) == "Lyon"
    assert nearest("x", ["Paris", "Lyon"]) is None
