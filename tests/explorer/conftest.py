"""A request log that the real functions wrote, and the explorer as Streamlit's AppTest runs it."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sklearn.datasets import load_iris
from streamlit.testing.v1 import AppTest

from tests.replay import ROOT, load

STUDENT = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))
DIGIT = json.loads((ROOT / "functions/predict_digit/examples/cinq.json").read_text("utf-8"))
PERIOD = timedelta(days=2)
Open = Callable[..., AppTest]


def students(count: int) -> list[dict[str, Any]]:
    """Different students, some of whom fail."""
    chance = random.Random(0)  # noqa: S311  # no secret
    found = []
    for number in range(count):
        approved = chance.randint(0, 6)
        second = {"curricular_units_2nd_sem_approved": approved, "curricular_units_2nd_sem_grade": 2.0 * approved}
        found.append(STUDENT | second | {"age_at_enrollment": 17 + number})
    return found


def ask() -> None:
    """Put requests to every function: 60 about students (one wrong, one for two), 150 about flowers, 3 about digits."""
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


@pytest.fixture(scope="session")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `requetes_enrg.jsonl`, whose lines are spread over the last two days, and of `saved_images/`."""
    folder = tmp_path_factory.mktemp("explorer")
    raw = folder / "raw.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUEST_LOG", f"jsonl:{raw}")
        patch.setenv("SAVED_IMAGES_URI", str(folder / "saved_images"))
        ask()
    lines = [json.loads(line) for line in raw.read_text("utf-8").splitlines()]
    begin = datetime.now(UTC) - PERIOD
    for number, line in enumerate(lines):
        line["time"] = (begin + number * PERIOD / len(lines)).isoformat().replace("+00:00", "Z")
    (folder / "requetes_enrg.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


@pytest.fixture
def lines(log_folder: Path) -> list[dict[str, Any]]:
    """Its lines."""
    return [json.loads(line) for line in (log_folder / "requetes_enrg.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page of the explorer, with this environment."""

    def opened(
        page: str, language: str = "fr", theme: str = "light", state: Mapping[str, str] | None = None, **environ: object
    ) -> AppTest:
        st.cache_data.clear()
        st.cache_resource.clear()
        for name, value in environ.items():
            monkeypatch.setenv(name, str(value))
        test = AppTest.from_file(str(ROOT / "functions/explorer/app.py"), default_timeout=60)
        test.context = {"locale": "en-US" if language == "en" else "fr-FR", "theme": theme, "timezone": "Europe/Paris"}
        for name, value in (state or {}).items():
            test.session_state[name] = value
        return test.run() if page == "data" else test.run().switch_page(f"views/{page}.py").run()

    return opened


@pytest.fixture
def journal(explorer: Open, log_folder: Path) -> Callable[..., AppTest]:
    """Opens a part of the page of the log."""

    def opened(part: str, **more: Any) -> AppTest:
        environ = {"JOURNAL": log_folder / "requetes_enrg.jsonl", "SAVED_IMAGES_URI": log_folder / "saved_images"}
        test = explorer("journal", **environ, **more)
        return test.button_group(key="log_part").set_value(part).run()

    return opened
