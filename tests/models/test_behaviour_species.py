"""The behaviour of the committed iris model, through its function, on the 150 flowers."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from functions.predict_species.schema import FEATURES
from models.predict_species.data import CLASSES, Flowers, load
from tests.client import Client
from tests.replay import ROOT
from tests.replay import load as load_function

Rows = NDArray[np.float64]
ROUNDING = 1e-6
"""Largest rounding error: responses have six decimals."""
SEPAL_LENGTH, SEPAL_WIDTH, PETAL_LENGTH, PETAL_WIDTH = range(4)


@pytest.fixture
def client() -> Client:
    return load_function(ROOT / "functions" / "predict_species")


@pytest.fixture(scope="module")
def flowers() -> Flowers:
    return load()


def _body(rows: Rows, order: Sequence[int] = (0, 1, 2, 3), **more: object) -> str:
    return json.dumps({"data": [{FEATURES[at]: float(row[at]) for at in order} for row in rows], **more})


def _answer(client: Client, body: str) -> dict[str, Any]:
    answer = client.post("/predict_species", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    prediction: dict[str, Any] = answer.get_json()
    return prediction


def _probabilities(client: Client, rows: Rows) -> Rows:
    return np.array(_answer(client, _body(rows))["probabilities"])


def _cm(flowers: Flowers) -> Rows:
    return flowers.rows.astype(np.float64).round(1)


@pytest.mark.parametrize("species", CLASSES)
def test_the_median_flower_of_each_species_is_recognised_with_certainty(
    client: Client, flowers: Flowers, species: str
) -> None:
    typical = np.median(_cm(flowers)[flowers.labels == CLASSES.index(species)], axis=0, keepdims=True)
    answer = _answer(client, _body(typical))
    assert answer["species"] == [species]
    assert max(answer["probabilities"][0]) > 0.98


def test_setosa_is_never_confused_with_another_species(client: Client, flowers: Flowers) -> None:
    result = np.array(_answer(client, _body(_cm(flowers)))["result"])
    assert ((result == 0) == (flowers.labels == 0)).all()
    assert (result == flowers.labels).mean() >= 0.975


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1)])
def test_predictions_do_not_depend_on_the_order_of_the_fields(
    client: Client, flowers: Flowers, order: tuple[int, ...]
) -> None:
    rows = _cm(flowers)
    columns = [FEATURES[at] for at in order]
    assert _answer(client, _body(rows, order, columns=columns)) == _answer(client, _body(rows))


def test_predictions_do_not_depend_on_other_rows(client: Client, flowers: Flowers) -> None:
    rows = _cm(flowers)
    together = _probabilities(client, rows)
    assert _probabilities(client, rows[::-1])[::-1] == pytest.approx(together, abs=ROUNDING)
    for at in range(0, 150, 25):
        assert _probabilities(client, rows[at : at + 1])[0] == pytest.approx(together[at], abs=ROUNDING)


def test_predictions_do_not_depend_on_the_notation_of_numbers(client: Client, flowers: Flowers) -> None:
    rows = _cm(flowers)
    spelt = _body(rows).replace(".0,", ",").replace(".0}", "}").replace(": 0.2}", ": 2e-1}")
    assert spelt != _body(rows)
    assert _answer(client, spelt) == _answer(client, _body(rows))


def test_an_error_of_a_tenth_of_a_millimetre_changes_no_confident_prediction(client: Client, flowers: Flowers) -> None:
    rows = _cm(flowers)
    before = _probabilities(client, rows)
    sure = before.max(axis=1) > 0.9
    for shift in (-0.01, 0.01):
        after = _probabilities(client, rows + shift)
        assert (after.argmax(axis=1) == before.argmax(axis=1))[sure].all()


@pytest.mark.parametrize("column", [PETAL_LENGTH, PETAL_WIDTH])
def test_a_larger_petal_never_makes_setosa_more_probable(client: Client, flowers: Flowers, column: int) -> None:
    _never_more_probable(client, _cm(flowers), column, "setosa")


@pytest.mark.parametrize("column", [PETAL_LENGTH, PETAL_WIDTH])
def test_a_larger_petal_never_makes_virginica_less_probable(client: Client, flowers: Flowers, column: int) -> None:
    _never_more_probable(client, _cm(flowers), column, "virginica", -1)


@pytest.mark.parametrize("column", [SEPAL_LENGTH, SEPAL_WIDTH])
def test_a_larger_sepal_with_the_same_petal_never_makes_setosa_less_probable(
    client: Client, flowers: Flowers, column: int
) -> None:
    _never_more_probable(client, _cm(flowers), column, "setosa", -1)


def _never_more_probable(client: Client, rows: Rows, column: int, species: str, sign: int = 1) -> None:
    """Increase one measurement in steps up to 3 cm, all else equal. Some probabilities must change."""
    steps = np.linspace(0, 3, 7)
    place = CLASSES.index(species)
    grown = np.stack([_probabilities(client, _longer(rows, column, step))[:, place] for step in steps])
    change: Rows = sign * (grown[1:] - grown[:-1])
    assert np.max(change) <= ROUNDING
    assert np.min(change) < -0.1


def _longer(rows: Rows, column: int, step: float) -> Rows:
    grown = rows.copy()
    grown[:, column] += step
    return grown
