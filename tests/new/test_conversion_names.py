"""Columns with the names that a graph uses for its own tensors."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.new.conversion_tools import assert_same
from training.new.conversion.graph_builder import GraphBuilder
from training.new.explanation import BuiltExplanation, build_explanation

ROWS = 60


def test_columns_named_as_outputs_and_tensors_are_read() -> None:
    random = np.random.default_rng(0)
    names = ["label", "features", "matmul_4", "probabilities::column", "constant_1"]
    table = pd.DataFrame({name: random.normal(size=ROWS) for name in names})
    table["probabilities"] = random.choice(["a", "b", "c"], ROWS)
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["probabilities"]), remainder=StandardScaler()
    )
    estimator = make_pipeline(encode, LogisticRegression()).fit(table, table["label"] + table["features"] > 0)
    converted = assert_same(estimator, table)
    inputs = {feed.column: feed.input for feed in converted.feeds}
    assert inputs["probabilities"] == "probabilities::column2"
    assert (inputs["label"], inputs["matmul_4"]) == ("label::column", "matmul_4")
    built = build_explanation(estimator, converted, table)
    assert isinstance(built, BuiltExplanation)
    assert built.names == (*names, "probabilities")


def test_tensors_do_not_get_the_names_of_columns() -> None:
    graph = GraphBuilder(["add_1", "add_2"])
    assert graph.new_name("add") == "add_3"
    assert graph.free_name("x") == "x"
    graph.input("x")
    assert (graph.free_name("x"), graph.free_name("label")) == ("x2", "label2")
