"""The claims of the iris card."""

import re
from pathlib import Path

import numpy as np
import pytest

from models.predict_species.candidates import CHOSEN, candidates, compare
from models.predict_species.data import load
from models.predict_species.recipe import folds, out_of_fold, recipe
from shared.model.bundle import read_folder
from training.contract import Options

FOLDER = Path(__file__).resolve().parents[2] / "models" / "predict_species"
CARD = FOLDER / "CARD.md"
ROW = re.compile(r"^\| (\**)([^|*]+)\** \| ([\d,]+)\u00a0% \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def test_the_chosen_model_has_the_best_accuracy_and_log_loss() -> None:
    rows = [
        (name, bool(bold), _number(right), _number(loss))
        for bold, name, right, loss, _ in ROW.findall(CARD.read_text("utf-8"))
    ]
    assert {name for name, *_ in rows} == set(candidates(0))
    assert [name for name, bold, *_ in rows if bold] == [CHOSEN] == [rows[0][0]]
    assert [loss for *_, loss in rows] == sorted(loss for *_, loss in rows)
    assert max(right for *_, right, _ in rows) == rows[0][2] >= 97.5


def test_every_candidate_predicts_the_same_flowers_and_beats_chance() -> None:
    flowers = load()
    found = compare(flowers, folds(flowers, Options(quick=True))[:2], 0)
    witness = found.pop("fréquence des espèces (témoin)").figures()["accuracy"]
    assert witness == pytest.approx(1 / 3)
    assert len({unseen.indices.tobytes() for unseen in found.values()}) == 1
    assert min(unseen.figures()["accuracy"] for unseen in found.values()) > 0.85


def test_each_flower_is_predicted_out_of_fold_once_per_repeat() -> None:
    flowers = load()
    splits = folds(flowers, Options())
    assert all(not set(learnt) & set(held) for learnt, held in splits)
    unseen = out_of_fold(recipe(), flowers, splits)
    assert np.bincount(unseen.indices).tolist() == [5] * 150
    assert unseen.labels.tolist() == flowers.labels[unseen.indices].tolist()


def test_setosa_and_confident_predictions_are_always_correct() -> None:
    flowers = load()
    unseen = out_of_fold(recipe(), flowers, folds(flowers, Options()))
    wrong = unseen.probabilities.argmax(axis=1) != unseen.labels
    assert unseen.figures()["accuracy"] >= 0.975
    assert 0 not in {*unseen.labels[wrong], *unseen.probabilities[wrong].argmax(axis=1)}
    assert not wrong[unseen.probabilities.max(axis=1) >= 0.95].any()


def test_intervals_contain_the_metric_and_resample_by_flower() -> None:
    flowers = load()
    five, once = (out_of_fold(recipe(), flowers, folds(flowers, Options(quick=quick))) for quick in (False, True))
    for name, (low, high) in five.intervals(0).items():
        assert low < five.figures()[name] <= high
    widths = [np.diff(unseen.intervals(0)["accuracy"])[0] for unseen in (five, once)]
    assert widths[0] == pytest.approx(widths[1], abs=0.015)


def test_the_committed_notebook_matches_the_committed_bundle() -> None:
    version = read_folder(FOLDER / "bundle", "predict_species").manifest.version
    assert f"dépôt {version} | ce carnet {version}" in (FOLDER / "notebook.ipynb").read_text("utf-8")
