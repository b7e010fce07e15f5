"""A request log written by the real functions: statistics, predictions, drift, students, replays."""

import json
import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.explorer.bundles import discovery
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log import drift, predictions, replay, statistics, students
from functions.explorer.request_log import lines as log
from functions.explorer.settings import Settings
from models.predire.log_rows import EXPLANATION
from shared.model.bundle import Bundle, read_manifest
from shared.model.holder import embedded_bundle
from shared.model.predictor import Predictor
from tests import logged_requests
from tests.buckets import variant
from tests.fake_logging import fake_logging
from tests.logged_requests import DIGIT, STUDENT
from training.drift.reference import LoggedRow

Lines = list[dict[str, Any]]


def bundle(name: str) -> Bundle:
    return discovery.load_bundle(discovery.local_origins(name, Settings())[0])


@pytest.fixture
def frame(lines: Lines) -> pd.DataFrame:
    return log.to_frame(lines)


def lines_of(lines: Lines, function: str) -> Lines:
    return [line for line in lines if line["function"] == function]


def test_the_newest_lines_are_read_up_to_the_limit(log_folder: Path, lines: Lines) -> None:
    file = str(log_folder / "requetes_enrg.jsonl")
    assert log.read(file, "all", 1000, {}) == log.LogLines(lines, 0, truncated=False)
    assert log.read(file, "week", 10, {}) == log.LogLines(lines[-10:], 0, truncated=True)
    [middle] = [line for line in lines if line == lines[len(lines) // 2]]
    when = datetime.fromisoformat(middle["time"]) + timedelta(hours=1)
    recent = log.read(file, "hour", 1000, {}, when).lines
    assert recent[0] == middle


def test_unreadable_lines_are_counted(tmp_path: Path, lines: Lines) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(f"{{\n{json.dumps(lines[0])}\n[]\n", "utf-8")
    assert log.read(str(file), "all", 10, {}) == log.LogLines(lines[:1], 2, truncated=False)
    with pytest.raises(ExplorerError, match=r"The request log cannot be read: .*absent\.jsonl: No such file"):
        log.read(str(tmp_path / "absent.jsonl"), "all", 10, {})


def test_lines_are_sorted_and_implausible_times_left_out(tmp_path: Path, lines: Lines) -> None:
    file = tmp_path / "log.jsonl"
    wrong = [lines[0] | {"time": time} for time in ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59Z")]
    file.write_text("".join(json.dumps(line) + "\n" for line in [*lines[50:], *wrong, *lines[:50]]), "utf-8")
    assert log.read(str(file), "all", 1000, {}) == log.LogLines(lines, 2, truncated=False)


def test_lines_of_cloud_logging(lines: Lines) -> None:
    with fake_logging() as server:
        payload = {key: value for key, value in lines[0].items() if key != "time" and not key.startswith("logging.")}
        server.stored = [{"timestamp": lines[0]["time"], "insertId": "a", "jsonPayload": payload, "logName": "x"}]
        read = log.read("cloud", "all", 5, {"LOGGING_EMULATOR_HOST": server.host})
        assert [line["request_id"] for line in read.lines] == [lines[0]["request_id"]]
        assert "timestamp>=" in server.searches[0]["filter"]
        server.faults = [403] * 9
        with pytest.raises(ExplorerError, match="Cloud Logging: Forbidden"):
            log.read("cloud", "day", 5, {"LOGGING_EMULATOR_HOST": server.host})


def test_summaries_match_the_lines(frame: pd.DataFrame, lines: Lines) -> None:
    latencies = [line["latency_ms"] for line in lines]
    summary = statistics.summary(frame)
    assert (summary.requests, summary.failed) == (213, 0.0)
    assert summary.refused == pytest.approx(1 / 213)
    assert summary.latency == {at: pytest.approx(np.percentile(latencies, at)) for at in (50, 95, 99)}
    parts = statistics.by_function(frame)
    assert {name: one.requests for (name, _), one in parts.items()} == {
        "predict_digit": 3, "predict_species": 150, "predire": 60,
    }  # fmt: skip
    empty = statistics.summary(frame[:0])
    assert (empty.requests, empty.refused) == (0, 0.0)
    assert math.isnan(empty.latency[50])


def test_volume_counts_every_request_once_and_has_empty_bins(frame: pd.DataFrame) -> None:
    counts = statistics.volume(frame)
    assert counts["count"].sum() == len(frame)
    assert counts.groupby("outcome", observed=True)["count"].sum().to_dict() == {"ok": 212, "refused": 1, "failed": 0}
    times = counts["time"].drop_duplicates()
    assert set(times.diff().dropna()) == {pd.Timedelta(hours=1)}
    gap = statistics.volume(pd.concat([frame[:5], frame[-5:]]))
    assert len(gap) == len(counts)
    assert (gap["count"] == 0).sum() > 100
    assert len(statistics.volume(frame[:1])) == 3


def test_latencies_along_time(frame: pd.DataFrame) -> None:
    percentiles = statistics.latencies(frame)
    assert set(percentiles["percentile"]) == {"p50", "p95", "p99"}
    last = percentiles[percentiles["time"] == percentiles["time"].max()].set_index("percentile")["latency"]
    last_lines = frame[frame["time"] >= percentiles["time"].max()]["latency"]
    assert last["p95"] == pytest.approx(np.percentile(last_lines, 95))


def test_times_are_in_the_reader_s_time_zone() -> None:
    line = {"time": "2026-07-01T22:30:00.5Z", "function": "f"}
    assert log.to_frame([line], "Europe/Paris")["time"].iloc[0] == pd.Timestamp("2026-07-02T00:30:00.5")


def test_predicted_classes(lines: Lines, frame: pd.DataFrame) -> None:
    selected = lines_of(lines, "predict_species")
    times = list(frame["time"][frame["function"] == "predict_species"])
    rows = predictions.predictions(selected, times, predictions.log_rows_of("predict_species"))
    assert rows["value"].tolist() == [line["prediction"]["result"][0] for line in selected]
    names = predictions.class_names(read_manifest(embedded_bundle("predict_species"), "predict_species"))
    assert names == {"0": "setosa", "1": "versicolor", "2": "virginica"}
    counts = predictions.count_classes(rows, names)
    assert counts.groupby("class")["count"].sum().sum() == 150
    assert counts.groupby("class")["count"].sum()["setosa"] == 50
    assert predictions.count_classes(rows.assign(value=7.5), {})["class"].unique().tolist() == ["7.5"]


def test_predicted_labels_are_counted_as_texts_and_others_by_their_place() -> None:
    digits = predictions.class_names(read_manifest(embedded_bundle("predict_digit"), "predict_digit"))
    assert digits["7"] == "7"
    true, b = (LoggedRow("model", {}, {"réponse": value}, mixed=True) for value in (True, "b"))
    found = {"1": [true], "2": [b, b], "3": [LoggedRow("model", {}, {"réponse": "b"})]}
    lines = [{"id": at, "prediction": {}} for at in found]
    times = [pd.Timestamp("2026-07-01T22:30")] * 3
    frame = predictions.predictions(lines, times, lambda line: iter(found[line["id"]]))
    counts = predictions.count_classes(frame, {"true": "oui"})
    assert dict(zip(counts["class"], counts["count"], strict=True)) == {"oui": 1, "b": 2}


def test_predicted_numbers(lines: Lines, frame: pd.DataFrame) -> None:
    selected = lines_of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    rows = predictions.predictions(selected, times, predictions.log_rows_of("predire"))
    assert len(rows) == 59  # 57, and 2 of one request; not the refused request and the explanation
    middle = predictions.quantiles(rows.assign(time=rows["time"].min()))
    expected = np.quantile(rows["value"], [0.1, 0.5, 0.9])
    assert middle["value"].tolist() == pytest.approx(expected.tolist())


def test_lines_of_another_shape_have_no_prediction(lines: Lines) -> None:
    broken = [line | {"prediction": {"result": "x"}, "payload": 3} for line in lines_of(lines, "predict_species")[:3]]
    assert predictions.predictions(broken, [pd.Timestamp(0)] * 3, predictions.log_rows_of("predict_species")).empty


def test_longer_petals_drift_and_the_same_flowers_do_not(lines: Lines) -> None:
    selected, species = 2 * lines_of(lines, "predict_species"), bundle("predict_species")
    logged = predictions.log_rows_of("predict_species")
    same = drift.measure(selected, logged, species)
    assert same.past == []
    assert len(same.shifts) == 5
    longer = [json.loads(json.dumps(line)) for line in selected]
    for line in longer:
        line["payload"]["data"][0]["petal length (cm)"] += 2
    moved = drift.measure(longer, logged, species)
    assert [shift.name for shift in moved.past] == ["petal length (cm)"]
    head = drift.table(moved, "fr").iloc[0]
    assert head[["nom", "grandeur", "lignes"]].tolist() == ["petal length (cm)", "entrée", 300]


def test_impossible_comparisons_have_an_error(lines: Lines) -> None:
    logged = predictions.log_rows_of("predict_digit")
    with pytest.raises(ExplorerError, match="Too few rows to compare: at most 3 per quantity, 70 are needed"):
        drift.measure(lines_of(lines, "predict_digit"), logged, bundle("predict_digit"))
    bare_lines = [line | {"payload": None} for line in lines_of(lines, "predire")]
    with pytest.raises(ExplorerError) as raised:
        drift.measure(bare_lines, predictions.log_rows_of("predire"), bundle("predire"))
    rows, needed = map(int, re.findall(r"\d+", raised.value.detail[1]))
    assert rows < needed
    species = bundle("predict_species")
    bare = Bundle(species.manifest, {"CARD.md": b""})
    with pytest.raises(ExplorerError, match="has no reference of its training data"):
        drift.measure(lines, logged, bare)


def test_the_riskiest_students_of_a_day(lines: Lines, frame: pd.DataFrame) -> None:
    selected = lines_of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    day = times[0].date()
    today = [line for line, time in zip(selected, times, strict=True) if time.date() == day]
    ranking = students.students_of_day(selected, times, day)
    risks = [student.risk for student in ranking]
    assert risks == sorted(risks, reverse=True)
    answered = [line for line in today if line["prediction"] and line["httpRequest"]["requestUrl"] != EXPLANATION]
    answers = [one for line in answered for one in np.atleast_1d(line["prediction"])]
    assert risks[0] == max(one["probabilite_echec"] for one in answers)
    assert len(students.students_of_day(selected * 2, times * 2, day)) == len(ranking)  # a repeated request counts once
    assert students.students_of_day(selected, times, day - timedelta(days=30)) == []


def test_a_payload_of_another_shape_has_no_fields(lines: Lines, frame: pd.DataFrame) -> None:
    odd = [lines[0] | {"payload": payload} for payload in ("abc", ["a"], 5)]
    ranking = students.students_of_day(odd, list(frame["time"][:1]) * 3, frame["time"][0].date())
    assert [student.row for student in ranking] == [None]


def test_factors_of_a_student(lines: Lines, frame: pd.DataFrame) -> None:
    selected = lines_of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    ranking = [one for day in {time.date() for time in times} for one in students.students_of_day(selected, times, day)]
    predictor = Predictor(bundle("predire"))
    factors, reason = students.factors(ranking[0], predictor, "fr")
    assert reason is None
    sizes = [abs(factor.contribution) for factor in factors]
    assert sizes == sorted(sizes, reverse=True)
    assert "UE du semestre 2 réussies" in {factor.libelle for factor in factors}
    bare = students.Student(times[0], "r", 0, "v", "semestre_1", 0.5, None)
    assert students.factors(bare, predictor, "fr") == ([], None)
    redacted = students.Student(times[0], "r", 0, "v", "semestre_1", 0.5, {"debtor": 1})
    no_factors, reason = students.factors(redacted, predictor, "fr")
    assert no_factors == []
    assert reason is not None
    assert reason[0].startswith("champ obligatoire absent")


def logged_part(function: str, body: Any) -> Any:
    """The part of a response that the log holds."""
    if function == "predire":
        keep = ("prediction", "probabilite_echec", "etape")
        return (
            [{key: one[key] for key in keep} for one in body] if isinstance(body, list) else {k: body[k] for k in keep}
        )
    return {key: body[key] for key in ("result", "prediction", "certainty") if key in body}


@pytest.mark.parametrize("function", ["predict_digit", "predict_species", "predire"])
def test_a_replayed_request_gets_the_logged_prediction(function: str, lines: Lines, log_folder: Path) -> None:
    predictor = replay.build_predictor(bundle(function), function)
    for line in lines_of(lines, function)[:5] + lines_of(lines, function)[-4:]:
        value = replay.logged_request(line, str(log_folder / "saved_images"))
        response = replay.replay(function, value, predictor, "fr")
        if line["prediction"] is None or line["httpRequest"]["requestUrl"] == EXPLANATION:
            continue
        assert logged_part(function, response.body) == line["prediction"]
    if function == "predict_digit":
        assert value == DIGIT
        assert len(list((log_folder / "saved_images").iterdir())) == 3
    assert list(Path().iterdir()) == []  # no log line and no picture was written


def test_a_replay_uses_the_chosen_version(tmp_path: Path) -> None:
    thresholds = {"abstention_low": 0.0, "abstention_high": 1.0}
    folder = variant("predire", tmp_path, "other", thresholds=thresholds)
    _, origin = discovery.local_origins("predire", Settings(bundles=str(tmp_path)))
    predictor = replay.build_predictor(discovery.load_bundle(origin), "predire")
    body = replay.replay("predire", STUDENT, predictor, "en").body
    assert (body["modele"]["version"], body["a_verifier"]) == (origin.version, True)
    assert body["facteurs"][0]["libelle"] == "Tuition fees up to date"
    assert folder.is_dir()


def test_a_version_without_its_thresholds_is_refused(tmp_path: Path) -> None:
    variant("predire", tmp_path, "other", thresholds={})
    _, origin = discovery.local_origins("predire", Settings(bundles=str(tmp_path)))
    with pytest.raises(ExplorerError, match=rf"version {origin.version} is refused: .*thresholds"):
        replay.build_predictor(discovery.load_bundle(origin), "predire")


def test_a_refused_replay_shows_the_error() -> None:
    predictor = Predictor(bundle("predire"))
    response = replay.replay("predire", STUDENT | {"admission_grade": "abc"}, predictor, "fr")
    assert response.body is None
    assert response.error is not None
    assert response.error[0] == 'attendu : nombre entre 0 et 200, reçu : "abc" (/admission_grade)'


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (None, "Cette ligne ne garde pas la demande"),
        ({"image": {"sha256": "0", "bytes": 3}}, "Cette ligne ne nomme pas d'image conservée"),
        ({"image": {"saved": "../../etc/passwd.png"}}, "Cette ligne ne nomme pas d'image conservée"),
        (
            {"image": {"saved": "20261121T000000.000000Z-00000000.png"}},
            "L'image 20261121T000000.000000Z-00000000.png n'est pas",
        ),
    ],
)
def test_incomplete_lines_cannot_be_replayed(payload: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ExplorerError) as raised:
        replay.logged_request({"payload": payload}, str(tmp_path))
    assert raised.value.detail[0].startswith(message)


def test_flattened_json() -> None:
    assert replay.flatten({"a": [1, {"b": None}], "c": "x"}) == {"/a/0": 1, "/a/1/b": None, "/c": "x"}
    assert replay.flatten([]) == {}
    assert replay.flatten(3) == {"/": 3}


def test_the_students_of_these_tests_are_different() -> None:
    assert len({json.dumps(student) for student in logged_requests.students(60)}) == 60
