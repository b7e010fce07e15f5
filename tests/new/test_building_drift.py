"""The drift reference and the request log of a user's own model know every kind of column."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from shared.model.bundle import MANIFEST, Data, Manifest, version_of
from shared.model.table import Column, Table, Target
from training import logged_rows
from training.drift.comparison import PREDICTIONS, Observed, compare, observe
from training.drift.reference import MISSING, OTHER_CODES, LoggedRow, Reference
from training.logged_rows import answer_names, log_reader, rows_of
from training.new.answers import Answers
from training.new.reference import reference

COLUMNS = (
    Column("age", "number", nullable=True, minimum=0, maximum=100),
    Column("ville", "category", nullable=True, values=("Lyon", "Nîmes", "Paris")),
    Column("code", "code", values=(1, 2)),
    Column("actif", "boolean"),
    Column("jour", "date", first="2020-01-01", last="2020-12-31"),
    Column("avis", "text"),
)
TABLE = Table("classes", COLUMNS, (), (Target("achat", labels=(False, True)),))


def frame(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"age": random.uniform(0, 100, rows), "ville": random.choice(["Lyon", "Nîmes", "Paris"], rows)}
    )
    table["code"], table["actif"] = random.integers(1, 3, rows), random.random(rows) < 0.5
    table["jour"] = [f"2020-{month:02}-15" for month in random.integers(1, 13, rows)]
    table["avis"] = ["x" * length for length in random.integers(1, 60, rows)]
    table.loc[::10, "age"], table.loc[1::10, "ville"] = np.nan, None
    return table


def line(table: pd.DataFrame, labels: Any, **changes: Any) -> dict[str, Any]:
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
    return {
        "httpRequest": {"requestUrl": "/essai"},
        "model": {"version": "1"},
        "payload": {"data": rows},
        "prediction": {"result": labels},
    } | changes


def expected(table: Table = TABLE, given: Answers | None = None) -> Reference:
    answers = given or Answers(np.arange(600)[:, None] % 2)
    return msgspec.json.decode(reference(table, frame(), answers), type=Reference)


def log(*lines: dict[str, Any], table: Table = TABLE) -> Observed:
    return observe(lines, lambda one: rows_of(one, table), "1", lambda reason: pytest.fail(reason[0]))


def drifted(observed: Observed) -> dict[str, str]:
    return {shift.name: shift.bin for shift in compare(expected(), observed, 0.2).past}


def test_the_reference_has_a_bin_for_each_category_and_for_null() -> None:
    inputs = expected().graphs["model"].inputs
    assert sorted(inputs["ville"].texts) == ["Lyon", "Nîmes", "Paris"]
    assert inputs["ville"].names()[-2:] == [OTHER_CODES, MISSING]
    assert inputs["ville"].counts[-2:] == (0, 60)
    assert inputs["age"].counts[-1] == 60
    assert set(inputs["actif"].texts) == {"true", "false"}
    assert set(inputs["code"].texts) == {"1", "2"}
    assert inputs["jour"].names()[0].startswith("≤ 2020-")
    assert sum(inputs["avis"].counts) == 600


def test_the_same_rows_do_not_drift() -> None:
    labels = [row % 2 == 1 for row in range(600)]
    assert drifted(log(line(frame(seed=5), labels))) == {}


def test_other_categories_months_lengths_and_nulls_drift() -> None:
    moved = frame(seed=5).assign(ville="Brest", jour="2020-01-31", avis="court", actif=True)
    moved.loc[::2, "age"] = np.nan
    found = drifted(log(line(moved, [True] * 600)))
    assert found["ville"] == OTHER_CODES
    assert found["age"] == MISSING
    assert found["actif"] in {"true", "false"}
    assert set(found) == {"age", "ville", "jour", "avis", "actif", "réponse"}


def test_a_category_that_a_redacted_line_left_out_is_another_one() -> None:
    redacted = frame(seed=5).drop(columns=["ville", "avis"]).assign(jour="2020-05")
    observed = log(line(redacted, [row % 2 == 1 for row in range(600)]))
    found = {shift.name: shift for shift in compare(expected(), observed, 0.2).shifts}
    assert found["ville"].bin == OTHER_CODES
    assert found["ville"].observed == 1
    assert "avis" not in found
    assert found["jour"].psi > 0.2


def test_a_line_without_rows_counts_its_answers_only() -> None:
    observed = log(line(frame(), [True] * 600, payload=None))
    assert set(observed.values) == {("model", PREDICTIONS, "réponse")}


def test_numbers_several_targets_outliers_and_clusters_are_answers_too() -> None:
    values = Table("values", COLUMNS, (), (Target("prix"), Target("poids")))
    assert answer_names(values) == ("prix", "poids")
    rows = list(rows_of(line(frame(2), [[1.5, 2.5], [3.5, 4.5]]), values))
    assert rows[1].predictions == {"prix": 3.5, "poids": 4.5}
    given = expected(values, Answers(values=np.arange(1200.0).reshape(600, 2)))
    assert len(given.graphs["model"].predictions["prix"].edges) == 9
    outliers = Table("outliers", COLUMNS, (), (Target(""),))
    assert [row.predictions for row in rows_of(line(frame(2), [1, -1]), outliers)] == [
        {"anomalie": "1"},
        {"anomalie": "0"},
    ]
    found = expected(outliers, Answers(np.arange(600)[:, None] % 2)).graphs["model"].predictions["anomalie"]
    assert set(found.texts) == {"0", "1"}
    clusters = Table("clusters", COLUMNS, (), (Target(""),))
    assert answer_names(clusters) == ("groupe",)
    assert set(expected(clusters).graphs["model"].predictions["groupe"].texts) == {"0", "1"}


def test_the_reader_of_a_model_takes_its_columns_from_its_bundle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = Manifest(1, "essai", (), {}, {}, Data("", "", "", 1, {}), {}, "", {}, "", table=TABLE)
    manifest = msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)
    manifest = msgspec.structs.replace(manifest, version=version_of(manifest))
    (tmp_path / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    monkeypatch.setattr(logged_rows, "bundle_of", lambda name: tmp_path if name == "essai" else Path("/"))
    reader = log_reader("essai")
    asked = line(frame(2), [True, False])
    first, second = reader(asked)
    assert isinstance(first, LoggedRow)
    assert (first.predictions, second.predictions) == ({"réponse": True}, {"réponse": False})
    assert first.inputs["ville"] == frame(2)["ville"][0]
    assert list(reader(asked | {"httpRequest": {"requestUrl": "/essai/explication"}})) == []
