"""The zoo: 48 estimators as people fit them, from the table and the file to the answers that they should give.

Each goes the whole way of `python -m models new`, except that its file is read in this process only, and that the gate
tries a part of the rows: the first two things cost a second for each case. One case goes it unabridged.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.model.table import VALUES
from shared.model.tabular.records import TableModel
from tests.replay import ROOT
from training.contract import Options
from training.new import estimators, parity_gate
from training.new.conversion.refusal import Refusal
from training.new.graphing import Graphed, graph_of, trial_manifest
from training.new.learning import learn
from training.new.progress import Steps
from training.new.project import Project

ZOO = ROOT.parent / "shared" / "zoo"
CASES = sorted(folder.name for folder in ZOO.iterdir()) if ZOO.is_dir() else []
PACKAGES = {"lgbm": "lightgbm", "xgb": "xgboost", "catboost": "catboost"}
"""What a case needs, by its name in `case.json`."""

PROBABILITY = 1e-5
"""Tolerance of a probability; of a number or a score, in standard deviations of the expected ones."""
ROWS, TRIED = 60, 40
"""Rows of the table, and shuffled ones, that the gate compares."""

pytestmark = pytest.mark.skipif(not CASES, reason="the zoo is not beside the repository")


def facts_of(name: str) -> dict[str, Any]:
    """What the case says of itself; skips the test if a library is missing."""
    facts: dict[str, Any] = _read(name, "case.json")
    missing = [PACKAGES[need] for need in facts["needs"] if need in PACKAGES and find_spec(PACKAGES[need]) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is missing: pip install -r requirements/boosters.txt")
    return facts


def graphed_of(name: str, facts: dict[str, Any]) -> Graphed:
    """The graph of the estimator, which passed the gate."""
    targets = tuple(facts["target"])
    project = Project(name, ZOO / name, "data.csv", targets, estimator="fitted.joblib")
    with Steps() as steps:
        return graph_of(project, learn(project, Options(quick=True), steps), steps)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process only, and compare a part of the rows."""
    monkeypatch.setattr(estimators, "try_in_child", lambda _: None)
    monkeypatch.setattr(parity_gate, "MOST_ROWS", ROWS)
    monkeypatch.setattr(parity_gate, "TRIED", TRIED)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", CASES)
def test_estimator_of_the_zoo_gives_its_answers_or_is_refused_by_name(name: str) -> None:
    facts = facts_of(name)
    if "user_code" in facts["needs"]:
        with pytest.raises(Refusal, match=r"calendar \(user_code\)") as refusal:
            graphed_of(name, facts)
        assert all("calendar (user_code)" in text for text in refusal.value.detail)
        return
    check_answers(name, graphed_of(name, facts))


@pytest.mark.parametrize("name", [case for case in CASES if case == "titanic_logreg"])
def test_estimator_of_the_zoo_gives_its_answers_the_whole_way(name: str) -> None:
    graphed = graphed_of(name, facts_of(name))
    assert graphed.parity["rows"] == len(pd.read_csv(ZOO / name / "data.csv", usecols=[0]))
    check_answers(name, graphed)


def check_answers(name: str, graphed: Graphed) -> None:
    """Ask for the held-out rows, and compare with what scikit-learn answered."""
    expected = _read(name, "expected.json")
    answer = TableModel(trial_manifest(name, graphed), graphed.contents).predict(_read(name, "rows.json"))
    if graphed.table.kind == VALUES:
        _check_numbers(answer["result"], expected["predictions"])
    else:
        assert answer["result"] == expected["predictions"]
    if "predict_proba" in expected:
        found, wanted = answer["probabilities"], expected["predict_proba"]
        if len(graphed.table.targets) > 1:  # the targets of each row, beside the rows of each target
            found, wanted = list(map(np.hstack, found)), np.hstack(wanted)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=PROBABILITY)
    elif "decision_function" in expected:
        _check_numbers(answer["scores"], expected["decision_function"])


def _check_numbers(found: Any, wanted: Any) -> None:
    numbers = np.asarray(wanted, dtype=np.float64)
    tolerance = PROBABILITY * numbers.std(axis=0)
    assert (np.abs(np.reshape(found, numbers.shape) - numbers) <= tolerance).all()


def _read(name: str, file: str) -> Any:
    return json.loads(Path(ZOO, name, file).read_text(encoding="utf-8"))
