"""The one operator that adds up trees, and the columns that stand for categories."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from shared.model.predictor import open_graph
from tests.new.conversion_tools import FEATURES
from training.new.conversion.category_columns import CategoryColumns, codes, members
from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import GraphBuilder
from training.new.conversion.refusal import Refusal
from training.new.conversion.tree_ensemble import Tree, below, for_target, sum_of_trees
from training.new.conversion.values import Matrix

SOURCE = (frozenset({"x"}),)


def stump(low: float, high: float, *, threshold: float = 0.0, missing_left: bool = False) -> Tree:
    return Tree(
        feature=np.array([0, -1, -1]),
        threshold=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, 0, 0]),
        right=np.array([2, 0, 0]),
        missing_left=np.array([missing_left, False, False]),
        cover=np.array([2.0, 1.0, 1.0]),
        value=np.array([[np.nan], [low], [high]]),
    )


def answers(graph: GraphBuilder, tensor: str, numbers: list[float], width: int = 1) -> np.ndarray:
    model = graph.model({FEATURES: (tensor, TensorProto.DOUBLE, width)})
    onnx.checker.check_model(model)
    session = open_graph(model.SerializeToString())
    return np.asarray(session.run(None, {"x": np.array(numbers, dtype=np.float64)[:, None]})[0])


def test_a_sum_of_trees_keeps_the_precision_of_a_double() -> None:
    graph = GraphBuilder()
    matrix = Matrix(graph.input("x"), SOURCE)
    trees = [stump(1 / (3 + at), -100 / (7 + at)) for at in range(100)]
    got = answers(graph, sum_of_trees(graph, matrix, trees), [-1.0, 1.0])[:, 0]
    expected = [sum(1 / (3 + at) for at in range(100)), sum(-100 / (7 + at) for at in range(100))]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13 * abs(expected[1]))


def test_whole_numbers_need_one_weight_a_leaf() -> None:
    graph = GraphBuilder()
    sum_of_trees(graph, Matrix(graph.input("x"), SOURCE), [stump(0.0, 1.0)] * 3)
    attributes = {attribute.name: attribute for attribute in graph.nodes[0].attribute}
    assert attributes["n_targets"].i == 1
    assert len(attributes["target_ids"].ints) == 6


def test_trees_of_zeros_answer_zero() -> None:
    graph = GraphBuilder()
    total = sum_of_trees(graph, Matrix(graph.input("x"), SOURCE), [stump(0.0, 0.0)])
    assert answers(graph, total, [-1.0, 1.0, np.nan])[:, 0].tolist() == [0.0, 0.0, 0.0]


def test_a_threshold_belongs_to_the_left_and_missing_goes_where_it_is_told() -> None:
    graph = GraphBuilder()
    matrix = Matrix(graph.input("x"), SOURCE)
    trees = [stump(1.0, 2.0, threshold=0.1), stump(10.0, 20.0, threshold=0.1, missing_left=True)]
    numbers = [0.1, np.nextafter(0.1, 1), np.nan, -np.inf, np.inf]
    assert answers(graph, sum_of_trees(graph, matrix, trees), numbers)[:, 0].tolist() == [11, 22, 12, 11, 22]


def test_below_splits_floats_strictly() -> None:
    number = np.float32(0.3)
    threshold = below([0.3])[0]
    assert float(number) > threshold >= float(np.nextafter(number, np.float32(-1)))


def test_a_tree_adds_to_its_own_target() -> None:
    assert for_target([1.0, 2.0], 1, 3).tolist() == [[0, 1, 0], [0, 2, 0]]


def test_members_of_a_bitset_are_counted_from_the_lowest_bit() -> None:
    assert np.flatnonzero(members(np.array([5, 1], dtype=np.uint32))).tolist() == [0, 2, 32]


def test_category_columns_send_codes_others_and_missing() -> None:
    conversion = Conversion()
    matrix = Matrix(conversion.graph.input("x"), SOURCE)
    columns = CategoryColumns(matrix)
    first = columns.place(0, np.array([False, True, False]), other=True, missing=False)
    second = columns.place(0, np.array([True, False]), other=False, missing=True)
    assert columns.place(0, np.array([False, True, False, True, True]), other=True, missing=False) == first
    wide, features = columns.with_columns(conversion)
    assert (first, second, features) == (1, 2, (0, 0, 0))
    assert wide.sources == SOURCE * 3
    got = answers(conversion.graph, wide.tensor, [0, 1, 2, 3, 99, -1, np.nan], 3)
    assert got[:, first].tolist() == [0, 1, 0, 1, 1, 1, 0]
    assert got[:, second].tolist() == [1, 0, 0, 0, 0, 0, 1]


def test_columns_of_several_features_keep_the_order_in_which_they_were_asked() -> None:
    conversion = Conversion()
    number = Matrix(conversion.graph.input("x"), SOURCE)
    columns = CategoryColumns(conversion.join([number, number]))
    places = [
        columns.place(feature, np.array([at, True]), other=False, missing=False)
        for at, feature in ((False, 1), (True, 0), (True, 1))
    ]
    wide, features = columns.with_columns(conversion)
    assert (places, features) == ([2, 3, 4], (0, 1, 1, 0, 1))
    assert answers(conversion.graph, wide.tensor, [0, 1], 5)[:, 2:].tolist() == [[0, 1, 1], [1, 1, 1]]


def test_codes_of_numbers_are_their_places() -> None:
    conversion = Conversion()
    item = Matrix(conversion.graph.input("x"), SOURCE)
    coded = codes(conversion, item, [3, 5, 9], "Step")
    assert answers(conversion.graph, coded.tensor, [9, 3, 4, np.nan])[:, 0].tolist() == pytest.approx(
        [2, 0, np.nan, np.nan], nan_ok=True
    )


def test_a_column_without_known_categories_is_missing() -> None:
    conversion = Conversion()
    coded = codes(conversion, Matrix(conversion.graph.input("x"), SOURCE), [], "Step")
    assert np.isnan(answers(conversion.graph, coded.tensor, [1.0])).all()


def test_texts_learnt_where_the_table_has_numbers_are_refused_by_name() -> None:
    conversion = Conversion()
    item = Matrix(conversion.graph.input("x"), SOURCE)
    with pytest.raises(Refusal) as caught:
        codes(conversion, item, ["rond"], "LGBMRegressor")
    assert all(word in caught.value.detail[1] for word in ("LGBMRegressor", "column `x`", "rond"))
