"""A schema of its own on the pieces of a table: the contract of `predict_species`, to the letter."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from functions.predict_species import schema as species
from shared.errors import AugureError
from shared.model.bundle import Bundle
from shared.model.codec import Codec, Context, DecodedRequest, EncodedResponse, Outputs
from shared.model.columns import rounded
from shared.model.holder import load_predictor
from shared.model.table import ROLE, Column, Table, Target
from shared.model.tabular.schema import Tabular
from shared.settings import Settings
from shared.validation import parse_json
from tests.tabular import bundle
from training.new.conversion.converter import convert

ROW = dict(zip(species.FEATURES, (5.1, 3.5, 1.4, 0.2), strict=True))


def encode(_: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The response of `predict_species`."""
    probabilities = outputs[ROLE]["probabilities"]
    result = outputs[ROLE]["label"][:, 0].tolist()
    names = [context.manifest.classes[at] for at in result]
    body = species.Response(result, names, rounded(probabilities, 6).tolist())
    return EncodedResponse(body, {"result": result})


@pytest.fixture(scope="module")
def irises() -> tuple[Tabular, Context]:
    """The model of a table of irises, with the types of `predict_species`."""
    data = load_iris(as_frame=True)
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(data.data, data.target)
    converted = convert(estimator, data.data)
    columns = tuple(Column(name, "number", minimum=0.1, maximum=7.9) for name in species.FEATURES)
    table = Table("classes", columns, converted.feeds, (Target("species", ("setosa", "versicolor", "virginica")),))
    outputs = {"label": 1, "probabilities": 3}
    manifest, files = bundle(table, converted.model.SerializeToString(), outputs)
    types = {field.encode_name: field.type for field in msgspec.structs.fields(species.Flower)}
    tabular = Tabular(
        manifest, types=types, explained=False, request=species.Request, response=species.Response, encode=encode
    )
    predictor = load_predictor(Bundle(manifest, files), tabular.signature)
    return tabular, Context(manifest, Settings(), "fr", predictor.prepared)


BODIES: list[Any] = [
    {"data": [ROW, dict(reversed(ROW.items()))], "columns": list(reversed(ROW))},
    {"data": [dict.fromkeys(ROW, 5)]},
    {"data": []},
    {"data": ROW},
    {},
    [],
    {"data": [ROW], "autre": 1},
    {"data": [ROW], "explain": True},
    {"data": [ROW, 3]},
    {"data": [ROW | {"sepal length (cm)": "1.4"}]},
    {"data": [ROW | {"sepal length (cm)": None, "sepal width (cm)": True}]},
    {"data": [ROW | {"a/b~c": 1}]},
    {"data": [{"sepal length": 5}]},
    {"data": [ROW], "columns": list(ROW)[:3]},
    {"data": [ROW], "columns": [*list(ROW)[:3], 3]},
    {"data": [ROW], "columns": None},
    {"data": [ROW | {"petal width (cm)": 101}], "columns": 3, "zut": 1},
    {"data": [ROW | {"petal width (cm)": 0}] * 30},
    {"data": [ROW] * 1001},
    {"data": [ROW], "x" * 99: 1},
    {"data": [ROW | {"petal width (cm)": 10**400}]},
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: json.dumps(body)[:60])
def test_requests_are_accepted_and_refused_as_before(body: Any, irises: tuple[Tabular, Context]) -> None:
    tabular, context = irises
    encoded = json.dumps(body).encode()
    value = parse_json(encoded, 32)
    assert tabular.predict.fast_path is not None
    fast = tabular.predict.fast_path.decode(encoded, context)
    assert (fast is None) == (species.decode_fast(encoded, context) is None)
    assert outcome(tabular.predict, value, context) == outcome(species.PREDICT, value, context)


def outcome(codec: Codec, value: Any, context: Context) -> object:
    """What decoding gives: rows, or the error in full."""
    try:
        decoded = codec.decode_request(value, context)
        rows = decoded.rows.get(ROLE)
        return np.hstack([rows[name] for name in ROW]).tolist() if rows else decoded.parsed.tolist()
    except AugureError as error:
        return type(error), error.detail, error.faults, error.code


def test_the_response_and_the_log_line_are_those_of_the_function(irises: tuple[Tabular, Context]) -> None:
    tabular, context = irises
    body = {"data": [ROW | {"petal width (cm)": 0.126}]}
    decoded = tabular.predict.decode_request(body, context)
    encoded = tabular.predict.encode_response(
        decoded, {ROLE: {"label": np.array([[0]]), "probabilities": np.array([[0.98, 0.0123456789, 0.0]])}}, context
    )
    assert msgspec.to_builtins(encoded.body) == {
        "result": [0],
        "species": ["setosa"],
        "probabilities": [[0.98, 0.012346, 0.0]],
    }
    assert encoded.logged_prediction == {"result": [0]}
    assert tabular.predict.fast_path is not None
    redacted = [ROW | {"petal width (cm)": 0.13}]
    assert tabular.predict.fast_path.redacted_payload(decoded) == redacted == tabular.predict.log_payload(body, True)  # noqa: FBT003  # the codec's own parameters
    wrong = {"data": [{"petal width (cm)": 101, "sepal width (cm)": "3", "sepal length (cm)": True, "zut": 3}, None]}
    for log_payload in (tabular.predict.log_payload, species.log_payload):
        assert log_payload(wrong, True) == [{}, None]  # noqa: FBT003
    assert tabular.predict.request is species.Request
