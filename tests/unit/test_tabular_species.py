"""A schema with types and a response of its own on the pieces of a table: the contract of `predict_species`."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from functions.predict_species.schema import FEATURES, MODEL, PREDICT, Request, Response
from shared.errors import AugureError
from shared.model.bundle import read_folder
from shared.model.codec import Context
from shared.model.holder import embedded_bundle, load_predictor
from shared.model.table import ROLE
from shared.settings import Settings
from shared.validation import parse_json

ROW = dict(zip(FEATURES, (5.1, 3.5, 1.4, 0.2), strict=True))
WIDTH = "petal width (cm)"
EXPECTED = "attendu : nombre plus grand que 0 et d'au plus 100, reçu : "
LENGTHS = ", ".join(FEATURES)


@pytest.fixture(scope="module")
def context() -> Context:
    """The served model."""
    predictor = load_predictor(read_folder(embedded_bundle("predict_species"), "predict_species"), MODEL.signature)
    return Context(predictor.manifest, Settings(), "fr", predictor.prepared)


VALID: list[tuple[Any, list[list[float]], bool]] = [
    ({"data": [ROW, dict(reversed(ROW.items()))], "columns": list(reversed(ROW))}, [[*ROW.values()]] * 2, True),
    ({"data": [dict.fromkeys(ROW, 5)]}, [[5.0] * 4], True),
    ({"data": [ROW], "columns": None}, [[*ROW.values()]], False),
]


@pytest.mark.parametrize(("body", "rows", "is_fast"), VALID, ids=range(len(VALID)))
def test_flowers_become_the_inputs_of_the_graph(
    body: Any,
    rows: list[list[float]],
    is_fast: bool,  # noqa: FBT001  # of pytest
    context: Context,
) -> None:
    encoded = json.dumps(body).encode()
    assert PREDICT.fast_path is not None
    fast = PREDICT.fast_path.decode(encoded, context)
    slow = PREDICT.decode_request(parse_json(encoded, 32), context)
    assert (fast is not None) == is_fast
    for decoded in filter(None, (fast, slow)):
        feeds = decoded.rows[ROLE]
        assert list(feeds) == list(FEATURES)
        assert np.hstack([feeds[name] for name in FEATURES]).tolist() == rows
        assert all(feed.dtype == np.float64 and feed.flags.c_contiguous for feed in feeds.values())


REFUSED: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"data": []}, [("/data", "attendu : tableau d'au moins 1 élément(s), reçu : tableau de 0 élément(s)")]),
    ({"data": ROW}, [("/data", "attendu : tableau d'au moins 1 élément(s), reçu : objet de 4 champ(s)")]),
    ({}, [("/data", "champ obligatoire absent")]),
    ([], [("", "attendu : un objet, reçu : tableau de 0 élément(s)")]),
    ({"data": [ROW], "autre": 1}, [("/autre", "champ inconnu")]),
    ({"data": [ROW], "explain": True}, [("/explain", "champ inconnu")]),
    ({"data": [ROW, 3]}, [("/data/1", "attendu : un objet, reçu : 3")]),
    ({"data": [ROW | {WIDTH: "1.4"}]}, [(f"/data/0/{WIDTH}", EXPECTED + '"1.4"')]),
    (
        {"data": [ROW | {WIDTH: True, "petal length (cm)": None}]},
        [("/data/0/petal length (cm)", EXPECTED + "null"), (f"/data/0/{WIDTH}", EXPECTED + "true")],
    ),
    ({"data": [ROW | {"a/b~c": 1}]}, [("/data/0/a~1b~0c", "champ inconnu")]),
    ({"data": [ROW | {"species": 0}]}, [("/data/0/species", "champ inconnu")]),
    (
        {"data": [{"sepal length": 5}]},
        [
            ("/data/0/sepal length", "champ inconnu"),
            *((f"/data/0/{name}", "champ obligatoire absent") for name in FEATURES),
        ],
    ),
    (
        {"data": [ROW], "columns": list(ROW)[:3]},
        [("/columns", f'attendu : les colonnes {LENGTHS}, reçu : "{", ".join(FEATURES[:3])}"')],
    ),
    ({"data": [ROW], "columns": [*list(ROW)[:3], 3]}, [("/columns/3", "attendu : texte, reçu : 3")]),
    (
        {"data": [ROW | {WIDTH: 101}], "columns": 3, "zut": 1},
        [
            ("/zut", "champ inconnu"),
            (f"/data/0/{WIDTH}", EXPECTED + "101"),
            ("/columns", "attendu : tableau, reçu : 3"),
        ],
    ),
    ({"data": [ROW | {WIDTH: 0}] * 30}, [(f"/data/{at}/{WIDTH}", EXPECTED + "0") for at in range(20)]),
    ({"data": [ROW] * 1001}, [("/data", "attendu : 1000 lignes au plus, reçu : 1001")]),
    ({"data": [ROW], "x" * 99: 1}, [(f"/{'x' * 57}...", "champ inconnu")]),
    ({"data": [ROW | {WIDTH: 10**400}]}, [(f"/data/0/{WIDTH}", EXPECTED + "1" + "0" * 56 + "...")]),
]


@pytest.mark.parametrize(("body", "faults"), REFUSED, ids=range(len(REFUSED)))
def test_a_refused_request_is_told_every_fault(body: Any, faults: list[tuple[str, str]], context: Context) -> None:
    encoded = json.dumps(body).encode()
    assert PREDICT.fast_path is not None
    assert PREDICT.fast_path.decode(encoded, context) is None
    with pytest.raises(AugureError) as refused:
        PREDICT.decode_request(parse_json(encoded, 32), context)
    assert [(pointer, text[0]) for pointer, text in refused.value.faults] == faults


def test_the_response_has_integers_names_and_rounded_probabilities(context: Context) -> None:
    decoded = PREDICT.decode_request({"data": [ROW]}, context)
    outputs = {ROLE: {"label": np.array([[1]]), "probabilities": np.array([[0.98, 0.0123456789, 0.0]])}}
    encoded = PREDICT.encode_response(decoded, outputs, context)
    assert msgspec.to_builtins(encoded.body) == {
        "result": [1],
        "species": ["versicolor"],
        "probabilities": [[0.98, 0.012346, 0.0]],
    }
    assert encoded.logged_prediction == {"result": [1]}
    assert (PREDICT.request, PREDICT.response) == (Request, Response)


def test_a_redacted_line_keeps_the_valid_lengths(context: Context) -> None:
    body = {"data": [ROW | {WIDTH: 0.126}]}
    assert PREDICT.fast_path is not None
    decoded = PREDICT.fast_path.decode(json.dumps(body).encode(), context)
    assert decoded is not None
    redacted = [ROW | {WIDTH: 0.13}]
    assert msgspec.to_builtins(PREDICT.fast_path.redacted_payload(decoded)) == redacted
    assert PREDICT.log_payload(body, True) == redacted  # noqa: FBT003  # the codec's own parameters
    wrong = {"data": [{WIDTH: 101, "sepal width (cm)": "3", "sepal length (cm)": True, "zut": 3}, None]}
    assert PREDICT.log_payload(wrong, True) == [{}, None]  # noqa: FBT003
    assert PREDICT.log_payload({"data": 3}, True) is None  # noqa: FBT003
    assert PREDICT.log_payload(wrong, False) is wrong  # noqa: FBT003
