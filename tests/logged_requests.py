"""A request log written by the real functions, for tests of its readers."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.replay import ROOT, load

LOG, PICTURES = "requetes_enrg.jsonl", "saved_images"
STUDENT = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))
DIGIT = json.loads((ROOT / "functions/predict_digit/examples/cinq.json").read_text("utf-8"))
PERIOD = timedelta(days=2)


def students(count: int) -> list[dict[str, Any]]:
    """Different students, some of whom fail."""
    chance = random.Random(0)  # noqa: S311  # not for security
    found = []
    for number in range(count):
        approved = chance.randint(0, 6)
        second = {"curricular_units_2nd_sem_approved": approved, "curricular_units_2nd_sem_grade": 2.0 * approved}
        found.append(STUDENT | second | {"age_at_enrollment": 17 + number})
    return found


def ask() -> None:
    """Send 60 requests about students (one invalid, one for two), 150 about flowers and 3 about digits."""
    from sklearn.datasets import load_iris  # noqa: PLC0415  # slow, so not at collection

    predire = load(ROOT / "functions/predire")
    for student in students(57):
        predire.post("/predire", json=student)
    predire.post("/predire", json=students(59)[57:])
    predire.post("/predire", json=STUDENT | {"admission_grade": "abc"})
    predire.post("/predire/explication", json=STUDENT)
    species, iris = load(ROOT / "functions/predict_species"), load_iris()
    for row in iris.data.tolist():
        species.post("/predict_species", json={"data": [dict(zip(iris.feature_names, row, strict=True))]})
    digit = load(ROOT / "functions/predict_digit")
    for _ in range(3):
        digit.post("/api/predict", json=DIGIT)


def write(folder: Path) -> None:
    """Send the requests. Writes their lines to `LOG`, spread over the last two days, and the drawings to `PICTURES`."""
    raw = folder / "raw.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUEST_LOG", f"jsonl:{raw}")
        patch.setenv("SAVED_IMAGES_URI", str(folder / PICTURES))
        ask()
    lines = [json.loads(line) for line in raw.read_text("utf-8").splitlines()]
    begin = datetime.now(UTC) - PERIOD
    for number, line in enumerate(lines):
        line["time"] = (begin + number * PERIOD / len(lines)).isoformat().replace("+00:00", "Z")
    (folder / LOG).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
