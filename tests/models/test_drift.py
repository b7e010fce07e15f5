"""Drift: the index against known values, then from a function's log to the exit code."""

import json
from collections.abc import Callable, Iterator
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from functions.predict_species.schema import FEATURES
from functions.predire.student import STAGES
from models.__main__ import main
from models.predict_digit import log_rows as digits
from models.predict_digit.measure import Predictions
from models.predict_species import log_rows as flowers
from models.predire import log_rows as students
from models.predire.data import load as load_students
from shared.model.bundle import Bundle
from tests.conftest import Lines
from tests.replay import ROOT, cases, load
from training.drift.comparison import Observed, compare, least_rows, observe, read_reference, stability_index
from training.drift.reference import (
    FILE,
    Column,
    GraphReference,
    LoggedRow,
    Reference,
    column,
    graph_reference,
    measured_column,
    text_column,
    text_of,
)
from training.drift.table import show_drift
from training.logged_rows import ANSWER
from training.model_folders import bundle_of

pytestmark = pytest.mark.usefixtures("train_once")
Run = Callable[..., Result]
Train = Callable[..., Bundle]


def counts(*numbers: int) -> Any:
    return np.array(numbers)


def test_the_stability_index_matches_its_definition() -> None:
    """(0.5 - 0.25) ln 2 + (0.5 - 0.75) ln(2/3), with so many rows that half a row per bin is negligible."""
    expected = 0.25 * np.log(2) + 0.25 * np.log(1.5)
    assert stability_index(counts(250_000, 750_000), counts(500_000, 500_000)) == pytest.approx(expected, abs=1e-5)
    assert stability_index(counts(500, 500), counts(250, 750)) == stability_index(counts(250, 750), counts(500, 500))
    assert stability_index(counts(30, 70), counts(300, 700)) == pytest.approx(0, abs=1e-4)
    assert 0.2 < stability_index(counts(100, 100, 0), counts(90, 90, 20)) < 1


def test_random_samples_rarely_exceed_the_threshold() -> None:
    """With 4,000 samples drawn from the reference's shares."""
    random = np.random.default_rng(0)
    reference = Column(counts=(400,) * 10, edges=tuple(range(9)))
    rows = least_rows(reference, 0.2)
    assert rows == 145
    drawn = random.multinomial(rows, np.full(10, 0.1), size=4000)
    base = random.multinomial(4000, np.full(10, 0.1), size=4000)
    passed = [stability_index(one, other) > 0.2 for one, other in zip(base, drawn, strict=True)]
    assert np.mean(passed) < 0.003
    few = random.multinomial(rows // 3, np.full(10, 0.1), size=4000)
    assert np.mean([stability_index(one, other) > 0.2 for one, other in zip(base, few, strict=True)]) > 0.02


def test_a_small_reference_cannot_be_compared() -> None:
    assert least_rows(Column(counts=(5, 5, 5), edges=(1, 2)), threshold=0.2) is None


def test_numbers_are_binned_by_quantiles() -> None:
    found = column(np.arange(1000.0))
    assert len(found.counts) == 10
    assert set(found.counts) <= {99, 100, 101}
    assert found.edges[0] == 99
    assert found.count(np.array([-1e9, 99, 99.5, 1e9])).tolist() == [1 + 1, 1] + [0] * 7 + [1]
    assert found.names()[0] == "≤ 99"
    assert found.names()[-1] == "> 899"


def test_ties_give_fewer_bins_and_no_empty_ones() -> None:
    found = column(np.array([0.0] * 900 + list(range(1, 101))))
    assert (list(found.edges), list(found.counts)) == ([0], [900, 100])


def test_each_frequent_code_has_a_bin_and_rare_ones_share_one() -> None:
    found = column(np.array([33.0] * 500 + [9991.0] * 40 + list(range(100, 120))), coded=True)
    assert (found.codes, found.counts) == ((33.0, 9991.0), (500, 40, 20))
    assert found.count(np.array([33.0, 1.0, 2.0])).tolist() == [1, 0, 2]
    assert column(np.array([0.0, 1.0] * 50)).codes == (0.0, 1.0)


def test_quantities_with_too_few_rows_are_listed_without_a_verdict() -> None:
    random = np.random.default_rng(0)
    expected = Reference(1, {"g": graph_reference({"a": random.random(1000), "b": random.random(1000)}, {})})
    observed = Observed()
    observed.values["g", "entrée", "a"] = (random.random(500) / 2).tolist()
    observed.values["g", "entrée", "b"] = [0.1] * 20
    drift = compare(expected, observed, 0.2)
    assert [shift.name for shift in drift.past] == ["a"]
    assert [(column.name, column.rows, column.needed) for column in drift.sparse] == [("b", 20, 162)]


@pytest.mark.parametrize("stage", STAGES)
def test_a_table_of_80_columns_is_not_truncated(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the longest names of all models."""
    manifest, expected = read_reference(bundle_of("predire"), "predire")
    observed = Observed()
    random = np.random.default_rng(0)
    for name in STAGES[stage]:
        observed.values[stage, "entrée", name] = random.random(60).tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        show_drift(compare(expected, observed, 0.5), manifest)
    shown = capsys.readouterr().out
    assert "…" not in shown
    head = next(line for line in shown.splitlines() if "graphe" in line)
    words = "".join(line[head.index("nom") : head.index("lignes")].strip() for line in shown.splitlines())
    assert all(name in words for name in STAGES[stage])


@pytest.fixture
def bundle(train: Train, tmp_path: Path) -> Path:
    """A reduced iris model."""
    train("predict_species", tmp_path / "bundle", "--quick")
    return tmp_path / "bundle"


Ask = Callable[[Any], None]


@pytest.fixture(params=["full", "redacted"])
def ask(request: pytest.FixtureRequest, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Send flowers to the function in requests of 50; its log is full or redacted."""
    monkeypatch.setenv("MODEL_URI", str(bundle))
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", request.param)
    client = load(ROOT / "functions/predict_species")

    def send(rows: Any) -> None:
        for start in range(0, len(rows), 50):
            data = [dict(zip(FEATURES, map(float, row), strict=True)) for row in rows[start : start + 50]]
            assert client.post("/predict_species", json={"data": data}).status_code == 200

    return send


def iris(rows: int, random: np.random.Generator) -> Any:
    """Flowers drawn at random from the training data."""
    from models.predict_species.data import load as load_flowers  # noqa: PLC0415

    found = load_flowers().rows.astype(float).round(1)
    return found[random.integers(len(found), size=rows)]


def test_the_training_distribution_shows_no_drift(run: Run, ask: Ask, bundle: Path, tmp_path: Path) -> None:
    ask(iris(400, np.random.default_rng(1)))
    result = run("drift", "predict_species", "--bundle", bundle, "--log", tmp_path / "log.jsonl", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["drifted"] == []
    assert {one["name"]: one["rows"] for one in found["columns"]} == dict.fromkeys([*FEATURES, "réponse"], 400)
    assert max(one["psi"] for one in found["columns"]) < 0.1
    assert found["lines"] == {"read": 8, "other_versions": 0, "unanswered": 0, "unreadable": 0}


def test_longer_petals_drift_in_two_columns_and_in_the_predictions(
    run: Run, ask: Ask, bundle: Path, tmp_path: Path
) -> None:
    rows = iris(400, np.random.default_rng(1))
    rows[:, 2] += 1.5
    ask(rows)
    words = ("drift", "predict_species", "--bundle", bundle, "--log", tmp_path / "log.jsonl")
    result = run(*words, "--json", "--plot", tmp_path / "drift.png")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["drifted"] == ["model/petal length (cm)", "model/réponse"]
    assert found["columns"][0]["expected"] < found["columns"][0]["observed"]
    assert Image.open(tmp_path / "drift.png").size[0] == 770
    table = run(*words)
    assert table.exit_code == 1
    assert "OUI" in table.output
    assert "8 lignes, dont 0 d'autres" in " ".join(table.output.split())
    assert run(*words, "--threshold", "90").exit_code == 0
    unwritten = run(*words, "--plot", tmp_path / "absent/drift.png")
    assert (unwritten.exit_code, unwritten.stderr) == (2, f"Error: {tmp_path}/absent/drift.png : {strerror(ENOENT)}\n")
    few_letters = CliRunner(charset="cp1252").invoke(main, [str(word) for word in words])
    assert few_letters.exit_code == 1
    assert "indice" in few_letters.output
    assert isinstance(few_letters.exception, SystemExit)


@pytest.mark.parametrize("threshold", ["nan", "inf", "0", "-1"])
def test_an_impossible_threshold_is_a_usage_error(run: Run, tmp_path: Path, threshold: str) -> None:
    result = run("drift", "predict_species", "--log", tmp_path / "log.jsonl", "--threshold", threshold)
    assert result.exit_code == 2
    assert "--threshold" in result.stderr


def test_too_few_rows_are_an_error_instead_of_a_drift(run: Run, ask: Ask, bundle: Path, tmp_path: Path) -> None:
    ask(iris(50, np.random.default_rng(1)))
    result = run("drift", "predict_species", "--bundle", bundle, "--log", tmp_path / "log.jsonl")
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "trop peu de lignes pour comparer : 50 au plus par grandeur, 129 au moins au seuil 0.2." in said
    assert "1 lignes, dont 0 d'autres versions" in said


def test_other_lines_are_excluded_and_counted(run: Run, ask: Ask, bundle: Path, tmp_path: Path) -> None:
    ask(iris(400, np.random.default_rng(1)))
    log = tmp_path / "log.jsonl"
    good = json.loads(log.read_text("utf-8").splitlines()[0])
    others: list[dict[str, Any]] = [
        good | {"model": {"nom": "predict_species", "version": "0" * 12}},
        good | {"prediction": None},
        good | {"prediction": {"result": "abc"}, "request_id": "strange"},
        good | {"prediction": {"result": [10**400]}, "request_id": "endless"},
        good | {"function": "predire"},
    ]
    with log.open("ab") as file:
        file.write("".join(json.dumps(line) + "\n" for line in others).encode() + b"{half")
    result = run("drift", "predict_species", "--bundle", bundle, "--log", log, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["lines"] == {
        "read": 12,
        "other_versions": 1,
        "unanswered": 1,
        "unreadable": 2,
    }
    assert "requête strange : contenu illisible ; laissée de côté" in result.stderr
    assert "requête endless : contenu illisible ; laissée de côté" in result.stderr
    assert "ligne 14 : ce n'est pas un objet JSON, et elle ne finit pas ; laissée de côté" in result.stderr


def test_missing_files_are_named(run: Run, train: Train, tmp_path: Path) -> None:
    train("predict_species", tmp_path / "bundle", "--quick")
    words = ("drift", "predict_species", "--bundle", tmp_path / "bundle", "--log", tmp_path / "none.jsonl")
    result = run(*words)
    assert result.exit_code == 2
    assert "none.jsonl : No such file or directory" in result.output
    manifest = json.loads((tmp_path / "bundle/manifest.json").read_text("utf-8"))
    assert FILE in manifest["files"]
    (tmp_path / "bundle" / FILE).unlink()
    assert "reference.json illisible" in run(*words).output


def log_of(name: str, lines: Lines) -> list[dict[str, Any]]:
    """The log lines of a function's examples that have a prediction."""
    folder = ROOT / "functions" / name
    client = load(folder)
    for case in cases(folder):
        client.open(case.path, method=case.method, headers=dict(case.headers), data=case.body)
    return [line for line in lines() if line["prediction"] is not None]


@pytest.mark.parametrize("mode", ["full", "redacted", "none"])
def test_logged_students_are_read_back_by_stage(log_lines: Lines, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    lines = log_of("predire", log_lines)
    seen = [row for line in lines for row in students.log_rows(line)]
    assert {row.graph for row in seen} == set(STAGES)
    explained = [line for line in lines if line["httpRequest"]["requestUrl"] == students.EXPLANATION]
    assert explained
    assert [row for line in explained for row in students.log_rows(line)] == []
    for row in seen:
        assert set(row.inputs) == (set() if mode == "none" else set(STAGES[row.graph]))
        assert 0 <= row.predictions[students.FAILURE] <= 1


@pytest.mark.parametrize("mode", ["full", "redacted"])
def test_logged_drawings_are_read_back(log_lines: Lines, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    [first, *_] = [row for line in log_of("predict_digit", log_lines) for row in digits.log_rows(line)]
    assert first.graph == "digit"
    assert first.predictions["chiffre prédit"] == 5
    assert 2 < first.inputs[digits.INK] < 40


@pytest.mark.parametrize("mode", ["full", "redacted", "none"])
def test_unfinished_drawings_are_excluded(log_lines: Lines, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    five = json.loads((ROOT / "functions/predict_digit/examples/cinq.json").read_bytes())
    client = load(ROOT / "functions/predict_digit")
    for draft in (True, False):
        assert client.post("/api/predict", json={**five, "draft": draft}).status_code == 200
    assert [len(list(digits.log_rows(line))) for line in log_lines()] == [0, 1]


@pytest.mark.usefixtures("uci697")
@pytest.mark.parametrize("stage", STAGES)
def test_a_students_reference_has_every_column_and_all_rows(stage: str) -> None:
    found = load_students(stage)
    reference = students.reference(stage, found, np.linspace(0, 1, len(found.rows)))
    assert tuple(reference.inputs) == STAGES[stage]
    assert {sum(one.counts) for one in reference.inputs.values()} == {len(found.rows)}
    assert len(reference.inputs["course"].codes) > 10
    assert reference.inputs["admission_grade"].edges
    assert set(reference.predictions[students.FAILURE].counts) <= {362, 363, 364}


def test_the_digits_reference_has_no_pixels() -> None:
    random = np.random.default_rng(0)
    rows = random.random((500, 784), dtype=np.float32) * random.random((500, 1), dtype=np.float32)
    probabilities = random.dirichlet(np.ones(10), 500)
    found = json.loads(digits.reference(Predictions(probabilities.argmax(axis=1), probabilities, rows)))
    [graph] = found["graphs"].values()
    assert all(edge == round(edge, 2) for edge in graph["predictions"]["certitude (%)"]["edges"])
    assert set(graph["inputs"]) == {"encre (%)"}
    assert set(graph["predictions"]) == {"chiffre prédit", "certitude (%)"}
    assert sum(graph["inputs"]["encre (%)"]["counts"]) == 500


def rows_of(lines: list[dict[str, Any]]) -> Iterator[LoggedRow]:
    for line in lines:
        yield from flowers.log_rows(line)


def test_predictions_are_read_without_a_payload(log_lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", "none")
    seen = list(rows_of(log_of("predict_species", log_lines)))
    assert {len(row.inputs) for row in seen} == {0}
    assert {row.predictions[ANSWER] for row in seen} <= {0, 1, 2}


def test_texts_booleans_and_null_have_bins_with_names(capsys: pytest.CaptureFixture[str]) -> None:
    found = text_column(["Paris"] * 60 + ["Lyon"] * 40 + ["Nantes"] + [None] * 20, missing=True)
    assert (found.names(), found.counts) == (["Paris", "Lyon", "autres", "absent"], (60, 40, 1, 20))
    assert found.count(["Lyon", None, "Brest", 1.5]).tolist() == [0, 1, 2, 1]
    assert text_column([True] * 40 + [False] * 35).names() == ["true", "false", "autres"]
    assert text_column(["a", "b"]).count([None]).tolist() == [0, 0, 1]
    assert [text_of(value) for value in (3.0, 2.5, np.int64(7), np.nan, None)] == ["3", "2.5", "7", None, None]
    expected = Reference(1, {"g": GraphReference({"ville": found}, {})})
    observed = Observed()
    observed.values["g", "entrée", "ville"] = [None] * 400
    drift = compare(expected, observed, 0.2)
    assert [(shift.name, shift.bin, shift.observed) for shift in drift.past] == [("ville", "absent", 1.0)]
    show_drift(drift, read_reference(bundle_of("predict_species"), "predict_species")[0])
    assert "absent" in capsys.readouterr().out


def test_dates_are_binned_by_month_and_texts_by_length() -> None:
    dates = [f"20{year:02}-{month:02}-17T08:00" for year in range(20) for month in range(1, 13)] * 2
    found = measured_column([*dates, None, "hier"], "date", missing=True)
    assert found.names()[0].startswith("≤ 200")
    assert found.counts[-1] == 2
    assert found.count(["2001-01", "2001-01-31"]).tolist() == [2] + [0] * (len(found.counts) - 1)
    lengths = measured_column(["a", "bb", "bb"], "length")
    assert (lengths.form, lengths.codes, lengths.counts) == ("length", (2,), (2, 1))


def test_a_number_that_is_missing_is_left_out_of_a_column_that_has_no_bin_for_it() -> None:
    found = column(np.array([1.0, 2.0, np.nan] * 40))
    assert (found.codes, found.counts) == ((1, 2), (40, 40, 0))
    assert column(np.array([np.nan])).counts == (0,)
    expected = Reference(1, {"g": GraphReference({"n": found}, {})})
    observed = Observed()
    observed.values["g", "entrée", "n"] = [1.0, None, 2.0] * 100
    assert compare(expected, observed, 0.5).shifts[0].rows == 200


def test_texts_are_values_of_mixed_rows_only() -> None:
    rows = [LoggedRow("g", {"a": "x", "b": None, "c": 1}, {}, mixed=mixed) for mixed in (True, False)]
    line = {"model": {"version": "1"}, "prediction": {}}
    skipped: list[Any] = []
    observed = observe([line, line], lambda _: iter([rows.pop(0)]), "1", skipped.append)
    assert dict(observed.values) == {
        ("g", "entrée", "a"): ["x"], ("g", "entrée", "b"): [None], ("g", "entrée", "c"): [1.0],
    }  # fmt: skip
    assert (observed.unreadable, len(skipped)) == (1, 1)
