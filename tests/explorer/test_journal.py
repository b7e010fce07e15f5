"""The request log that the real functions wrote: its figures, its drift, its students, its requests put again."""

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
from functions.explorer.errors import Refused
from functions.explorer.journal import answers, drifts, replay, riskiest, stats
from functions.explorer.journal import lines as log
from functions.explorer.settings import Settings
from models.predire.log_rows import EXPLANATION
from shared.model.bundle import Bundle
from shared.model.predictor import Predictor
from tests.buckets import variant
from tests.fake_logging import fake_logging
from tests.logged_requests import DIGIT, STUDENT, students

Lines = list[dict[str, Any]]


def bundle(name: str) -> Bundle:
    return discovery.load(discovery.local(name, Settings())[0])


@pytest.fixture
def frame(lines: Lines) -> pd.DataFrame:
    return log.frame_of(lines)


def of(lines: Lines, function: str) -> Lines:
    return [line for line in lines if line["function"] == function]


def test_a_log_is_read_newest_last_and_no_more_than_asked(log_folder: Path, lines: Lines) -> None:
    file = str(log_folder / "requetes_enrg.jsonl")
    assert log.read(file, "all", 1000, {}) == log.Lines(lines, 0, cut=False)
    assert log.read(file, "week", 10, {}) == log.Lines(lines[-10:], 0, cut=True)
    [half] = [line for line in lines if line == lines[len(lines) // 2]]
    when = datetime.fromisoformat(half["time"]) + timedelta(hours=1)
    kept = log.read(file, "hour", 1000, {}, when).lines
    assert kept[0] == half


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path, lines: Lines) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(f"{{\n{json.dumps(lines[0])}\n[]\n", "utf-8")
    assert log.read(str(file), "all", 10, {}) == log.Lines(lines[:1], 2, cut=False)
    with pytest.raises(Refused, match=r"The request log cannot be read: .*absent\.jsonl: No such file"):
        log.read(str(tmp_path / "absent.jsonl"), "all", 10, {})


def test_lines_in_another_order_are_put_in_theirs_and_those_of_no_time_left_aside(tmp_path: Path, lines: Lines) -> None:
    file = tmp_path / "log.jsonl"
    wrong = [lines[0] | {"time": time} for time in ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59Z")]
    file.write_text("".join(json.dumps(line) + "\n" for line in [*lines[50:], *wrong, *lines[:50]]), "utf-8")
    assert log.read(str(file), "all", 1000, {}) == log.Lines(lines, 2, cut=False)


def test_a_log_of_the_cloud(lines: Lines) -> None:
    with fake_logging() as server:
        payload = {key: value for key, value in lines[0].items() if key != "time" and not key.startswith("logging.")}
        server.stored = [{"timestamp": lines[0]["time"], "insertId": "a", "jsonPayload": payload, "logName": "x"}]
        read = log.read("cloud", "all", 5, {"LOGGING_EMULATOR_HOST": server.host})
        assert [line["request_id"] for line in read.lines] == [lines[0]["request_id"]]
        assert "timestamp>=" in server.searches[0]["filter"]
        server.faults = [403] * 9
        with pytest.raises(Refused, match="Cloud Logging: Forbidden"):
            log.read("cloud", "day", 5, {"LOGGING_EMULATOR_HOST": server.host})


def test_figures_are_those_of_the_lines(frame: pd.DataFrame, lines: Lines) -> None:
    latencies = [line["latency_ms"] for line in lines]
    found = stats.summary(frame)
    assert (found.requests, found.failed) == (213, 0.0)
    assert found.refused == pytest.approx(1 / 213)
    assert found.latency == {at: pytest.approx(np.percentile(latencies, at)) for at in (50, 95, 99)}
    parts = stats.by_function(frame)
    assert {name: one.requests for (name, _), one in parts.items()} == {
        "predict_digit": 3, "predict_species": 150, "predire": 60,
    }  # fmt: skip
    none = stats.summary(frame[:0])
    assert (none.requests, none.refused) == (0, 0.0)
    assert math.isnan(none.latency[50])


def test_volume_counts_every_request_once_and_empty_times_as_none(frame: pd.DataFrame) -> None:
    counts = stats.volume(frame)
    assert counts["count"].sum() == len(frame)
    assert counts.groupby("kind", observed=True)["count"].sum().to_dict() == {"ok": 212, "refused": 1, "failed": 0}
    times = counts["time"].drop_duplicates()
    assert set(times.diff().dropna()) == {pd.Timedelta(hours=1)}
    gap = stats.volume(pd.concat([frame[:5], frame[-5:]]))
    assert len(gap) == len(counts)
    assert (gap["count"] == 0).sum() > 100
    assert len(stats.volume(frame[:1])) == 3


def test_latencies_along_time(frame: pd.DataFrame) -> None:
    found = stats.latencies(frame)
    assert set(found["percentile"]) == {"p50", "p95", "p99"}
    last = found[found["time"] == found["time"].max()].set_index("percentile")["latency"]
    own = frame[frame["time"] >= found["time"].max()]["latency"]
    assert last["p95"] == pytest.approx(np.percentile(own, 95))


def test_times_are_told_in_the_reader_s_zone() -> None:
    line = {"time": "2026-07-01T22:30:00.5Z", "function": "f"}
    assert log.frame_of([line], "Europe/Paris")["time"].iloc[0] == pd.Timestamp("2026-07-02T00:30:00.5")


def test_answers_are_what_was_predicted(lines: Lines, frame: pd.DataFrame) -> None:
    own = of(lines, "predict_species")
    times = list(frame["time"][frame["function"] == "predict_species"])
    found = answers.answers(own, times, answers.log_rows_of("predict_species"))
    assert found["value"].tolist() == [line["prediction"]["result"][0] for line in own]
    counts = answers.classes(found, ("setosa", "versicolor", "virginica"))
    assert counts.groupby("class")["count"].sum().sum() == 150
    assert counts.groupby("class")["count"].sum()["setosa"] == 50
    assert answers.classes(found.assign(value=7.5), ())["class"].unique().tolist() == ["7.5"]


def test_answers_that_are_numbers(lines: Lines, frame: pd.DataFrame) -> None:
    own = of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    found = answers.answers(own, times, answers.log_rows_of("predire"))
    assert len(found) == 59  # 57, and two in one request; neither the refused one nor the explanation
    middle = answers.quantiles(found.assign(time=found["time"].min()))
    expected = np.quantile(found["value"], [0.1, 0.5, 0.9])
    assert middle["value"].tolist() == pytest.approx(expected.tolist())


def test_lines_of_another_shape_have_no_answer(lines: Lines) -> None:
    broken = [line | {"prediction": {"result": "x"}, "payload": 3} for line in of(lines, "predict_species")[:3]]
    assert answers.answers(broken, [pd.Timestamp(0)] * 3, answers.log_rows_of("predict_species")).empty


def test_the_flowers_have_not_drifted_and_longer_ones_have(lines: Lines) -> None:
    own, species = 2 * of(lines, "predict_species"), bundle("predict_species")
    logged = answers.log_rows_of("predict_species")
    same = drifts.measure(own, logged, species)
    assert same.past == []
    assert len(same.shifts) == 5
    longer = [json.loads(json.dumps(line)) for line in own]
    for line in longer:
        line["payload"]["data"][0]["petal length (cm)"] += 2
    moved = drifts.measure(longer, logged, species)
    assert [shift.name for shift in moved.past] == ["petal length (cm)"]
    head = drifts.table(moved, "fr").iloc[0]
    assert head[["nom", "grandeur", "lignes"]].tolist() == ["petal length (cm)", "entrée", 300]


def test_what_cannot_be_compared_is_said(lines: Lines) -> None:
    logged = answers.log_rows_of("predict_digit")
    with pytest.raises(Refused, match="Too few rows to compare: 3 at most for a quantity, 70 are needed"):
        drifts.measure(of(lines, "predict_digit"), logged, bundle("predict_digit"))
    bare_lines = [line | {"payload": None} for line in of(lines, "predire")]
    with pytest.raises(Refused) as refused:
        drifts.measure(bare_lines, answers.log_rows_of("predire"), bundle("predire"))
    rows, needed = map(int, re.findall(r"\d+", refused.value.detail[1]))
    assert rows < needed
    species = bundle("predict_species")
    bare = Bundle(species.manifest, {"CARD.md": b""})
    with pytest.raises(Refused, match="does not say what it learnt from"):
        drifts.measure(lines, logged, bare)


def test_the_riskiest_students_of_a_day(lines: Lines, frame: pd.DataFrame) -> None:
    own = of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    day = times[0].date()
    today = [line for line, time in zip(own, times, strict=True) if time.date() == day]
    found = riskiest.of_day(own, times, day)
    risks = [student.risk for student in found]
    assert risks == sorted(risks, reverse=True)
    answered = [line for line in today if line["prediction"] and line["httpRequest"]["requestUrl"] != EXPLANATION]
    said = [one for line in answered for one in np.atleast_1d(line["prediction"])]
    assert risks[0] == max(one["probabilite_echec"] for one in said)
    assert len(riskiest.of_day(own * 2, times * 2, day)) == len(found)  # asked again: once
    assert riskiest.of_day(own, times, day - timedelta(days=30)) == []


def test_a_request_that_is_no_student_has_no_factors(lines: Lines, frame: pd.DataFrame) -> None:
    odd = [lines[0] | {"payload": payload} for payload in ("abc", ["a"], 5)]
    found = riskiest.of_day(odd, list(frame["time"][:1]) * 3, frame["time"][0].date())
    assert [student.row for student in found] == [None]


def test_why_a_student_risks(lines: Lines, frame: pd.DataFrame) -> None:
    own = of(lines, "predire")
    times = list(frame["time"][frame["function"] == "predire"])
    everybody = [one for day in {time.date() for time in times} for one in riskiest.of_day(own, times, day)]
    predictor = Predictor(bundle("predire"))
    factors, refusal = riskiest.factors(everybody[0], predictor, "fr")
    assert refusal is None
    sizes = [abs(factor.contribution) for factor in factors]
    assert sizes == sorted(sizes, reverse=True)
    assert "UE du semestre 2 réussies" in {factor.libelle for factor in factors}
    bare = riskiest.Student(times[0], "r", 0, "v", "semestre_1", 0.5, None)
    assert riskiest.factors(bare, predictor, "fr") == ([], None)
    redacted = riskiest.Student(times[0], "r", 0, "v", "semestre_1", 0.5, {"debtor": 1})
    none, why = riskiest.factors(redacted, predictor, "fr")
    assert none == []
    assert why is not None
    assert why[0].startswith("champ obligatoire absent")


def predicted(function: str, body: Any) -> Any:
    """What of a whole answer the log keeps."""
    if function == "predire":
        keep = ("prediction", "probabilite_echec", "etape")
        return (
            [{key: one[key] for key in keep} for one in body] if isinstance(body, list) else {k: body[k] for k in keep}
        )
    return {key: body[key] for key in ("result", "prediction", "certainty") if key in body}


@pytest.mark.parametrize("function", ["predict_digit", "predict_species", "predire"])
def test_a_request_put_again_gets_the_answer_that_was_logged(function: str, lines: Lines, log_folder: Path) -> None:
    predictor = replay.predictor_of(bundle(function), function)
    for line in of(lines, function)[:5] + of(lines, function)[-4:]:
        value = replay.value_of(line, str(log_folder / "saved_images"))
        found = replay.answer(function, value, predictor, "fr")
        if line["prediction"] is None or line["httpRequest"]["requestUrl"] == EXPLANATION:
            continue
        assert predicted(function, found.body) == line["prediction"]
    if function == "predict_digit":
        assert value == DIGIT
        assert len(list((log_folder / "saved_images").iterdir())) == 3
    assert list(Path().iterdir()) == []  # nothing was logged or kept again


def test_another_version_answers_in_its_own_name(tmp_path: Path) -> None:
    thresholds = {"abstention_low": 0.0, "abstention_high": 1.0}
    folder = variant("predire", tmp_path, "other", thresholds=thresholds)
    _, origin = discovery.local("predire", Settings(bundles=str(tmp_path)))
    predictor = replay.predictor_of(discovery.load(origin), "predire")
    body = replay.answer("predire", STUDENT, predictor, "en").body
    assert (body["modele"]["version"], body["a_verifier"]) == (origin.version, True)
    assert body["facteurs"][0]["libelle"] == "Tuition fees up to date"
    assert folder.is_dir()


def test_a_version_that_lacks_something_is_refused(tmp_path: Path) -> None:
    variant("predire", tmp_path, "other", thresholds={})
    _, origin = discovery.local("predire", Settings(bundles=str(tmp_path)))
    with pytest.raises(Refused, match=rf"version {origin.version} is refused: .*thresholds"):
        replay.predictor_of(discovery.load(origin), "predire")


def test_a_request_that_is_refused_says_why() -> None:
    predictor = Predictor(bundle("predire"))
    found = replay.answer("predire", STUDENT | {"admission_grade": "abc"}, predictor, "fr")
    assert found.body is None
    assert found.refusal is not None
    assert found.refusal[0] == 'attendu : nombre entre 0 et 200, reçu : "abc" (/admission_grade)'


@pytest.mark.parametrize(
    ("payload", "said"),
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
def test_what_cannot_be_put_again_is_said(payload: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        replay.value_of({"payload": payload}, str(tmp_path))
    assert refused.value.detail[0].startswith(said)


def test_answers_flat() -> None:
    assert replay.flat({"a": [1, {"b": None}], "c": "x"}) == {"/a/0": 1, "/a/1/b": None, "/c": "x"}
    assert replay.flat([]) == {}
    assert replay.flat(3) == {"/": 3}


def test_the_students_of_these_tests_are_different() -> None:
    assert len({json.dumps(student) for student in students(60)}) == 60
