"""The routes of `predict_species`, value by value."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Client

Load = Callable[[str], Client]
NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
TOO_LONG = "attendu : nombre plus grand que 0 et d'au plus 100, reçu : 101"
SETOSA = dict(zip(NAMES, (5.1, 3.5, 1.4, 0.2), strict=True))
VIRGINICA = dict(zip(NAMES, (6.3, 3.3, 6.0, 2.5), strict=True))


def ask(client: Client, **body: object) -> dict[str, Any]:
    text = json.dumps(body)  # keys in the given order
    answer = client.post("/predict_species", data=text, content_type="application/json")
    prediction: dict[str, Any] = answer.get_json()
    return prediction


def test_the_root_is_the_original_welcome_text(function: Load) -> None:
    answer = function("predict_species").get("/")
    assert answer.content == b"Iris species predictor API !"
    assert answer.content_type == "text/plain; charset=utf-8"


def test_rows_keep_their_order_and_the_order_of_keys_does_not_matter(function: Load) -> None:
    client = function("predict_species")
    backwards = dict(reversed(SETOSA.items()))
    answer = ask(client, data=[VIRGINICA, backwards, VIRGINICA], columns=list(reversed(NAMES)))
    assert answer["result"] == [2, 0, 2]
    assert answer["species"] == ["virginica", "setosa", "virginica"]
    assert answer == ask(client, data=[VIRGINICA, SETOSA, VIRGINICA])
    assert [round(sum(row), 5) for row in answer["probabilities"]] == [1.0, 1.0, 1.0]
    assert answer["probabilities"][1][0] > 0.99


def test_integers_are_accepted(function: Load) -> None:
    assert ask(function("predict_species"), data=[dict.fromkeys(NAMES, 5)])["result"] == [2]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"data": []}, "/data", "attendu : tableau d'au moins 1 élément(s), reçu : tableau de 0 élément(s)"),
        ({"data": SETOSA}, "/data", "attendu : tableau d'au moins 1 élément(s), reçu : objet de 4 champ(s)"),
        ({}, "/data", "champ obligatoire absent"),
        ({"data": [SETOSA], "autre": 1}, "/autre", "champ inconnu"),
        ({"data": [SETOSA, 3]}, "/data/1", "attendu : un objet, reçu : 3"),
        ({"data": [SETOSA, {**SETOSA, NAMES[2]: "1.4"}]}, f"/data/1/{NAMES[2]}", None),
        ({"data": [{**SETOSA, "a/b~c": 1}]}, "/data/0/a~1b~0c", "champ inconnu"),
        ({"data": [SETOSA], "columns": [*NAMES[:3], NAMES[0]]}, "/columns", None),
        ({"data": [SETOSA], "columns": [*NAMES[:3], 3]}, "/columns/3", "attendu : texte, reçu : 3"),
        ({"data": [{**SETOSA, NAMES[0]: 101}]}, f"/data/0/{NAMES[0]}", TOO_LONG),
        ({"data": [SETOSA], "x" * 99: 1}, f"/{'x' * 57}...", "champ inconnu"),
    ],
)
def test_an_invalid_value_is_422_with_its_pointer(
    function: Load, body: dict[str, object], pointer: str, detail: str | None
) -> None:
    answer = function("predict_species").post("/predict_species", json=body)
    assert answer.status_code == 422
    [fault] = answer.get_json()["errors"]
    assert fault["pointer"] == pointer
    assert detail is None or fault["detail"] == detail


def test_too_many_rows_are_413(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_ROWS", "2")
    client = function("predict_species")
    assert client.post("/predict_species", json={"data": [SETOSA] * 2}).status_code == 200
    answer = client.post("/predict_species", json={"data": [SETOSA] * 3})
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_many_rows")
    assert answer.get_json()["errors"][0]["pointer"] == "/data"


def test_at_most_20_faults_are_listed(function: Load) -> None:
    answer = function("predict_species").post("/predict_species", json={"data": [{}] * 10}).get_json()
    assert len(answer["errors"]) == 20
    assert answer["detail"].endswith("; et au moins 19 autre(s) erreur(s)")
