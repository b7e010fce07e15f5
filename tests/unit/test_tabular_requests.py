"""Requests of a table: both paths read the same rows, and every fault is named."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from shared.errors import AugureError, Invalid
from shared.model.bundle import Bundle
from shared.model.codec import Context, DecodedRequest
from shared.model.holder import load_predictor
from shared.model.table import ROLE
from shared.model.tabular.schema import Tabular
from shared.settings import Settings
from shared.validation import parse_json
from tests.tabular import EXPLAINED, RECORD, TABLE, bundle, dates
from tests.unit.test_fast_path import mutations

__all__ = ["dates"]
pytestmark = pytest.mark.usefixtures("dates")


class Paths:
    """Both paths of one model."""

    def __init__(self, table: Any = TABLE) -> None:
        manifest, files = bundle(table)
        self.tabular = Tabular(manifest)
        self.prepared = load_predictor(Bundle(manifest, files), self.tabular.signature).prepared
        self.manifest = manifest

    def context(self, settings: Settings) -> Context:
        return Context(self.manifest, settings, "fr", self.prepared)

    def fast(self, body: bytes, settings: Settings = Settings()) -> DecodedRequest | None:  # noqa: B008  # frozen
        assert self.tabular.predict.fast_path is not None
        return self.tabular.predict.fast_path.decode(body, self.context(settings))

    def slow(self, body: bytes, settings: Settings = Settings()) -> DecodedRequest:  # noqa: B008  # frozen
        return self.tabular.predict.decode_request(parse_json(body, 32), self.context(settings))

    def faults(self, **body: object) -> dict[str, tuple[str, str]]:
        encoded = json.dumps(body).encode()
        assert self.fast(encoded) is None
        with pytest.raises(Invalid) as caught:
            self.slow(encoded)
        return dict(caught.value.faults)


def same(one: DecodedRequest, other: DecodedRequest) -> bool:
    first, second = one.rows[ROLE], other.rows[ROLE]
    return (
        first.keys() == second.keys()
        and all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype != object) for name in first)
        and (one.parsed.ignored, one.parsed.explain, one.parsed.texts)
        == (other.parsed.ignored, other.parsed.explain, other.parsed.texts)
    )


NULLS = RECORD | {column.name: None for column in TABLE.columns if column.nullable}
VALID = [
    {"data": [RECORD]},
    {"data": [RECORD, NULLS, dict(reversed(RECORD.items()))]},
    {"data": [RECORD | {"age": 30.5, "zone": 9.0, "ville": "Tokyo", "montant : total": -1e9}]},
    {"data": [RECORD | {"id": "a:b::c"}, RECORD | {"id": None, "achat": "oui"}, RECORD]},
    {"data": [RECORD], "columns": [*RECORD, "id"]},
    {
        "data": [
            RECORD
            | {"palier": "NA", "avis": 'd\u00e9j\u00e0 \u00ab vu \u00bb : "12:30" \\ \n', "jour": "2024-05-01T10:30"}
        ]
    },
]


@pytest.mark.parametrize("body", VALID)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_both_paths_read_the_same_rows(body: object, ascii_only: bool) -> None:  # noqa: FBT001
    paths, encoded = Paths(), json.dumps(body, ensure_ascii=ascii_only).encode()
    fast = paths.fast(encoded)
    assert fast is not None
    assert same(fast, paths.slow(encoded))


def test_the_feeds_are_the_values_of_the_row() -> None:
    decoded = Paths().slow(json.dumps({"data": [RECORD, NULLS]}).encode())
    feeds = decoded.rows[ROLE]
    assert feeds["age"].tolist()[0] == [30.0]
    assert np.isnan(feeds["age"][1, 0])
    assert feeds["membre"].tolist()[0] == [1.0]
    assert feeds["ville"].tolist() == [["Lyon"], [""]]
    assert feeds["avis::words"].tolist() == [[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert feeds["jour::date"].tolist()[0] == [2024.0, 5.0]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": [RECORD]})[:-2] + ', "age": 31}]}',
        json.dumps({"data": [RECORD]}).replace('"avis"', '"avis": "un:deux", "avis"'),
        json.dumps({"data": [RECORD | {"avis": "x"}]}).replace('"avis": "x"', '"avis": "x", "avis": "\\u003a"'),
        json.dumps({"data": [RECORD | {"avis": "\ud800"}]}),
        json.dumps({"data": [RECORD]}) + "x",
        json.dumps({"data": [RECORD | {"age": float("inf")}]}).replace("Infinity", "1e999"),
        json.dumps({"data": []}),
    ],
)
def test_a_doubtful_body_is_left_to_the_slow_path_which_refuses_it(body: str) -> None:
    paths = Paths()
    assert paths.fast(body.encode()) is None
    with pytest.raises(AugureError):
        paths.slow(body.encode())


def test_what_only_the_slow_path_reads_is_valid_after_all() -> None:
    paths = Paths()
    smiling = json.dumps({"data": [RECORD | {"avis": "bon \U0001f600", "id": {"any": [1]}}]}).encode()
    assert paths.fast(smiling) is None
    decoded = paths.slow(smiling)
    assert decoded.parsed.texts["avis"] == ["bon \U0001f600"]
    assert decoded.parsed.ignored == ("id",)


def test_limits_leave_a_body_to_the_slow_path() -> None:
    paths, body = Paths(), json.dumps({"data": [RECORD, RECORD]}).encode()
    assert paths.fast(body, Settings(max_rows=1)) is None
    assert paths.fast(body, Settings(max_json_depth=2)) is None
    with pytest.raises(AugureError, match="at most 1 rows, got: 2"):
        paths.slow(body, Settings(max_rows=1))


def changed_cells() -> Iterator[tuple[str, object, str]]:
    yield "age", "30", 'attendu : nombre, reçu : "30"'
    yield "age", True, "attendu : nombre, reçu : true"
    yield "age", 2**60, "attendu : entier entre -9007199254740992 et 9007199254740992, reçu : 1152921504606846976"
    yield "montant : total", None, "attendu : nombre, reçu : null ; l'apprentissage n'en avait pas"
    yield "montant : total", 10**400, f"attendu : nombre fini, reçu : 1{'0' * 56}..."
    yield "zone", 1.5, "attendu : entier, reçu : 1.5"
    yield "zone", "1", 'attendu : entier, reçu : "1"'
    yield "zone", float(10**300), "attendu : entier entre -9007199254740992 et 9007199254740992, reçu : 1e+300"
    yield "taille", 41, "attendu : une valeur parmi 38, 40, 42, reçu : 41"
    yield "membre", 1, "attendu : true ou false, reçu : 1"
    yield "membre", "oui", 'attendu : true ou false, reçu : "oui"'
    yield "ville", 3, "attendu : texte, reçu : 3"
    yield "ville", "n/a", 'attendu : texte, reçu : "n/a" ; pour une valeur absente, envoyez null'
    yield "ville", "x" * 501, f'attendu : texte de 500 caractères au plus, reçu : "{"x" * 56}...'
    yield "palier", "Hauts", 'attendu : une valeur parmi NA, bas, haut, reçu : "Hauts" ; la plus proche : haut'
    yield (
        "palier",
        "",
        "attendu : texte, reçu : \"\" ; ce mot veut dire valeur absente, et l'apprentissage n'en avait pas",
    )
    yield "avis", ["bon"], "attendu : texte, reçu : tableau de 1 élément(s)"
    yield "avis", "x" * 20_001, f'attendu : texte de 20000 caractères au plus, reçu : "{"x" * 56}...'
    yield "jour", "2024-02-30", 'attendu : date ISO 8601, comme 2026-11-29, reçu : "2024-02-30"'
    yield "jour", 20240105, "attendu : date ISO 8601, comme 2026-11-29, reçu : 20240105"


@pytest.mark.parametrize(("name", "value", "detail"), list(changed_cells()))
def test_a_cell_of_another_kind_is_refused(name: str, value: object, detail: str) -> None:
    faults = Paths().faults(data=[RECORD, RECORD | {name: value}])
    assert {at: french for at, (french, _) in faults.items()} == {f"/data/1/{name}": detail}


def test_the_place_of_every_fault_is_named_in_order() -> None:
    record = {key: value for key, value in RECORD.items() if key != "age"}
    faults = Paths().faults(data=[record | {"Âge": 3, "zut": 1}, 3], columns=3, autre=1)
    assert list(faults.items()) == [
        ("/autre", ("champ inconnu", "unknown field")),
        ("/data/0/Âge", ("champ inconnu ; le nom le plus proche : age", "unknown field; the nearest name: age")),
        ("/data/0/zut", ("champ inconnu", "unknown field")),
        ("/data/0/age", ("champ obligatoire absent", "required field missing")),
        ("/data/1", ("attendu : un objet, reçu : 3", "expected: an object, got: 3")),
        ("/columns", ("attendu : tableau, reçu : 3", "expected: array, got: 3")),
    ]


def test_columns_name_every_column_once() -> None:
    paths = Paths()
    names = ", ".join(RECORD)
    for columns in (["age"], [*RECORD, "age"], [*RECORD, "autre"], []):
        faults = paths.faults(data=[RECORD], columns=columns)
        assert faults["/columns"][1].startswith(f"expected: the columns {names}, got: ")


def test_a_request_that_is_no_object_is_refused() -> None:
    paths = Paths()
    for body in (b"[]", b"3", b'{"data": {}}', b"{}"):
        with pytest.raises(Invalid):
            paths.slow(body)


def test_both_paths_agree_on_mutated_bodies() -> None:
    """The slow path accepts every body that the fast path accepts, with the same rows."""
    paths, accepted = Paths(), 0
    for body in VALID:
        for mutated in mutations(json.dumps(body).encode(), 400):
            fast = paths.fast(mutated)
            if fast is not None:
                assert same(fast, paths.slow(mutated)), mutated
                accepted += 1
    assert accepted > 100


def test_explain_needs_an_explanation() -> None:
    faults = Paths().faults(data=[RECORD], explain=True)
    assert faults == {"/explain": ("pas d'explication ici", "no explanation here")}
    paths = Paths(EXPLAINED)
    one, many = ({"data": [RECORD] * count, "explain": True} for count in (1, 101))
    fast = paths.fast(json.dumps(one).encode())
    assert fast is not None
    assert fast.parsed.explain is True
    assert same(fast, paths.slow(json.dumps(one).encode()))
    assert paths.fast(json.dumps(many).encode()) is None
    with pytest.raises(AugureError, match="at most 100 rows, got: 101"):
        paths.slow(json.dumps(many).encode())
