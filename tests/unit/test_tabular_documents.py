"""The OpenAPI types of tables of every kind, and what a schema imports before it needs it."""

import json
import subprocess
import sys
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pytest
from msgspec import Meta

from shared.model.table import Column, Feed, Table, Target
from shared.model.tabular.cells import fault_of, rule_of
from shared.model.tabular.contract import Contract
from shared.model.tabular.documents import request_type, response_type
from shared.model.tabular.logged import Redactor
from shared.model.tabular.rows import RowReader
from shared.model.tabular.unusual import unusual_values
from shared.settings import Settings
from tests.replay import ROOT
from tests.tabular import bundle, dates

__all__ = ["dates"]

X = Column("x", "number", nullable=True)
Y = Target("y", half_width=1.0, minimum=0.0, maximum=9.0, title=("Prix", "Price"))


def properties(kind: Any) -> dict[str, Any]:
    [schema], definitions = msgspec.json.schema_components([kind])
    found: dict[str, Any] = definitions[schema["$ref"].rpartition("/")[2]]["properties"]
    return found


def document(table: Table, **outputs: int) -> dict[str, Any]:
    return properties(response_type("my_model", table, outputs, explained=False))


def test_the_response_of_a_regressor() -> None:
    response = document(Table("values", (X,), (), (Y,)), value=1)
    assert list(response) == ["result", "intervals", "unusual"]
    assert response["result"]["items"] == {"type": "number"}
    assert response["result"]["x-targets"] == [
        {"name": "y", "title": "Prix", "x-title-en": "Price", "minimum": 0.0, "maximum": 9.0}
    ]
    assert response["intervals"]["x-coverage"] == 0.9
    several = document(Table("values", (X,), (), (Y, Target("z"))), value=2)
    assert list(several) == ["result", "unusual"]
    assert several["result"]["items"] == {"type": "array", "items": {"type": "number"}}


def test_the_response_of_outliers_and_of_several_targets() -> None:
    outliers = document(Table("outliers", (X,), (), (Target(""),), ignored=("id",)), label=1, scores=1)
    assert list(outliers) == ["result", "scores", "unusual", "ignored"]
    assert outliers["result"]["items"] == {"type": "integer"}
    targets = (Target("y", ("a", "b")), Target("z", (1, 2)))
    several = document(Table("classes", (X,), (), targets), label=2, probabilities=4)
    assert several["result"]["items"] == {"type": "array", "items": {}}
    assert several["probabilities"]["items"]["items"] == {"type": "array", "items": {"type": "number"}}


def test_titles_and_types_of_a_schema_replace_those_of_the_manifest() -> None:
    table = Table("values", (X, Column("w", "number")), (), (Y,))
    own = {"w": Annotated[float, Meta(gt=0, title="Poids")]}
    request = request_type("my_model", table, {"x": ("Taille", "Size")}, own, explained=False)
    assert list(properties(request)) == ["data", "columns"]
    _, definitions = msgspec.json.schema_components([request])
    row = definitions["MyModelRow"]["properties"]
    assert (row["x"]["title"], row["x"]["x-title-en"], row["x"]["examples"]) == ("Taille", "Size", [None])
    assert row["w"] == {"type": "number", "title": "Poids", "exclusiveMinimum": 0}


@pytest.mark.usefixtures("dates")
def test_a_column_without_known_range_or_values_has_nothing_unusual() -> None:
    columns = (X, Column("c", "code"), Column("t", "category", closed=True), Column("d", "date"))
    table = Table("values", columns, (), (Y,))
    contract = Contract(table, {}, explained=True)
    row = {"x": 1e9, "c": 7, "t": "any", "d": "2024-01-01"}
    rows = contract.reader.from_objects([row])
    assert unusual_values(contract, rows, {}, "fr") == []
    assert fault_of(contract.rules[2], "any", "") is None
    assert Redactor(contract).objects([row | {"x": None}, row]) == [{"x": None}, {}]


def test_a_whole_column_beyond_the_exact_integers_takes_any_number() -> None:
    rule = rule_of(Column("n", "number", whole=True, minimum=0, maximum=1e18))
    assert fault_of(rule, 2**60, "") is None
    assert fault_of(rule, "x", "") == ("", ('attendu : nombre, reçu : "x"', 'expected: number, got: "x"'))


def test_a_table_of_one_number_is_read() -> None:
    reader = RowReader([rule_of(X)], ())
    decoder = msgspec.json.Decoder(list[reader.type])  # type: ignore[name-defined]  # made at run time
    rows = reader.read(decoder.decode(b'[{"x": 1}, {"x": null}]'), 2)
    assert rows is not None
    assert np.array_equal(rows.matrix, [[1.0, np.nan]], equal_nan=True)


def test_a_text_may_have_a_type_of_its_own() -> None:
    table = Table("values", (Column("size", "category", values=("S",), closed=True),), (), (Y,))
    contract = Contract(table, {"size": Literal["S", "XL"]}, explained=False)
    rows = contract.decode_fast(b'{"data": [{"size": "XL"}]}', Settings(), 10)
    assert rows is not None
    assert rows.texts == {"size": ["XL"]}
    assert contract.decode_fast(b'{"data": [{"size": "M"}]}', Settings(), 10) is None
    assert Redactor(contract).objects([{"size": "XL"}]) == [{}]


LATER = ("shared.model.tabular.words", "shared.model.tabular.dates", "shared.model.tabular.explanations", "difflib")

LOAD = """
import json, sys
import msgspec
from shared.model.bundle import Manifest
from shared.model.tabular.schema import Tabular
Tabular(msgspec.json.decode(sys.stdin.buffer.read(), type=Manifest))
print(json.dumps(sorted(sys.modules)))
"""


def test_what_few_tables_need_is_imported_later() -> None:
    table = Table("values", (X,), (Feed("x", "x", "number"),), (Y,))
    manifest, _ = bundle(table, b"", {"value": 1})
    result = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=ROOT, input=msgspec.json.encode(manifest), capture_output=True, check=True
    )
    loaded = set(json.loads(result.stdout))
    assert "shared.model.tabular.rows" in loaded
    assert loaded.isdisjoint(LATER)
    assert not {name for name in loaded if name.startswith(("pandas", "sklearn", "onnx."))}


def test_explain_must_be_a_boolean() -> None:
    contract = Contract(Table("values", (X,), (), (Y,)), {}, explained=True)
    with pytest.raises(Exception, match="expected: true or false, got: 1"):
        contract.decode({"data": [{"x": 1}], "explain": 1}, 10)
