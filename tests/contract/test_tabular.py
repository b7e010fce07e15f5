"""A function generated for a table, over HTTP: answers, errors, OpenAPI, the request log, another version."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.model import holder
from shared.model.tabular import schema
from tests.client import Client
from tests.replay import ROOT, load
from tests.tabular import (
    EXPLAINED,
    NAME,
    RECORD,
    TABLE,
    StandInExplainer,
    bundle,
    dates,
    explainer,
    log_odds,
    probability,
    write,
)

__all__ = ["dates", "explainer"]
pytestmark = pytest.mark.usefixtures("dates")

Serve = Callable[..., Client]
Lines = Callable[[], list[dict[str, Any]]]

SCHEMA = f'''"""Requests and responses of `{NAME}`."""

from shared.model.tabular.schema import Tabular

MODEL = Tabular("{NAME}")
SIGNATURE = MODEL.signature
PREDICT = MODEL.predict
EXPLAIN = MODEL.explain
'''
MAIN = f'''import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append({str(ROOT)!r})

from shared.endpoint import endpoint
from shared.model.routes import predict

from . import schema

{NAME} = endpoint(
    "{NAME}",
    ("Ventes", "Sales"),
    HERE,
    schema.SIGNATURE,
    predict("/{NAME}", schema.PREDICT, ("Prédire", "Predict")),
    predict("/{NAME}/explication", schema.EXPLAIN, ("Expliquer", "Explain")),
)
'''


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Writes a function and its bundle, and loads it."""

    def load_it(table: Any = TABLE, **environment: str) -> Client:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        folder = write(tmp_path / "models" / NAME / "bundle", *bundle(table))
        for module in (holder, schema):
            monkeypatch.setattr(module, "embedded_bundle", lambda _: folder)
        function = tmp_path / "functions" / NAME
        function.mkdir(parents=True)
        (function / "main.py").write_text(MAIN, "utf-8")
        (function / "schema.py").write_text(SCHEMA, "utf-8")
        return load(function)

    return load_it


def ask(client: Client, body: object, path: str = f"/{NAME}", language: str = "fr") -> tuple[int, Any]:
    reply = client.post(
        path, data=json.dumps(body), content_type="application/json", headers={"Accept-Language": language}
    )
    return reply.status_code, reply.get_json()


def test_a_request_is_answered_by_names_and_labels(serve: Serve) -> None:
    status, answer = ask(serve(), {"data": [RECORD, RECORD | {"age": 95, "id": 3}]})
    assert status == 200
    chances = [probability(record) for record in (RECORD, RECORD | {"age": 95})]
    assert [row[1] for row in answer["probabilities"]] == pytest.approx(chances, rel=1e-12)
    assert answer == {
        "result": ["oui", "oui"],
        "probabilities": answer["probabilities"],
        "sets": [["oui"], ["oui"]],
        "unusual": [
            {
                "pointer": "/data/1/age",
                "detail": "95 est hors de ce que l'apprentissage a vu : de 18 à 90",
                "seen": [18, 90],
            }
        ],
        "ignored": ["id"],
    }


def test_an_invalid_request_is_a_422_with_pointers(serve: Serve) -> None:
    client = serve()
    status, problem = ask(client, {"data": [RECORD | {"age": "30", "taille": 41}]}, language="en")
    assert status == 422
    assert problem["errors"] == [
        {"pointer": "/data/0/age", "detail": 'expected: number, got: "30"'},
        {"pointer": "/data/0/taille", "detail": "expected: one of 38, 40, 42, got: 41"},
    ]
    assert ask(client, {"data": [RECORD] * 1001})[1]["code"] == "too_many_rows"


def test_explanations_are_refused_with_the_reason(serve: Serve) -> None:
    client = serve()
    for path, body in ((f"/{NAME}", {"explain": True}), (f"/{NAME}/explication", {})):
        status, problem = ask(client, {"data": [RECORD], **body}, path)
        assert (status, problem["code"], problem["detail"]) == (422, "no_explanation", "pas d'explication ici")
    assert ask(client, [], f"/{NAME}/explication")[0] == 422


def test_explanations_come_with_the_answers(serve: Serve, explainer: type[StandInExplainer], log_lines: Lines) -> None:
    client = serve(EXPLAINED)
    status, answer = ask(client, {"data": [RECORD, RECORD]}, f"/{NAME}/explication")
    assert status == 200
    assert answer["result"] == ["oui", "oui"]
    assert answer["explanations"][1]["contributions"][0] == {"column": "age", "contribution": 0.6, "value": 30}
    asked = ask(client, {"data": [RECORD], "explain": True})[1]
    assert asked["explanations"] == answer["explanations"][:1]
    assert explainer.made == 1
    assert ask(client, {"data": [RECORD] * 101}, f"/{NAME}/explication")[0] == 413
    assert [line["prediction"] for line in log_lines()] == [
        {"result": ["oui", "oui"], "explained": True},
        {"result": ["oui"]},
        None,
    ]


SENSITIVE = RECORD | {
    "age": 30.126,
    "montant : total": 1e6,
    "zone": 9,
    "ville": "12 rue du Bac",
    "avis": "je m'appelle Ada",
    "jour": "2024-05-17",
    "id": "0123",
}
KEPT = {"age": 30.13, "taille": 40, "membre": True, "palier": "bas", "jour": "2024-05"}


@pytest.mark.parametrize("doubt", ["", "\U0001f600"])
def test_a_redacted_line_has_known_values_only(serve: Serve, log_lines: Lines, doubt: str) -> None:
    """On the fast path and, with an emoji as two escapes, on the slow one."""
    client = serve(REQUEST_LOG_PAYLOAD="redacted")
    nulls = RECORD | {column.name: None for column in TABLE.columns if column.nullable}
    assert ask(client, {"data": [SENSITIVE | {"avis": doubt}, nulls, RECORD | {"jour": "2030-01-01"}]})[0] == 200
    [line] = log_lines()
    assert line["payload"] == [
        KEPT,
        {name: value for name, value in nulls.items() if name != "avis"},
        {name: value for name, value in RECORD.items() if name not in {"avis", "jour"}},
    ]
    assert list(line["prediction"]) == ["result"]


def test_a_redacted_line_of_an_invalid_request_has_valid_cells_only(serve: Serve, log_lines: Lines) -> None:
    client = serve(REQUEST_LOG_PAYLOAD="redacted")
    row = {"age": "30", "montant : total": None, "zone": True, "taille": "40", "membre": 1, "ville": 3, "palier": None}
    assert (
        ask(
            client, {"data": [row | {"jour": "hier", "zut": 1}, 3, {"jour": 5, "zone": 5}, {"montant : total": False}]}
        )[0]
        == 422
    )
    assert ask(client, [1])[0] == 422
    assert [line["payload"] for line in log_lines()] == [[{}, None, {"zone": 5}, {}], None]


def test_a_full_line_has_the_request(serve: Serve, log_lines: Lines) -> None:
    client = serve(REQUEST_LOG_PAYLOAD="full")
    bodies: list[Any] = [{"data": [RECORD]}, {"data": [SENSITIVE | {"avis": "\U0001f600"}]}, {"data": 3}]
    for body in bodies:
        ask(client, body)
    assert [line["payload"] for line in log_lines()] == bodies


def test_openapi_says_all_that_a_form_needs(serve: Serve) -> None:
    document = serve(EXPLAINED).get("/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    request, row = schemas["VentesRequest"], schemas["VentesRow"]
    assert request["properties"]["data"]["x-ignored"] == ["id", "achat"]
    assert request["properties"]["explain"]["x-title-en"] == "Explain the answers"
    assert list(row["properties"]) == list(RECORD)
    assert row["required"] == list(RECORD)
    assert row["properties"]["age"] == {
        "type": ["number", "null"],
        "title": "Âge",
        "x-title-en": "Age",
        "x-kind": "number",
        "x-whole": True,
        "x-minimum": 18,
        "x-maximum": 90,
        "examples": [30],
    }
    assert row["properties"]["palier"] == {
        "type": "string",
        "title": "palier",
        "x-title-en": "palier",
        "x-kind": "category",
        "maxLength": 500,
        "x-values": ["NA", "bas", "haut"],
        "x-closed": True,
        "examples": ["bas"],
    }
    assert row["properties"]["jour"]["x-first"] == "2024-01-05"
    assert row["properties"]["zone"]["type"] == ["integer", "null"]
    response = schemas["VentesResponse"]["properties"]
    assert list(response) == ["result", "probabilities", "sets", "unusual", "ignored", "explanations"]
    assert response["result"]["items"] == {"enum": ["non", "oui"]}
    assert response["result"]["x-targets"] == [
        {"name": "achat", "title": "achat", "x-title-en": "achat", "labels": ["non", "oui"]}
    ]
    assert document["paths"][f"/{NAME}/explication"]["post"]["responses"]["200"]


def test_the_model_shows_its_table(serve: Serve) -> None:
    model = serve().get("/model").get_json()
    assert model["classes"] == ["non", "oui"]
    assert model["table"]["columns"][0]["title"] == ["Âge", "Age"]
    assert model["name"] == NAME


def test_another_version_is_served_by_its_own_table(serve: Serve, tmp_path: Path) -> None:
    columns = tuple(
        msgspec.structs.replace(column, values=("Nice",), closed=True) if column.name == "ville" else column
        for column in TABLE.columns
    )
    promoted = write(tmp_path / "promoted", *bundle(msgspec.structs.replace(TABLE, columns=columns)))
    client = serve(MODEL_URI=str(promoted))
    assert client.get("/health/ready").get_json()["source"] == "folder"
    status, problem = ask(client, {"data": [RECORD]})
    assert (status, problem["errors"][0]["detail"]) == (422, 'attendu : une valeur parmi Nice, reçu : "Lyon"')
    status, answer = ask(client, {"data": [RECORD | {"ville": "Nice"}]})
    assert status == 200
    assert answer["probabilities"][0][1] == pytest.approx(probability(RECORD | {"ville": "Nice"}), rel=1e-12)
    assert log_odds(RECORD | {"ville": "Nice"}) < log_odds(RECORD)
